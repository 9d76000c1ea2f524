/** What residuals of unequal clusters tell of a variance, against the matrix written out. */
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { reliabilityOf, unlike } from '../../analysis/statistics/cluster-variance.ts';

/** Covariance of y - h Y, cell by cell. */
function covariance(exposures: readonly number[], variances: readonly number[]): number[][] {
  const all = exposures.reduce((total, exposure) => total + exposure, 0);
  const parts = exposures.map((exposure) => exposure / all);
  const keeps = parts.map((part, row) => parts.map((_, column) => Number(row === column) - part));
  return keeps.map((one) =>
    keeps.map((other) => one.reduce((total, kept, at) => total + kept * (variances[at] ?? 0) * (other[at] ?? 0), 0)),
  );
}

const traceOf = (matrix: readonly number[][]) => matrix.reduce((total, row, index) => total + (row[index] ?? 0), 0);
const normOf = (matrix: readonly number[][]) => matrix.flat().reduce((total, value) => total + value * value, 0);

describe('the reliability of a variance', () => {
  it.each([2, 3, 10, 32])('%i equal clusters: K / (K - 1), and K - 1 degrees of freedom', (clusters) => {
    const loads = Array<number>(clusters).fill(40);
    for (const varianceOf of [(load: number) => load, unlike]) {
      const { scale, degreesOfFreedom } = reliabilityOf(loads, varianceOf);
      expect(scale).toBeCloseTo(clusters / (clusters - 1), 10);
      expect(degreesOfFreedom).toBeCloseTo(clusters - 1, 10);
    }
  });

  it('is that of the matrix, whatever the loads and variances', () => {
    const loads = fc.array(fc.double({ min: 0.1, max: 1_000, noNaN: true }), { minLength: 2, maxLength: 12 });
    const power = fc.double({ min: 0, max: 2, noNaN: true });
    fc.assert(
      fc.property(loads, power, (exposures, exponent) => {
        const varianceOf = (load: number) => load ** exponent;
        const variances = exposures.map(varianceOf);
        const matrix = covariance(exposures, variances);
        const whole = variances.reduce((total, variance) => total + variance, 0);
        const { scale, degreesOfFreedom } = reliabilityOf(exposures, varianceOf);
        if (Math.max(...exposures) > 0.99 * exposures.reduce((total, exposure) => total + exposure, 0)) {
          expect(degreesOfFreedom).toBe(1);
          return;
        }
        expect(scale / (whole / traceOf(matrix))).toBeCloseTo(1, 6);
        expect(degreesOfFreedom / (traceOf(matrix) ** 2 / normOf(matrix))).toBeCloseTo(1, 6);
      }),
    );
  });

  it.each([
    ['one cluster bears half of the load', [9, 1, 1, 1, 1, 1, 1, 1, 1, 1], 4],
    ['clusters came one after the other', [1, 2, 3, 4, 5, 6, 7, 8, 9, 10], 7],
  ])('few degrees of freedom are left where %s', (_, loads, most) => {
    const { scale, degreesOfFreedom } = reliabilityOf(loads, unlike);
    expect(degreesOfFreedom).toBeLessThan(most);
    expect(scale).toBeGreaterThan(10 / 9);
  });

  it.each([
    ['no load', [0, 0, 0]],
    ['load on one alone', [5, 0, 0]],
  ])('that of equal clusters where there is nothing to tell: %s', (_, loads) => {
    expect(reliabilityOf(loads, unlike)).toEqual({ scale: 1.5, degreesOfFreedom: 2 });
  });
});
