/** What a fault of the suite is: a scene that it sets up, breaks and checks, and the row that it gives. */

import type { Random } from '../../analysis/statistics/random.ts';
import type { Scratch } from './scratch.ts';

export interface Fault {
  /** As in docs/reliability.md. */
  readonly number: number;
  readonly title: string;
  readonly expected: string;
  run(scene: Scene): Promise<Outcome>;
}

export interface Scene {
  /** Seeded: the same draws in every run with the same seed. */
  readonly random: Random;
  readonly scratch: Scratch;
  /** Aborted when the fault has taken too long, or the run ends: loads stop then. */
  readonly signal: AbortSignal;
  readonly isQuick: boolean;
  /** Minutes of overload. */
  readonly minutes: number;
  /** Rounds of the whole suite and of the quick one, unless `--rounds` says otherwise. */
  rounds(full: number, quick: number): number;
  /** Progress, for those who wait. */
  say(text: string): void;
}

export interface Outcome {
  readonly figures: readonly string[];
  /** Sentences about promises that were broken; none when all were kept. */
  readonly broken: readonly string[];
  /** Why it could not be tried here. */
  readonly skipped?: string;
}

/** The sentences whose promise was not kept. */
export function brokenOf(promises: readonly (readonly [kept: boolean, sentence: string])[]): string[] {
  return promises.filter(([kept]) => !kept).map(([, sentence]) => sentence);
}
