/** What the data could have shown: the minimum detectable effect, and how much more data would settle a question. */

import { studentQuantile } from './distributions.ts';

/** What must lie beyond the tolerance. */
export type Decisive = 'estimate' | 'interval';

export interface Precision {
  /** Of the logarithm of the ratio. */
  readonly standardError: number;
  readonly degreesOfFreedom: number;
}

const CONFIDENCE = 0.975;
const POWER = 0.8;

let known = { degreesOfFreedom: Number.NaN, value: Number.NaN };

/** Of one finding both the interval and the minimum detectable effect ask for it, one after the other, and it is dear. */
function criticalValue(degreesOfFreedom: number): number {
  if (known.degreesOfFreedom !== degreesOfFreedom)
    known = { degreesOfFreedom, value: studentQuantile(CONFIDENCE, degreesOfFreedom) };
  return known.value;
}

/**
 * The smallest ratio that would have been flagged with 80 % power. The interval's lower end must clear the tolerance; where
 * the estimate decides, the interval must clear no change and the estimate the tolerance. Null where the precision is unknown.
 */
export function minimumDetectable(
  { standardError, degreesOfFreedom }: Precision,
  tolerance: number,
  decisive: Decisive = 'interval',
): number | null {
  if (!(standardError > 0) || !(degreesOfFreedom > 0)) return null;
  const half = criticalValue(degreesOfFreedom) * standardError;
  const limit = Math.log1p(tolerance);
  const reach = decisive === 'interval' ? limit + half : Math.max(limit, half);
  return Math.exp(reach + studentQuantile(POWER, degreesOfFreedom) * standardError);
}

/** 95 % interval of the ratio whose logarithm is `effect`. */
export function ratioInterval(effect: number, { standardError, degreesOfFreedom }: Precision): [number, number] {
  const half = criticalValue(Math.max(1, degreesOfFreedom)) * standardError;
  return [Math.exp(effect - half), Math.exp(effect + half)];
}

/**
 * How many times the data would settle an open question: the interval shrinks with the square root of the data
 * until it no longer holds the tolerance. At least 1; Infinity when the effect lies on the tolerance.
 */
export function dataNeeded(ratio: number, interval: readonly [number, number], tolerance: number): number {
  const half = Math.log(interval[1] / interval[0]) / 2;
  const margin = Math.abs(Math.abs(Math.log(ratio)) - Math.log(1 + tolerance));
  return Math.max(1, (half / margin) ** 2);
}
