/** The quantile shift of an endpoint over its whole distribution, with its band: what the chart draws. */

import type { ShiftPoint } from '../../model.ts';
import type { QuantileEffect } from './bootstrap.ts';
import { durationAt } from './histogram.ts';
import { ratioInterval } from './power.ts';

/** Dense, so that a drawn line invents no bumps; denser still towards the tail. */
const BODY = Array.from({ length: 37 }, (_, index) => (index + 2) * 25).map((thousandth) => thousandth / 1000);
const TAIL = [0.96, 0.97, 0.98, 0.985, 0.99, 0.9925, 0.995, 0.9975, 0.999, 0.9995, 0.9999];
/** A point of the tail needs this many calls beyond it in the smaller arm. */
const FEWEST_BEYOND = 5;

/** Probabilities at which arms of at least `calls` calls can be compared. */
export function shiftProbabilities(calls: number): number[] {
  return [...BODY, ...TAIL].filter((p) => calls * (1 - p) >= FEWEST_BEYOND);
}

/** The band is the interval of the log ratio, carried over to nanoseconds at the baseline's quantile. */
export function shiftPoints(effects: readonly QuantileEffect[]): ShiftPoint[] {
  return effects.map((effect) => {
    const baselineNs = durationAt(effect.baseline);
    const [low, high] = ratioInterval(effect.effect, effect);
    return {
      p: effect.p,
      baselineNs: Math.round(baselineNs),
      candidateNs: Math.round(durationAt(effect.candidate)),
      lowNs: Math.round(baselineNs * (low - 1)),
      highNs: Math.round(baselineNs * (high - 1)),
    };
  });
}
