/** How much the residuals of clusters of unequal load tell of the variance of their sum. */

import { sum } from 'simple-statistics';

export interface Reliability {
  /** The sum of squared residuals is short of the variance of the sum by this factor, at least 1. */
  readonly scale: number;
  readonly degreesOfFreedom: number;
}

/** A cluster with a larger part of the exposure leaves residuals that are lost in rounding, and nothing to judge with. */
const DOMINANT = 0.99;

/**
 * Residuals are y - h Y, with Y the sum of all y and h the part of the exposure: a cluster with much of it draws the rate to
 * itself and leaves little of its own luck to see. Their covariance C follows from the variances v that are supposed of y:
 * the scale is sum(v) / trace(C), the degrees of freedom are trace(C)^2 / |C|^2 (Satterthwaite 1946; Bell and McCaffrey 2002 for
 * clusters). With K equal clusters these are K / (K - 1) and K - 1.
 * `variances`: in any unit. Clusters without exposure tell nothing.
 */
export function reliabilityOf(exposures: readonly number[], variances: readonly number[]): Reliability {
  const clusters = exposures.length;
  const all = sum(exposures);
  const parts = exposures.map((exposure) => exposure / all);
  const over = (of: (v: number, h: number) => number) =>
    sum(variances.map((variance, index) => of(variance, parts[index] ?? 0)));
  const whole = over((v) => v);
  const [squares, alike, mixed] = [over((v) => v * v), over((_, h) => h * h), over((v, h) => v * h)];
  const trace = over((v, h) => v * (1 - 2 * h)) + alike * whole;
  const norm =
    squares +
    2 * (alike * squares + mixed ** 2) +
    (whole * alike) ** 2 -
    4 * over((v, h) => h * v * v) +
    2 * whole * over((v, h) => v * h * h) -
    4 * whole * alike * mixed;
  const degreesOfFreedom = Math.max(...parts) > DOMINANT ? 1 : trace ** 2 / norm;
  if (Number.isFinite(degreesOfFreedom) && trace > 0) return { scale: whole / trace, degreesOfFreedom };
  return { scale: clusters / (clusters - 1), degreesOfFreedom: clusters - 1 };
}

/**
 * Supposed of clusters that differ in themselves. Their variance grows with the square of the exposure; but with squares the
 * approximation gives so few degrees of freedom that one alarm in a hundred becomes one in a thousand. This power keeps the level
 * from below, for variances in proportion to the square and to the exposure (docs/statistics.md, "Unequal load").
 */
export const unlike = (exposures: readonly number[]): number[] => exposures.map((exposure) => exposure ** 1.5);
