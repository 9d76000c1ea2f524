/** Thresholds of latency, frozen before the upgrade: what counts as slow, and what counts as slow beyond the tolerance. */

import type { Histogram } from '../../model.ts';
import type { Count } from '../statistics/counts.ts';
import { BUCKETS_PER_OCTAVE, countOf, durationAt, edgeNearest, exceedances } from '../statistics/histogram.ts';

/** Both are the upper edges of these buckets. */
export interface FrozenThreshold {
  /** The quantile before the upgrade: both arms are counted over it. */
  readonly slow: number;
  /**
   * The worst that this quantile may become. Where as many of the candidate's calls exceed this one as of the baseline's exceed
   * `slow`, the quantile is worse by just the tolerance: so a tolerance on durations is tested by counts.
   */
  readonly tolerated: number;
}

export interface Tolerance {
  /** Relative: .1 is ten per cent. */
  readonly ratio: number;
  readonly floorNs: number;
}

/** Null when there are no calls to take the quantile of. `p` is the quantile, 0 to 1. */
export function freezeThreshold(before: Histogram, p: number, { ratio, floorNs }: Tolerance): FrozenThreshold | null {
  const slow = edgeNearest(before, p);
  if (slow === null) return null;
  const slowNs = durationAt(slow + 1);
  const toleratedNs = Math.max(slowNs * (1 + ratio), slowNs + floorNs);
  return { slow, tolerated: Math.ceil(Math.log2(toleratedNs) * BUCKETS_PER_OCTAVE - 1e-9) - 1 };
}

/** `beyond`: the events over the tolerated threshold. */
export function countSlow(durations: Histogram, { slow, tolerated }: FrozenThreshold): Count & { beyond: number } {
  const exposure = countOf(durations);
  return { events: exceedances(durations, slow), exposure, beyond: exceedances(durations, tolerated) };
}

/**
 * How steeply calls thin out over the threshold: -d ln P(duration > x) / d ln x, the tail index where the tail is Pareto. An
 * instance that is slower by a small share has its rate of exceedances higher by this many times the share.
 */
export function tailIndex(before: Histogram, threshold: FrozenThreshold): number {
  const { events, beyond } = countSlow(before, threshold);
  const distance = ((threshold.tolerated - threshold.slow) * Math.LN2) / BUCKETS_PER_OCTAVE;
  return Math.log((events + 0.5) / (beyond + 0.5)) / distance;
}
