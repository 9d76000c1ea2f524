/** What moves a signal without an upgrade, and how surely that is known: learnt where nothing was upgraded. */

import { mean, sampleVariance } from 'simple-statistics';
import type { Control, Signal } from '../../model.ts';
import type { Precision } from '../statistics/power.ts';
import { type LogRatio, satterthwaite } from '../statistics/ratio.ts';

/** One signal in one comparison of two times between which nothing was upgraded: a placebo upgrade. */
export interface Change {
  /** Natural logarithm of later / earlier. */
  readonly log: number;
  /** What counting alone makes of it, on the log. */
  readonly countingVariance: number;
}

/** The change that is expected without the upgrade, on the log. */
export interface Drift extends Precision {
  readonly log: number;
}

/** Of the value itself, and of the rate at which calls exceed the pooled quantile (the rate itself where there is no quantile). */
export interface SignalDrift {
  readonly control: Control;
  readonly size: Drift;
  readonly rate: Drift;
}

/** Null where no control of this kind is at hand. */
export type DriftOf = (signal: Signal) => SignalDrift | null;

export const NO_DRIFT: DriftOf = () => null;

const FEWEST_PLACEBOS = 3;

/**
 * The mean of the placebos. Its variance is that of the mean, and of one more day (or endpoint) beyond what counting
 * explains: the comparison's own clusters answer for the counting. Null under three placebos.
 */
export function driftOf(changes: readonly Change[]): Drift | null {
  const count = changes.length;
  if (count < FEWEST_PLACEBOS) return null;
  const logs = changes.map(({ log }) => log);
  const spread = sampleVariance(logs);
  const counting = mean(changes.map(({ countingVariance }) => countingVariance));
  const variance = Math.max(Math.max(spread, counting) / count, spread * (1 + 1 / count) - counting);
  return { log: mean(logs), standardError: Math.sqrt(variance), degreesOfFreedom: count - 1 };
}

/** The effect that is left of a log ratio, with both uncertainties; as it was where there is no drift. */
export function lessDrift<T extends LogRatio>(effect: T, drift: Drift | null): T {
  if (drift === null) return effect;
  const parts = [effect, drift].map(({ standardError, degreesOfFreedom }) => ({
    variance: standardError ** 2,
    degreesOfFreedom,
  }));
  return {
    ...effect,
    effect: effect.effect - drift.log,
    standardError: Math.hypot(effect.standardError, drift.standardError),
    degreesOfFreedom: satterthwaite(parts),
  };
}
