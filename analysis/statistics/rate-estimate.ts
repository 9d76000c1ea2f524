/** A rate over clusters: what it is, its variance, and how well that is known. */

import { reliabilityOf, unlike } from './cluster-variance.ts';
import { addUp, type Count } from './counts.ts';

/**
 * The least variance that counting alone gives: `binomial` for shares of calls, `poisson` for counts that may exceed
 * the exposure, `none` for sums of durations. It guards against clusters that agree by luck.
 */
export type CountingNoise = 'binomial' | 'poisson' | 'none';

export interface RateEstimate extends Count {
  readonly rate: number;
  readonly variance: number;
  readonly leastVariance: number;
  /** Cluster variance over that of independent events, at least 1; 1 where there are no events. */
  readonly designEffect: number;
  readonly clusters: number;
  /** By which sums of squared residuals are short of their variance. */
  readonly scale: number;
  /** Of the variance: the number of clusters less one where they are equal. */
  readonly degreesOfFreedom: number;
}

/** `leastVariance`: where more is known of it than `noise` says. */
export function estimateRate(counts: readonly Count[], noise: CountingNoise, leastVariance?: number): RateEstimate {
  const { events, exposure } = addUp(counts);
  const rate = events / exposure;
  const clusters = counts.length;
  const exposures = counts.map((count) => count.exposure);
  let squares = 0;
  let differing = 0;
  for (const count of counts) {
    squares += (count.events - rate * count.exposure) ** 2;
    differing += unlike(count.exposure);
  }
  const counting = countingVariance(events, exposure, noise);
  const least = leastVariance ?? counting;
  // Of the events of clusters: counting gives so much of each exposure, the difference between clusters the rest.
  const countingEach = least * exposure;
  const differingEach = Math.max(0, squares - countingEach * exposure) / differing;
  const expected = (load: number) => countingEach * load + differingEach * unlike(load);
  const { scale, degreesOfFreedom } = reliabilityOf(exposures, expected);
  const clustered = scale * (squares / exposure ** 2);
  const designEffect = events > 0 && counting > 0 ? Math.max(1, clustered / counting) : 1;
  const variance = Math.max(clustered, least);
  return { events, exposure, rate, variance, leastVariance: least, designEffect, clusters, scale, degreesOfFreedom };
}

/** Half an event is added, so that no event at all does not look like certainty. */
function countingVariance(events: number, exposure: number, noise: CountingNoise): number {
  if (noise === 'none') return 0;
  const rate = (events + 0.5) / (exposure + 1);
  return (noise === 'binomial' ? Math.max(0, rate * (1 - rate)) : rate) / exposure;
}
