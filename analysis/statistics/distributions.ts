/** Distribution functions with the few shapes that the analysis needs, over @stdlib (within 1e-14 of SciPy). */

import betaCdf from '@stdlib/stats-base-dists-beta-cdf';
import chiSquareCdf from '@stdlib/stats-base-dists-chisquare-cdf';
import normalCdf from '@stdlib/stats-base-dists-normal-cdf';
import normalQuantile from '@stdlib/stats-base-dists-normal-quantile';
import tCdf from '@stdlib/stats-base-dists-t-cdf';
import tQuantile from '@stdlib/stats-base-dists-t-quantile';

/** P(|T| >= |t|) for Student's t. Works on the lower tail, so that tiny p-values keep their digits. */
export function studentTwoSided(t: number, degreesOfFreedom: number): number {
  return Math.min(1, 2 * tCdf(-Math.abs(t), degreesOfFreedom));
}

/** The value that Student's t stays under with probability p, 0 < p < 1. */
export function studentQuantile(p: number, degreesOfFreedom: number): number {
  return tQuantile(p, degreesOfFreedom);
}

/** P(|Z| >= |z|) for the standard normal. */
export function normalTwoSided(z: number): number {
  return Math.min(1, 2 * normalCdf(-Math.abs(z), 0, 1));
}

/** The value that the standard normal stays under with probability p, 0 < p < 1. */
export function normalUpTo(p: number): number {
  return normalQuantile(p, 0, 1);
}

/** Below this the lower tail nears the smallest number there is. */
const FAR_TAIL = -30;

/**
 * Natural logarithm of P(Z <= z) for the standard normal; keeps its digits where the probability itself is no longer a
 * number (asymptotic series of the tail, Abramowitz and Stegun 26.2.12; relative error under 1e-9 there).
 */
export function logNormalAtMost(z: number): number {
  if (z > FAR_TAIL) return Math.log(normalCdf(z, 0, 1));
  const inverse = 1 / (z * z);
  const series = 1 - inverse * (1 - inverse * (3 - inverse * 15));
  return -0.5 * z * z - Math.log(-z) - 0.5 * Math.log(2 * Math.PI) + Math.log(series);
}

/** P(X <= x) for chi-square. */
export function chiSquareAtMost(x: number, degreesOfFreedom: number): number {
  return chiSquareCdf(x, degreesOfFreedom);
}

/** P(X >= x) for chi-square. */
export function chiSquareAtLeast(x: number, degreesOfFreedom: number): number {
  return 1 - chiSquareCdf(x, degreesOfFreedom);
}

/**
 * P(X >= k) for X ~ Binomial(n, share), through the incomplete beta function; k and n may be fractions,
 * as they are after counts were divided by a design effect.
 */
export function binomialAtLeast(k: number, n: number, share: number): number {
  if (k <= 0) return 1;
  if (k > n) return 0;
  return betaCdf(share, k, n - k + 1);
}
