/** What people said, in force at once and without any other part of Hinge; and whether this controller is the active one. */
import type { Brake } from '../brake.ts';
import type { Lease } from './options.ts';

export interface Word {
  stopped: boolean;
  /** What was said last about all flags; null for nothing yet. */
  brake: Brake | null;
  /** What was said about all flags and is not in the journal yet, oldest first. */
  readonly brakes: Brake[];
  /** By flag: who holds it. */
  readonly held: Map<string, string>;
  /** By flag and environment (`keyOf`): who re-arms it, until the journal has it, and in which term they said so. */
  readonly rearming: Map<string, { readonly actor: string; readonly term: number }>;
}

export const createWord = (): Word => ({
  stopped: false,
  brake: null,
  brakes: [],
  held: new Map(),
  rearming: new Map(),
});

/** In force at once; what is said again is not news. */
export function brake(word: Word, said: Brake): void {
  if (said.stopped === word.stopped) return;
  word.stopped = said.stopped;
  word.brake = said;
  word.brakes.push(said);
}

/** The term of the lease that is held now; null while none is. Without a lease there is one controller and one term. */
export function termOf(lease: Lease | undefined): number | null {
  if (lease === undefined) return 0;
  return lease.isHeld() ? (lease.term?.() ?? 0) : null;
}
