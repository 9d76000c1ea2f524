/** The random-effects mixture e-value: how strongly the counts so far speak for a worse candidate, at whatever moment one looks. */

import { logNormalAtMost } from '../statistics/distributions.ts';
import { logEOfFewEvents } from './few-events.ts';

/** Where the candidate has no event at all, no ratio is refuted: this log ratio stands for none. */
const LOWEST = -20;

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
  /** May be a fraction: an effective number, where instances differ in load. */
  readonly instances: number;
}

/** g^2, of the prior on the log of the rate ratio: effects of up to about twice are expected. */
const PRIOR_VARIANCE = 0.3 ** 2;
/** Fewer events than this in both arms together are no ground. */
const FEWEST_EVENTS = 20;
/** Fewer than this in one arm: the log ratio is not nearly normal. With ten, a canary of 5 % of the calls reached E = 20 in 3 % of A/A runs. */
const FEW_IN_ARM = 30;

/**
 * Natural logarithm of the e-value against "the candidate's rate is at most exp(`atLeast`) times the baseline's".
 *
 * th = ln((B+.5)/(A+.5)) - ln(N_B/N_A), A and B the events, N the exposures: the log of the rate ratio, half an event added.
 * V0 = 1/(A+.5) + 1/(B+.5) + tau2/K_A + tau2/K_B, K the instances, tau2 the variance between instances of the log of the rate.
 * The prior on th is the upper half of a normal with sd g = .3 (one-sided: worse), so that
 * ln E = .5 ln(V0/(V0+g^2)) + .5 th^2 (1/V0 - 1/(V0+g^2)) + ln 2 + ln Phi(th g / sqrt(V0 (V0+g^2))).
 * The square of Phi's argument is th^2 (1/V0 - 1/(V0+g^2)). `atLeast` is subtracted from th.
 *
 * Under 30 events in an arm the normal approximation behind it fails, and `logEOfFewEvents` answers the same question exactly.
 * Null with fewer than 20 events in all, without exposure or without instances. Under the null a wrong E >= 1/alpha has a
 * probability of about alpha at most over all looks together (Ville's inequality; "about", because th is only nearly normal
 * and an arm may drift by itself: docs/live.md has what simulation gives).
 * Source: mixture sequential tests, Robbins 1970; Johari, Pekelis, Walsh 2022 (arXiv 1512.04922); one-sided normal mixture:
 * Howard, Ramdas, McAuliffe, Sekhon 2021 (arXiv 1810.08240), proposition 6.
 */
export function logEValue(totals: ArmTotals, tau2: number, atLeast = 0): number | null {
  const { baseline, candidate } = totals;
  const fewest = Math.min(baseline.exposure, candidate.exposure, baseline.instances, candidate.instances);
  if (!(fewest > 0) || baseline.events + candidate.events < FEWEST_EVENTS) return null;
  const spread = tau2 / baseline.instances + tau2 / candidate.instances;
  if (Math.min(baseline.events, candidate.events) < FEW_IN_ARM) {
    const [a, b, exposureA, exposureB] = [baseline.events, candidate.events, baseline.exposure, candidate.exposure];
    return logEOfFewEvents({ a, b, exposureA, exposureB, spread, prior: PRIOR_VARIANCE, atLeast });
  }
  const variance = 1 / (baseline.events + 0.5) + 1 / (candidate.events + 0.5) + spread;
  return logMixture(logRatio(totals) - atLeast, variance);
}

/**
 * Lower end of the interval of the log rate ratio that holds at all looks together: the largest ratio that the e-value refutes
 * at `level` (a natural logarithm), -20 where it refutes none. Null where there is no e-value.
 */
export function lowerBound(totals: ArmTotals, tau2: number, level: number): number | null {
  const refutes = (ratio: number) => (logEValue(totals, tau2, ratio) ?? Number.NaN) >= level;
  if (logEValue(totals, tau2) === null) return null;
  if (!refutes(LOWEST)) return LOWEST;
  let [low, high] = [LOWEST, logRatio(totals)];
  for (let round = 0; round < 34; round++) {
    const middle = (low + high) / 2;
    if (refutes(middle)) low = middle;
    else high = middle;
  }
  return low;
}

function logRatio({ baseline, candidate }: ArmTotals): number {
  return (
    Math.log((candidate.events + 0.5) / (baseline.events + 0.5)) - Math.log(candidate.exposure / baseline.exposure)
  );
}

function logMixture(effect: number, variance: number): number {
  const wide = variance + PRIOR_VARIANCE;
  const z = effect * Math.sqrt(PRIOR_VARIANCE / (variance * wide));
  return 0.5 * Math.log(variance / wide) + 0.5 * z * z + Math.LN2 + logNormalAtMost(z);
}
