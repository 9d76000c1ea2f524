/** How much instances differ by themselves: the variance of the log of their rates, learnt from the time before the upgrade. */

import { sum } from 'simple-statistics';
import { addUp, type Count } from '../counts.ts';
import { chiSquareAtMost } from '../distributions.ts';

export interface Spread {
  /** Between-instance variance of the log of the rate. */
  readonly tau2: number;
  /** Its 80 % upper bound: what an action is measured by. */
  readonly upper: number;
  readonly source: 'history' | 'assumed';
}

/**
 * Assumed without history: instances differ by 5 % in latency, a tail of Pareto index 3 makes .15 of it in the log of an
 * exceedance rate. The bound is what ten instances with this variance would have given (9 over the .2 quantile of chi-square).
 */
export const ASSUMED_SPREAD: Spread = { tau2: 0.0225, upper: 0.0376, source: 'assumed' };

const FEWEST_INSTANCES = 4;
const FEWEST_EVENTS = 20;
/** Chance that the bound is too low. */
const RISK = 0.2;
/** A standard deviation of two in the log: no fleet differs more. */
const LARGEST = 4;

/**
 * `windows`: counts by instance in stretches of time before the upgrade. With mu = r n the expected events of an instance,
 * Q(tau2) = sum (k - mu)^2 / (mu + tau2 mu^2), averaged over the windows, falls with tau2 and is near chi-square with K - 1
 * degrees of freedom at the true one. The estimate solves Q = K - 1 (Breslow 1984; Paule and Mandel 1982), the bound
 * P(chi2 <= Q) = .2 (Q profile: Viechtbauer 2007). Averaging treats windows as repeats of one another: right for differences
 * that persist, cautious for those that come and go. Windows with fewer than four instances or 20 events are left out;
 * `ASSUMED_SPREAD` when none remains.
 */
export function estimateSpread(windows: readonly (readonly Count[])[]): Spread {
  const used = windows
    .map((counts) => counts.filter(({ exposure }) => exposure > 0))
    .filter((counts) => counts.length >= FEWEST_INSTANCES && addUp(counts).events >= FEWEST_EVENTS);
  if (used.length === 0) return ASSUMED_SPREAD;
  const degreesOfFreedom = sum(used.map(({ length }) => length - 1)) / used.length;
  const discrepancy = (tau2: number) => sum(used.map((counts) => pearson(counts, tau2))) / used.length;
  return {
    tau2: largestWhere((tau2) => discrepancy(tau2) > degreesOfFreedom),
    upper: largestWhere((tau2) => chiSquareAtMost(discrepancy(tau2), degreesOfFreedom) > RISK),
    source: 'history',
  };
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
