/** The one-shot test of a quantile of latency: do more calls of the candidate lie in the tail than of the baseline? */

import type { Histogram } from '../model.ts';
import { addUp, type Count } from './counts.ts';
import { countOf, edgeNearest, exceedances, mergeHistograms } from './histogram.ts';
import { compareRates, type RateComparison } from './ratio.ts';
import { type AdjustedDifference, adjustForSpeed, type Rates } from './speed-adjusted.ts';

export interface TailTest extends RateComparison {
  /** The threshold of the quantile itself: the upper edge of this bucket. */
  readonly bucket: number;
}

/** The second threshold has so many times as many calls beyond it. */
const WIDER = 2;
/** Where that would be more than this part of all calls, there is none: the median is no tail. */
const WIDEST = 0.5;

/**
 * A call scores once for each threshold that it exceeds: the p-quantile of both arms together, and the quantile with twice
 * as many calls beyond it, because a threshold at p99 alone throws away what the calls next to it say of the same tail.
 * Both are of the pooled arms: thresholds of the baseline alone would alarm in half of the A/A comparisons.
 * Each histogram is one cluster. Null when there are no calls.
 */
export function testTail(
  baseline: readonly Histogram[],
  candidate: readonly Histogram[],
  { p, paired }: { readonly p: number; readonly paired: boolean },
): TailTest | null {
  const pooled = mergeHistograms([...baseline, ...candidate]);
  const bucket = edgeNearest(pooled, p);
  if (bucket === null) return null;
  const thresholds = tailThresholds(pooled, p);
  const [before, after] = [baseline, candidate].map((arm) => arm.map((histogram) => scoreOf(histogram, thresholds)));
  if (before === undefined || after === undefined) return null;
  const leastVariances = { baseline: leastVariance(before), candidate: leastVariance(after) };
  const compared = compareRates(before, after, { paired, noise: 'none', leastVariances });
  const rates = { baseline: before, candidate: after };
  const bodies = thresholds.length > 1 && !paired ? bodiesOf(baseline, candidate, pooled) : null;
  const adjusted = bodies && adjustForSpeed(rates, bodies, leastVariances.baseline + leastVariances.candidate);
  return { ...compared, p: bothTests(compared, adjusted), bucket };
}

/** Calls beyond the median of both arms: a slow instance has more of them, whatever its tail does. */
function bodiesOf(baseline: readonly Histogram[], candidate: readonly Histogram[], pooled: Histogram): Rates {
  const median = edgeNearest(pooled, 0.5) ?? 0;
  const beyond = (arm: readonly Histogram[]) =>
    arm.map((histogram) => ({ events: exceedances(histogram, median), exposure: countOf(histogram) }));
  return { baseline: beyond(baseline), candidate: beyond(candidate) };
}

/** Two tests of one question: Bonferroni. The second says nothing where it points the other way: the body moved, not the tail. */
function bothTests({ p, difference }: RateComparison, adjusted: AdjustedDifference | null): number | null {
  if (p === null || adjusted === null) return p;
  const agreed = Math.sign(adjusted.difference) === Math.sign(difference) ? adjusted.p : 1;
  return Math.min(1, 2 * Math.min(p, agreed));
}

/** Upper edges of buckets, lowest first. */
export function tailThresholds(pooled: Histogram, p: number): number[] {
  const wider = WIDER * (1 - p);
  return [...(wider > WIDEST ? [] : [1 - wider]), p]
    .map((probability) => edgeNearest(pooled, probability))
    .filter((bucket) => bucket !== null);
}

/** Scores of calls, and the sum of their squares, from which counting alone has its variance. */
export interface Score extends Count {
  readonly squares: number;
}

/** `thresholds`: lowest first. A call beyond j of them scores j, the sum of 1 + ... + 1; its square is 1 + 3 + ... + (2j - 1). */
export function scoreOf(histogram: Histogram, thresholds: readonly number[]): Score {
  const beyond = thresholds.map((bucket) => exceedances(histogram, bucket));
  const total = (weightOf: (index: number) => number) =>
    beyond.reduce((sum, count, index) => sum + weightOf(index) * count, 0);
  return { events: total(() => 1), squares: total((index) => 2 * index + 1), exposure: countOf(histogram) };
}

/** Variance of the mean score of independent calls; half an event is added, so that none at all is no certainty. */
function leastVariance(scores: readonly Score[]): number {
  const { events, exposure } = addUp(scores);
  const squares = scores.reduce((sum, score) => sum + score.squares, 0);
  const [mean, meanSquare] = [(events + 0.5) / (exposure + 1), (squares + 0.5) / (exposure + 1)];
  return Math.max(0, meanSquare - mean ** 2) / exposure;
}
