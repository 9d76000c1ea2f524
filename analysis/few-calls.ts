/** The median of a few calls: an exact test, and the interval that it gives, where a bootstrap has nothing to draw from. */

import type { Histogram } from '../model.ts';
import { type ExceedanceTest, testExceedance } from './exceedance.ts';
import { BUCKETS_PER_OCTAVE, mergeHistograms, quantileBucket } from './histogram.ts';

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
 * Mood's median test by Fisher's exact tail, with mid-p: calls beyond the median of both arms. The interval holds the
 * ratios by which the baseline can be slowed down until the test no longer tells the arms apart, to a bucket (1.09 %).
 * Counts are divided by the design effect, measured where the medians agree, so that calls of one moment do not pass for
 * independent ones. Null with too few calls, or calls of one moment only.
 */
export function medianOfFew({ baseline, candidate, unseenSd }: FewCalls): MedianOfFew | null {
  if (Math.min(baseline.length, candidate.length) < 2) return null;
  const [before, after] = [baseline, candidate].map((arm) => quantileBucket(mergeHistograms(arm), 0.5));
  if (before === undefined || before === null || after === undefined || after === null) return null;
  const testAt = (shift: number) =>
    testExceedance(
      baseline.map((histogram) => slowedDown(histogram, shift)),
      candidate,
      { p: 0.5, paired: false },
    );
  const aligned = testAt(after - before);
  if (aligned === null) return null;
  const designEffect = Math.max(aligned.baseline.designEffect, aligned.candidate.designEffect);
  if (Math.min(aligned.baseline.exposure, aligned.candidate.exposure) < FEWEST_CALLS * designEffect) return null;
  const tailAt = (shift: number) => upperTail(testAt(shift), designEffect);
  const [upper, lower] = [upperTail(testAt(0), designEffect), upperTail(mirrored(testAt(0)), designEffect)];
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

function slowedDown({ buckets, counts }: Histogram, by: number): Histogram {
  return { buckets: buckets.map((bucket) => bucket + by), counts };
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

/** The arms in each other's place: the lower tail, which 1 less the upper one would leave without digits. */
const mirrored = (test: ExceedanceTest | null): ExceedanceTest | null =>
  test === null ? null : { ...test, baseline: test.candidate, candidate: test.baseline };

/** P(K > k) + P(K = k) / 2 for the candidate's calls beyond the median, given all that are: hypergeometric. */
function upperTail(test: ExceedanceTest | null, designEffect: number): number {
  if (test === null) return 0.5;
  const shrink = (count: number) => Math.round(count / designEffect);
  const [old, fresh] = [test.baseline, test.candidate];
  const [before, after, seen] = [shrink(old.exposure), shrink(fresh.exposure), shrink(fresh.events)];
  const beyond = seen + shrink(old.events);
  const probability = (events: number) =>
    Math.exp(logChoose(after, events) + logChoose(before, beyond - events) - logChoose(before + after, beyond));
  let tail = probability(seen) / 2;
  for (let events = seen + 1; events <= Math.min(after, beyond); events++) tail += probability(events);
  return tail;
}

function logChoose(n: number, k: number): number {
  if (k < 0 || k > n) return Number.NEGATIVE_INFINITY;
  return logFactorial(n) - logFactorial(k) - logFactorial(n - k);
}

/** Stirling's series, within 1e-10 from thirty on. */
function logFactorial(n: number): number {
  if (n < 30) return Math.log(Array.from({ length: n }, (_, each) => each + 1).reduce((all, each) => all * each, 1));
  return n * Math.log(n) - n + Math.log(2 * Math.PI * n) / 2 + 1 / (12 * n) - 1 / (360 * n ** 3);
}
