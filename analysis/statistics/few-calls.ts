/** The median of a few calls: an exact test, and the interval that it gives, where a bootstrap has nothing to draw from. */

import type { Histogram } from '../../model.ts';
import { quantileBucket } from './cumulative.ts';
import { logNormalAtMost, normalUpTo } from './distributions.ts';
import { testExceedance } from './exceedance.ts';
import { BUCKETS_PER_OCTAVE, mergeHistograms, moved } from './histogram.ts';
import { rankSumTail } from './rank-sum.ts';

/** A histogram for each cluster. `unseenSd`, on the log of latency: what the data cannot show of the difference. */
export interface FewCalls {
  readonly baseline: readonly Histogram[];
  readonly candidate: readonly Histogram[];
  readonly unseenSd: number;
}

export interface MedianOfFew {
  /** Two-sided. */
  readonly p: number;
  readonly ratio: number;
  /** 95 % interval of the ratio. */
  readonly bounds: readonly [number, number];
}

/** Seven slow calls against seven fast ones are beyond chance; fewer are not, once many endpoints are asked. */
export const FEWEST_CALLS = 7;
const TAIL = 0.025;
/** Ratios are looked for up to a million-fold either way. */
const FARTHEST = 20 * BUCKETS_PER_OCTAVE;

/**
 * Wilcoxon's rank-sum test, with mid-p. The interval holds the ratios by which the baseline can be slowed down until the test
 * no longer tells the arms apart, to a bucket (1.09 %). The tail is widened by the design effect, measured where the medians
 * agree, so that calls of one moment do not pass for independent ones. Null with too few calls, or calls of one moment only.
 */
export function medianOfFew({ baseline, candidate, unseenSd }: FewCalls): MedianOfFew | null {
  if (Math.min(baseline.length, candidate.length) < 2) return null;
  const [before, after] = [baseline, candidate].map((arm) => quantileBucket(mergeHistograms(arm), 0.5));
  if (before === undefined || before === null || after === undefined || after === null) return null;
  const alignedBefore = baseline.map((histogram) => moved(histogram, after - before));
  const aligned = testExceedance(alignedBefore, candidate, { p: 0.5, paired: false });
  if (aligned === null) return null;
  const designEffect = Math.max(aligned.baseline.designEffect, aligned.candidate.designEffect);
  if (Math.min(aligned.baseline.exposure, aligned.candidate.exposure) < FEWEST_CALLS * designEffect) return null;
  const [old, fresh] = [mergeHistograms(baseline), mergeHistograms(candidate)];
  const tailAt = (shift: number) => widened(rankSumTail(moved(old, shift), fresh), designEffect);
  const [upper, lower] = [tailAt(0), widened(rankSumTail(fresh, old), designEffect)];
  const ratioOf = (shift: number) => 2 ** (shift / BUCKETS_PER_OCTAVE);
  const widening = Math.exp(1.96 * unseenSd);
  return {
    p: Math.min(1, 2 * Math.min(upper, lower)),
    ratio: ratioOf(after - before),
    bounds: [
      ratioOf(firstWhere((shift) => tailAt(shift) >= TAIL) - 1) / widening,
      ratioOf(firstWhere((shift) => tailAt(shift) > 1 - TAIL)) * widening,
    ],
  };
}

/** The first shift for which a condition holds that, once true, stays true. */
function firstWhere(holds: (shift: number) => boolean): number {
  let [low, high] = [-FARTHEST, FARTHEST];
  while (low < high) {
    const middle = Math.floor((low + high) / 2);
    if (holds(middle)) high = middle;
    else low = middle + 1;
  }
  return low;
}

/** A tail of counts that vary `designEffect` times as much as independent ones do, on the normal scale. */
function widened(tail: number, designEffect: number): number {
  return designEffect === 1 ? tail : Math.exp(logNormalAtMost(normalUpTo(tail) / Math.sqrt(designEffect)));
}
