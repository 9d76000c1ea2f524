/** How much instances differ by themselves: the variance of the log of their rates, learnt from the time before the upgrade. */

import { sum } from 'simple-statistics';
import { addUp, type Count } from '../statistics/counts.ts';
import { chiSquareAtMost } from '../statistics/distributions.ts';

export interface Spread {
  /** Between-instance variance of the log of the rate. */
  readonly tau2: number;
  /** Its 80 % upper bound: what an action is measured by. */
  readonly upper: number;
  readonly source: 'history' | 'assumed';
}

/** Standard deviation of the log of a rate between instances, assumed where durations do not tell: 5 % in latency, times a tail index of 3. */
export const ASSUMED_VARIANCE = 0.15 ** 2;
/** The bound over the estimate that ten instances give: 9 over the .2 quantile of chi-square with 9 degrees of freedom. */
const BOUND_OVER_ESTIMATE = 1.67;

const FEWEST_INSTANCES = 4;
const FEWEST_EVENTS = 20;
/** Chance that the bound is too low. */
const RISK = 0.2;
/** A standard deviation of two in the log: no fleet differs more. */
const LARGEST = 4;

/**
 * `counts`: by instance, over the time before the upgrade. With mu = r n the expected events of an instance,
 * Q(tau2) = sum (k - mu)^2 / (mu + tau2 mu^2) falls with tau2 and is near chi-square with K - 1 degrees of freedom at the
 * true one. The estimate solves Q = K - 1 (Breslow 1984; Paule and Mandel 1982), the bound P(chi2 <= Q) = .2 (Q profile:
 * Viechtbauer 2007).
 *
 * Neither is taken lower than `least`: few instances agree by luck (one estimate in twelve is 0 with ten instances and 60
 * events each), and an alarm must not hang on it. `assumed` alone, as large as it is, where there are fewer than four
 * instances or 20 events.
 */
export function estimateSpread(
  counts: readonly Count[],
  assumed: number,
  least = Math.min(assumed, ASSUMED_VARIANCE),
): Spread {
  const used = counts.filter(({ exposure }) => exposure > 0);
  if (used.length < FEWEST_INSTANCES || addUp(used).events < FEWEST_EVENTS) {
    return { tau2: assumed, upper: BOUND_OVER_ESTIMATE * assumed, source: 'assumed' };
  }
  const degreesOfFreedom = used.length - 1;
  const estimate = largestWhere((tau2) => pearson(used, tau2) > degreesOfFreedom);
  const bound = largestWhere((tau2) => chiSquareAtMost(pearson(used, tau2), degreesOfFreedom) > RISK);
  return { tau2: Math.max(estimate, least), upper: Math.max(bound, least), source: 'history' };
}

function pearson(counts: readonly Count[], tau2: number): number {
  const { events, exposure } = addUp(counts);
  return sum(
    counts.map((count) => {
      const expected = (events / exposure) * count.exposure;
      return (count.events - expected) ** 2 / (expected + tau2 * expected ** 2);
    }),
  );
}

/** `holds` is true up to some value and false from there on. */
function largestWhere(holds: (tau2: number) => boolean): number {
  let [low, high] = [0, LARGEST];
  if (!holds(low)) return 0;
  if (holds(high)) return high;
  for (let round = 0; round < 50; round++) {
    const middle = (low + high) / 2;
    if (holds(middle)) low = middle;
    else high = middle;
  }
  return (low + high) / 2;
}
