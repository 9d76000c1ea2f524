/** Draws of clusters: as many picks as clusters, the same for the same seed, the arms apart. */

import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { createResamples } from '../../analysis/statistics/resamples.ts';

const clusters = fc.integer({ min: 2, max: 40 });

describe('resamples', () => {
  it('pick as many clusters as there are, in every draw', () => {
    fc.assert(
      fc.property(clusters, fc.integer(), (count, seed) => {
        const drawn = createResamples(20, seed)('before', count);
        expect(drawn).toHaveLength(20);
        for (const weights of drawn) {
          expect(weights).toHaveLength(count);
          expect(weights.reduce((sum, weight) => sum + weight, 0)).toBe(count);
          expect(weights.every((weight) => Number.isInteger(weight) && weight >= 0)).toBe(true);
        }
      }),
    );
  });

  it('are the same for the same seed, whatever was asked for before', () => {
    fc.assert(
      fc.property(clusters, clusters, fc.integer(), (count, other, seed) => {
        const [one, two] = [createResamples(5, seed), createResamples(5, seed)];
        two('after', other);
        expect(two('before', count)).toEqual(one('before', count));
      }),
    );
  });

  it('are drawn for each arm anew', () => {
    const resamples = createResamples(200, 1);
    const [before, after] = [resamples('before', 20), resamples('after', 20)];
    const means = [0, 0];
    const products = before.map((weights, draw) => {
      const [one, other] = [weights[0] ?? 0, after[draw]?.[0] ?? 0];
      means[0] = (means[0] ?? 0) + one / 200;
      means[1] = (means[1] ?? 0) + other / 200;
      return (one - 1) * (other - 1);
    });
    // Mean 1 and variance .95 each; the mean of 200 products of independent ones has a standard error of .067.
    for (const mean of means) expect(Math.abs(mean - 1)).toBeLessThan(0.3);
    expect(Math.abs(products.reduce((sum, each) => sum + each, 0) / 200)).toBeLessThan(0.3);
  });
});
