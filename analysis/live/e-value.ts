/** The random-effects mixture e-value: how strongly the counts so far speak for a worse candidate, at whatever moment one looks. */

import { logNormalAtMost } from '../distributions.ts';

/** Events of an exposure in both arms since the upgrade, and how many instances stand behind each. */
export interface ArmTotals {
  readonly baseline: ArmTotal;
  readonly candidate: ArmTotal;
}

export interface ArmTotal {
  /** Exceedances of the frozen threshold, errors, or retries. */
  readonly events: number;
  /** Calls, or logical calls for retries. */
  readonly exposure: number;
  readonly instances: number;
}

/** Standard deviation of the prior on the log of the rate ratio: effects of up to about twice are expected. */
const PRIOR_VARIANCE = 0.3 ** 2;
/** Fewer events than this in both arms together are no ground: the normal approximation of the log ratio is poor. */
export const FEWEST_EVENTS = 20;

/**
 * Natural logarithm of the e-value against "the candidate's rate is at most exp(`atLeast`) times the baseline's".
 *
 * th = ln((B+.5)/(A+.5)) - ln(N_B/N_A), A and B the events, N the exposures: the log of the rate ratio, half an event added.
 * V0 = 1/(A+.5) + 1/(B+.5) + tau2/K_A + tau2/K_B, K the instances, tau2 the variance between instances of the log of the rate.
 * The prior on th is the upper half of a normal with sd g = .3 (one-sided: worse), so that
 * ln E = .5 ln(V0/(V0+g^2)) + .5 th^2 (1/V0 - 1/(V0+g^2)) + ln 2 + ln Phi(th g / sqrt(V0 (V0+g^2))).
 * The square of Phi's argument is th^2 (1/V0 - 1/(V0+g^2)). `atLeast` is subtracted from th.
 *
 * Null with fewer than 20 events in all, without exposure or without instances. Under the null a wrong E >= 1/alpha has a
 * probability of about alpha at most over all looks together (Ville's inequality; "about", because th is only nearly normal
 * and an arm may drift by itself: docs/statistics.md has what simulation gives).
 * Source: mixture sequential tests, Robbins 1970; Johari, Pekelis, Walsh 2022 (arXiv 1512.04922); one-sided normal mixture:
 * Howard, Ramdas, McAuliffe, Sekhon 2021 (arXiv 1810.08240), proposition 6.
 */
export function logEValue(totals: ArmTotals, tau2: number, atLeast = 0): number | null {
  const estimate = logRatio(totals, tau2);
  return estimate && logMixture(estimate.effect - atLeast, estimate.variance);
}

/**
 * Lower end of the interval of the log rate ratio that holds at all looks together: all ratios are in it that the same
 * e-value does not refute at exp(`level`). Null where there is no e-value.
 */
export function lowerBound(totals: ArmTotals, tau2: number, level: number): number | null {
  const estimate = logRatio(totals, tau2);
  if (estimate === null) return null;
  const { effect, variance } = estimate;
  let [near, far] = [0, 1];
  while (logMixture(far, variance) < level) far *= 2;
  for (let round = 0; round < 60; round++) {
    const middle = (near + far) / 2;
    if (logMixture(middle, variance) < level) near = middle;
    else far = middle;
  }
  return effect - far;
}

function logRatio({ baseline, candidate }: ArmTotals, tau2: number): { effect: number; variance: number } | null {
  const fewest = Math.min(baseline.exposure, candidate.exposure, baseline.instances, candidate.instances);
  if (!(fewest > 0) || baseline.events + candidate.events < FEWEST_EVENTS) return null;
  const [before, after] = [baseline.events + 0.5, candidate.events + 0.5];
  return {
    effect: Math.log(after / before) - Math.log(candidate.exposure / baseline.exposure),
    variance: 1 / before + 1 / after + tau2 / baseline.instances + tau2 / candidate.instances,
  };
}

function logMixture(effect: number, variance: number): number {
  const wide = variance + PRIOR_VARIANCE;
  const z = effect * Math.sqrt(PRIOR_VARIANCE / (variance * wide));
  return 0.5 * Math.log(variance / wide) + 0.5 * z * z + Math.LN2 + logNormalAtMost(z);
}
