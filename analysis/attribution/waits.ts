/** The waits between the attempts of a call, before and after: how a changed backoff shows itself. */

import type { Cell, Finding } from '../../model.ts';
import { byEndpoint, endpointId } from '../input/endpoints.ts';
import { conditionalTest } from '../statistics/conditional.ts';
import { quantileBucket, quantileNs } from '../statistics/cumulative.ts';
import { countOf, exceedances, mergeEach } from '../statistics/histogram.ts';

export interface WaitShift {
  /** Medians, nanoseconds. */
  readonly baselineNs: number;
  readonly candidateNs: number;
}

/** Fewer waits in an arm say nothing about a strategy. */
const FEWEST_WAITS = 8;
const LEAST_RATIO = 1.25;
/** Strict, because waits come in bursts and are not independent of each other. */
const SIGNIFICANCE = 0.001;

/** Calls whose caller waits clearly longer or shorter than before, by `endpointId`. */
export function waitShifts(baseline: readonly Cell[], candidate: readonly Cell[]): Map<string, WaitShift> {
  const [before, after] = [byEndpoint(baseline), byEndpoint(candidate)];
  const calls = [...before].filter(([, [first]]) => first?.kind === 'CLIENT' || first?.kind === 'PRODUCER');
  const shifts = calls.map(([id, cells]) => [id, compareWaits(cells, after.get(id) ?? [])] as const);
  return new Map(shifts.filter((each): each is [string, WaitShift] => each[1] !== null));
}

export const waitShiftOf = (shifts: ReadonlyMap<string, WaitShift>, finding: Finding): WaitShift | null =>
  shifts.get(endpointId(finding)) ?? null;

/**
 * Mood's median test with both arms weighing the same, because a strategy that repeats more also waits more often: the
 * threshold lies half-way between the two medians, on the log scale.
 */
function compareWaits(before: readonly Cell[], after: readonly Cell[]): WaitShift | null {
  const [old, fresh] = [before, after].map((cells) => mergeEach(cells, ({ retryGaps }) => retryGaps));
  if (old === undefined || fresh === undefined || Math.min(countOf(old), countOf(fresh)) < FEWEST_WAITS) return null;
  const [baselineNs, candidateNs] = [quantileNs(old, 0.5) ?? 0, quantileNs(fresh, 0.5) ?? 0];
  const ratio = Math.max(candidateNs / baselineNs, baselineNs / candidateNs);
  if (ratio < LEAST_RATIO) return null;
  const threshold = Math.floor(((quantileBucket(old, 0.5) ?? 0) + (quantileBucket(fresh, 0.5) ?? 0)) / 2);
  const counts = [old, fresh].map((waits) => ({ events: exceedances(waits, threshold), exposure: countOf(waits) }));
  const [baseline, candidate] = counts;
  if (baseline === undefined || candidate === undefined) return null;
  // Longer waits are counted above the threshold, shorter ones below: the events are the rarer kind in the baseline.
  const flip = candidateNs < baselineNs;
  const events = (count: typeof baseline) => (flip ? { ...count, events: count.exposure - count.events } : count);
  return conditionalTest(events(baseline), events(candidate), 1).p < SIGNIFICANCE ? { baselineNs, candidateNs } : null;
}
