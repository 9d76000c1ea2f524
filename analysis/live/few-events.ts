/** The mixture e-value where an arm has few events: the same question, with the exact likelihood instead of the normal one. */

import { logNormalAtMost } from '../statistics/distributions.ts';

export interface FewEvents {
  /** Events, and exposures, of the two arms. */
  readonly a: number;
  readonly b: number;
  readonly exposureA: number;
  readonly exposureB: number;
  /** Variance of the log rate ratio that instances alone make: tau2/K_A + tau2/K_B. */
  readonly spread: number;
  /** Variance of the prior, g^2. */
  readonly prior: number;
  /** Log of the rate ratio that is tested against. */
  readonly atLeast: number;
}

/** The spread never vanishes altogether, so that its density stays a function. */
const LEAST_SPREAD = 1e-8;

/**
 * Given a + b events, b is binomial with odds exp(x) N_B / N_A (Przyborowski and Wilenski 1940). Under the null x is what
 * instances make: normal, sd w. Under the alternative an effect from the upper half of a normal with sd g comes on top: x is
 * skew normal with density 2 phi(x; 0, g^2 + w^2) Phi(x g / (w sqrt(g^2 + w^2))). E is the likelihood of the counts averaged over
 * the second, divided by that averaged over the first. With a normal likelihood this is the formula of `logEValue`; where an
 * arm has no event at all the normal one sees next to nothing: 0 against 200 errors gives E = 3.
 */
export function logEOfFewEvents({ a, b, exposureA, exposureB, spread, prior, atLeast }: FewEvents): number {
  const offset = Math.log(exposureB / exposureA) + atLeast;
  const narrow = Math.max(spread, LEAST_SPREAD);
  const wide = narrow + prior;
  const tilt = Math.sqrt(prior / (narrow * wide));
  const likelihood = (x: number) => -a * softPlus(x + offset) - b * softPlus(-x - offset);
  const worse = logIntegral(
    (x) => likelihood(x) - (0.5 * x * x) / wide - 0.5 * Math.log(wide) + Math.LN2 + logNormalAtMost(x * tilt),
  );
  const same = logIntegral((x) => likelihood(x) - (0.5 * x * x) / narrow - 0.5 * Math.log(narrow));
  return worse - same;
}

/** ln(1 + exp(x)) without overflow. */
const softPlus = (x: number) => Math.max(x, 0) + Math.log1p(Math.exp(-Math.abs(x)));

/** Beyond this log ratio there is no mass. */
const FARTHEST = 50;
/** What lies this far (in the log) under the peak adds nothing. */
const DROP = 40;
const STEPS = 120;

/** ln of the integral of exp(f), f concave: the trapezoid rule around the peak, where it converges faster than any power. */
function logIntegral(f: (x: number) => number): number {
  const peak = peakOf(f);
  const top = f(peak);
  const edge = (to: number) => border((x) => f(x) > top - DROP, peak, to);
  const [low, high] = [edge(-FARTHEST), edge(FARTHEST)];
  const step = (high - low) / STEPS;
  let sum = 0;
  for (let index = 0; index <= STEPS; index++) sum += Math.exp(f(low + index * step) - top);
  return top + Math.log(sum * step);
}

function peakOf(f: (x: number) => number): number {
  let [low, high] = [-FARTHEST, FARTHEST];
  for (let round = 0; round < 40; round++) {
    const third = (high - low) / 3;
    if (f(low + third) < f(high - third)) low += third;
    else high -= third;
  }
  return (low + high) / 2;
}

/** Where `holds`, true at `from`, ends on the way to `to`. */
function border(holds: (x: number) => boolean, from: number, to: number): number {
  let [inside, outside] = [from, to];
  for (let round = 0; round < 25; round++) {
    const middle = (inside + outside) / 2;
    if (holds(middle)) inside = middle;
    else outside = middle;
  }
  return inside;
}
