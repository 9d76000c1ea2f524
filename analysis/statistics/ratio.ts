/** The ratio estimator over clusters: the test of two rates against each other. */

import { sum } from 'simple-statistics';
import type { Count } from './counts.ts';
import { studentTwoSided } from './distributions.ts';
import { permutationTest } from './permutation.ts';
import { type CountingNoise, estimateRate, type RateEstimate } from './rate-estimate.ts';

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
