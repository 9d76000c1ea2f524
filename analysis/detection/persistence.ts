/** Does an effect last? It is looked for in each third of the candidate's time. */

import type { Cluster } from '../control/cluster.ts';
import { distinct } from '../input/distinct.ts';
import { remember } from '../input/remember.ts';
import type { AnalysisSettings } from '../input/settings.ts';
import { addUp, type Count } from '../statistics/counts.ts';
import type { Measurement } from './measurement.ts';

const WINDOWS = 3;

/** The windows with data, oldest first. */
export interface PersistenceInput {
  readonly baselineRate: number;
  readonly candidateRate: number;
  readonly windows: readonly (readonly Count[])[];
}

/**
 * Whether it matters that a change lasts: nobody asks that of one within the tolerance, nor of what chance explains. It is judged
 * by q, which is never below p.
 */
export function mustLast(
  { p, ratio, tolerance }: Pick<Measurement, 'p' | 'ratio' | 'tolerance'>,
  { falseDiscoveryRate }: Pick<AnalysisSettings, 'falseDiscoveryRate'>,
): boolean {
  if (p === null || p > falseDiscoveryRate) return false;
  return ratio === null || Math.max(ratio, 1 / ratio) > 1 + tolerance;
}

/** Fewer expected events than this say nothing about a window. */
export const FEWEST_EVENTS = 5;

/**
 * `transient` when the effect is gone from the last window, or from more than a third of the windows. It is gone where
 * the window's rate is under half of the effect by more than one standard error: a window has a third of the data,
 * so a stricter rule would throw away true effects. `unknown` with fewer than three windows that can speak.
 */
export function persistence({
  baselineRate,
  candidateRate,
  windows,
}: PersistenceInput): 'lasts' | 'transient' | 'unknown' {
  const spoken = windows
    .map(addUp)
    .filter(({ exposure }) => exposure * Math.max(baselineRate, candidateRate) >= FEWEST_EVENTS);
  if (spoken.length < WINDOWS) return 'unknown';
  const half = (baselineRate + candidateRate) / 2;
  const direction = Math.sign(candidateRate - baselineRate);
  const gone = spoken.map(({ events, exposure }) => {
    const rate = (events + 0.5) / (exposure + 1);
    const standardError = Math.sqrt(rate / exposure);
    return direction * (events / exposure - half) + standardError < 0;
  });
  return gone.at(-1) || gone.filter(Boolean).length > spoken.length / WINDOWS ? 'transient' : 'lasts';
}

interface Timed {
  readonly slotMs: number;
}

const ofAll = remember((clusters: readonly Cluster<Timed>[]) => windowsOf(clusters.flatMap(({ members }) => members)));

/** The members of some clusters in thirds of their time; every signal of an endpoint asks for the same. */
export const windowsIn = <T extends Timed>(clusters: readonly Cluster<T>[]) => ofAll(clusters) as T[][];

/** Splits cells into thirds of their slots, oldest first. */
export function windowsOf<T extends Timed>(members: readonly T[]): T[][] {
  const slots = [...distinct(members, ({ slotMs }) => slotMs)].sort((one, other) => one - other);
  const windowOf = new Map(slots.map((slot, index) => [slot, Math.floor((index * WINDOWS) / slots.length)]));
  const windows = Map.groupBy(members, ({ slotMs }) => windowOf.get(slotMs) ?? 0);
  return [...windows].sort(([one], [other]) => one - other).map(([, inWindow]) => inWindow);
}
