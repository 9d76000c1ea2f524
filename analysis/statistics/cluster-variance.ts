/** How much the residuals of clusters of unequal load tell of the variance of their sum. */

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
 * `varianceOf`: in any unit. Loops and no lists, because a report asks some hundred thousand times.
 */
export function reliabilityOf(exposures: readonly number[], varianceOf: (exposure: number) => number): Reliability {
  const clusters = exposures.length;
  let all = 0;
  for (const exposure of exposures) all += exposure;
  let whole = 0;
  let squares = 0;
  let alike = 0;
  let mixed = 0;
  let cubes = 0;
  let tilted = 0;
  let most = 0;
  for (let index = 0; index < clusters; index++) {
    const exposure = exposures[index] ?? 0;
    const part = exposure / all;
    const variance = varianceOf(exposure);
    whole += variance;
    squares += variance * variance;
    alike += part * part;
    mixed += variance * part;
    cubes += variance * variance * part;
    tilted += variance * part * part;
    most = Math.max(most, part);
  }
  const trace = whole - 2 * mixed + alike * whole;
  const norm =
    squares +
    2 * (alike * squares + mixed ** 2) +
    (whole * alike) ** 2 -
    4 * cubes +
    2 * whole * tilted -
    4 * whole * alike * mixed;
  const degreesOfFreedom = most > DOMINANT ? 1 : trace ** 2 / norm;
  if (Number.isFinite(degreesOfFreedom) && trace > 0) return { scale: whole / trace, degreesOfFreedom };
  return { scale: clusters / (clusters - 1), degreesOfFreedom: clusters - 1 };
}

/**
 * Supposed of clusters that differ in themselves. Their variance grows with the square of the exposure; but with squares the
 * approximation gives so few degrees of freedom that one alarm in a hundred becomes one in a thousand. This power keeps the level
 * from below, for variances in proportion to the square and to the exposure (docs/statistics.md, "Unequal load").
 */
export const unlike = (exposure: number): number => exposure * Math.sqrt(exposure);
