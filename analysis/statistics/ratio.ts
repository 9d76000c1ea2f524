/** The ratio estimator over clusters: a rate, its variance, and the test of two rates against each other. */

import { sum } from 'simple-statistics';
import { reliabilityOf, unlike } from './cluster-variance.ts';
import { addUp, type Count } from './counts.ts';
import { studentTwoSided } from './distributions.ts';
import { permutationTest } from './permutation.ts';

/**
 * The least variance that counting alone gives: `binomial` for shares of calls, `poisson` for counts that may exceed
 * the exposure, `none` for sums of durations. It guards against clusters that agree by luck.
 */
export type CountingNoise = 'binomial' | 'poisson' | 'none';

interface RateEstimate extends Count {
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

export interface RateComparison {
  readonly baseline: RateEstimate;
  readonly candidate: RateEstimate;
  readonly difference: number;
  readonly standardError: number;
  readonly degreesOfFreedom: number;
  /** Covariance of the two rates; 0 unless paired. */
  readonly covariance: number;
  /** Two-sided; null where a variance cannot be had (fewer than two clusters in an arm, or no exposure). */
  readonly p: number | null;
}

function estimateRate(counts: readonly Count[], noise: CountingNoise, leastVariance: number | undefined): RateEstimate {
  const { events, exposure } = addUp(counts);
  const rate = events / exposure;
  const clusters = counts.length;
  const squares = sum(counts.map((count) => (count.events - rate * count.exposure) ** 2));
  const counting = countingVariance(events, exposure, noise);
  const least = leastVariance ?? counting;
  const exposures = counts.map((count) => count.exposure);
  const { scale, degreesOfFreedom } = reliabilityOf(exposures, expected(exposures, squares, least * exposure));
  const clustered = scale * (squares / exposure ** 2);
  const designEffect = events > 0 && counting > 0 ? Math.max(1, clustered / counting) : 1;
  const variance = Math.max(clustered, least);
  return { events, exposure, rate, variance, leastVariance: least, designEffect, clusters, scale, degreesOfFreedom };
}

/** Variances of the events of clusters: counting gives so much of each exposure, the difference between clusters the rest. */
function expected(exposures: readonly number[], squares: number, countingEach: number): number[] {
  const beyond = Math.max(0, squares - countingEach * sum(exposures));
  const differing = unlike(exposures);
  const each = beyond / sum(differing);
  return exposures.map((exposure, index) => countingEach * exposure + each * (differing[index] ?? 0));
}

export interface ComparisonOptions {
  readonly paired: boolean;
  readonly noise: CountingNoise;
  /** The least variances of the two rates, where more is known than `noise` says. */
  readonly leastVariances?: { readonly baseline: number; readonly candidate: number };
}

/** Welch's t on two independent rates, or the paired t on rates of the same clusters in the same order. */
export function compareRates(
  baseline: readonly Count[],
  candidate: readonly Count[],
  options: ComparisonOptions,
): RateComparison {
  const before = estimateRate(baseline, options.noise, options.leastVariances?.baseline);
  const after = estimateRate(candidate, options.noise, options.leastVariances?.candidate);
  const difference = after.rate - before.rate;
  const spread = options.paired ? pairedSpread(baseline, candidate, before, after) : welchSpread(before, after);
  const t = spread.standardError > 0 ? difference / spread.standardError : 0;
  const known = before.clusters > 1 && after.clusters > 1 && Number.isFinite(t);
  const p = known ? withPermutation(studentTwoSided(t, spread.degreesOfFreedom), baseline, candidate, options) : null;
  return { baseline: before, candidate: after, difference, ...spread, p };
}

/** An estimated logarithm of a ratio. */
export interface LogRatio {
  readonly effect: number;
  readonly standardError: number;
  readonly degreesOfFreedom: number;
}

/** The logarithm of the ratio of both rates by the delta method, half an event added where a count may be zero. */
export function logRatio({ baseline, candidate, covariance, degreesOfFreedom }: RateComparison): LogRatio {
  const rate = ({ events, exposure }: RateEstimate) => (events + 0.5) / exposure;
  const relative = (estimate: RateEstimate) => estimate.variance / rate(estimate) ** 2;
  const [before, after] = [rate(baseline), rate(candidate)];
  const variance = relative(baseline) + relative(candidate) - (2 * covariance) / (before * after);
  return { effect: Math.log(after / before), standardError: Math.sqrt(Math.max(0, variance)), degreesOfFreedom };
}

/** Satterthwaite's approximation for the sum of two estimated variances. */
export function satterthwaite(
  variances: readonly { readonly variance: number; readonly degreesOfFreedom: number }[],
): number {
  const total = sum(variances.map(({ variance }) => variance));
  const parts = sum(variances.map(({ variance, degreesOfFreedom }) => variance ** 2 / Math.max(1, degreesOfFreedom)));
  return parts > 0 ? total ** 2 / parts : 1;
}

/**
 * With six clusters or fewer the exact permutation test has a veto: where it does not reject, neither does the t test.
 * It cannot stand alone, because the least p that it can give (.029 at four against four) never survives the correction for
 * many endpoints. Four or five pairs cannot reject at all (.125, .0625): there the veto asks for the most extreme assignment.
 */
function withPermutation(
  p: number,
  baseline: readonly Count[],
  candidate: readonly Count[],
  { paired }: { readonly paired: boolean },
): number {
  const exact = permutationTest(baseline, candidate, paired);
  return exact === null || exact.p <= Math.max(0.05, exact.leastP) ? p : Math.max(p, exact.p);
}

function welchSpread(before: RateEstimate, after: RateEstimate) {
  return {
    standardError: Math.sqrt(before.variance + after.variance),
    degreesOfFreedom: satterthwaite([before, after]),
    covariance: 0,
  };
}

function pairedSpread(
  baseline: readonly Count[],
  candidate: readonly Count[],
  before: RateEstimate,
  after: RateEstimate,
) {
  const products = baseline.map((count, index) => {
    const partner = candidate[index] ?? { events: 0, exposure: 0 };
    return (
      ((count.events - before.rate * count.exposure) / before.exposure) *
      ((partner.events - after.rate * partner.exposure) / after.exposure)
    );
  });
  const covariance = Math.sqrt(before.scale * after.scale) * sum(products);
  const counting = before.leastVariance + after.leastVariance;
  const variance = Math.max(before.variance + after.variance - 2 * covariance, counting);
  const degreesOfFreedom = Math.max(1, Math.min(before.degreesOfFreedom, after.degreesOfFreedom));
  return { standardError: Math.sqrt(variance), degreesOfFreedom, covariance };
}

/** Half an event is added, so that no event at all does not look like certainty. */
function countingVariance(events: number, exposure: number, noise: CountingNoise): number {
  if (noise === 'none') return 0;
  const rate = (events + 0.5) / (exposure + 1);
  return (noise === 'binomial' ? Math.max(0, rate * (1 - rate)) : rate) / exposure;
}
