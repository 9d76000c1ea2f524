/** The one-shot test of a quantile of latency: do more calls of the candidate lie in the tail than of the baseline? */

import type { Histogram } from '../../model.ts';
import { addUp, type Count } from './counts.ts';
import { addedUp, type CumulativeTable, exceedancesIn, totalsOf } from './cumulative.ts';
import { countOf, edgeNearest, exceedances, mergeHistograms } from './histogram.ts';
import { compareRates, type RateComparison } from './ratio.ts';
import { type AdjustedDifference, adjustForSpeed, type Rates, type Speed, speedOf } from './speed-adjusted.ts';

/**
 * The quantile itself, and the one with twice as many calls beyond it: a threshold at p99 alone throws away what the calls next
 * to it say of the same tail. The median is no tail: it stands alone.
 */
export function aroundQuantile(p: number): number[] {
  const wider = 2 * (1 - p);
  return wider > 0.5 ? [p] : [1 - wider, p];
}

/** The quantile, and those with a half and a quarter of the calls beyond it: how long the tail is that begins there. */
export const beyondQuantile = (p: number): number[] => [p, 1 - (1 - p) / 2, 1 - (1 - p) / 4];

/** `probabilities`: where the thresholds stand, 0 to 1, lowest first. Null when there are no calls. */
export type TailTest = (probabilities: readonly number[]) => RateComparison | null;

/**
 * A call scores once for each threshold that it exceeds. The thresholds are quantiles of both arms together: those of the
 * baseline alone would alarm in half of the A/A comparisons. Each row is one cluster. `pooled`: all calls of both arms. What all
 * thresholds of an endpoint have in common, its speed, is worked out when it is first asked for.
 */
export function createTailTest(
  baseline: CumulativeTable,
  candidate: CumulativeTable,
  paired: boolean,
  pooled: Histogram = mergeHistograms([addedUp(baseline), addedUp(candidate)]),
): TailTest {
  let speed: Speed | null | undefined;
  return (probabilities) => {
    const thresholds = thresholdsAt(probabilities, pooled);
    if (thresholds.length === 0) return null;
    const [before, after] = [scoresIn(baseline, thresholds), scoresIn(candidate, thresholds)];
    const leastVariances = { baseline: leastVariance(before), candidate: leastVariance(after) };
    const compared = compareRates(before, after, { paired, noise: 'none', leastVariances });
    const isTail = probabilities.every((p) => p > 0.5);
    if (!isTail || paired) return compared;
    if (speed === undefined) speed = speedOf(bodiesOf(baseline, candidate, pooled));
    const adjusted = speed && adjustForSpeed({ baseline: before, candidate: after }, speed, leastVariances);
    return { ...compared, p: bothTests(compared, adjusted) };
  };
}

/** Calls beyond the median of both arms: a slow instance has more of them, whatever its tail does. */
function bodiesOf(baseline: CumulativeTable, candidate: CumulativeTable, pooled: Histogram): Rates {
  const median = edgeNearest(pooled, 0.5) ?? 0;
  const beyond = (arm: CumulativeTable) => {
    const exposures = totalsOf(arm);
    return exceedancesIn(arm, median).map((events, row) => ({ events, exposure: exposures[row] ?? 0 }));
  };
  return { baseline: beyond(baseline), candidate: beyond(candidate) };
}

/** Two tests of one question: Bonferroni. The second says nothing where it points the other way: the body moved, not the tail. */
function bothTests({ p, difference }: RateComparison, adjusted: AdjustedDifference | null): number | null {
  if (p === null || adjusted === null) return p;
  const agreed = Math.sign(adjusted.difference) === Math.sign(difference) ? adjusted.p : 1;
  return Math.min(1, 2 * Math.min(p, agreed));
}

/** Upper edges of buckets; none when there are no calls. */
export const thresholdsAt = (probabilities: readonly number[], pooled: Histogram): number[] =>
  probabilities.map((p) => edgeNearest(pooled, p)).filter((bucket) => bucket !== null);

/** Scores of calls, and the sum of their squares, from which counting alone has its variance. */
export interface Score extends Count {
  readonly squares: number;
}

/** `thresholds`: lowest first. */
export const scoreOf = (histogram: Histogram, thresholds: readonly number[]): Score =>
  score(
    thresholds.map((bucket) => exceedances(histogram, bucket)),
    countOf(histogram),
  );

/** Of each row. */
function scoresIn(arm: CumulativeTable, thresholds: readonly number[]): Score[] {
  const beyond = thresholds.map((bucket) => exceedancesIn(arm, bucket));
  return totalsOf(arm).map((exposure, row) =>
    score(
      beyond.map((counts) => counts[row] ?? 0),
      exposure,
    ),
  );
}

/** A call beyond j thresholds scores j, the sum of 1 + ... + 1; its square is 1 + 3 + ... + (2j - 1). */
function score(beyond: readonly number[], exposure: number): Score {
  let [events, squares] = [0, 0];
  for (const [index, count] of beyond.entries()) {
    events += count;
    squares += (2 * index + 1) * count;
  }
  return { events, squares, exposure };
}

/** Variance of the mean score of independent calls; half an event is added, so that none at all is no certainty. */
function leastVariance(scores: readonly Score[]): number {
  const { events, exposure } = addUp(scores);
  const squares = scores.reduce((sum, score) => sum + score.squares, 0);
  const [mean, meanSquare] = [(events + 0.5) / (exposure + 1), (squares + 0.5) / (exposure + 1)];
  return Math.max(0, meanSquare - mean ** 2) / exposure;
}
