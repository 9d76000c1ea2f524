/** The test of the tail, on whatever histograms: a probability, or nothing; and the same for either order of the arms. */

import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { aroundQuantile, beyondQuantile } from '../../analysis/statistics/tail.ts';
import type { Histogram } from '../../model.ts';
import { tailP } from '../support/tail.ts';

const histogram: fc.Arbitrary<Histogram> = fc
  .uniqueArray(fc.record({ bucket: fc.integer({ min: 1_500, max: 1_520 }), count: fc.integer({ min: 1, max: 400 }) }), {
    selector: ({ bucket }) => bucket,
    minLength: 1,
    maxLength: 6,
  })
  .map((pairs) => pairs.toSorted((one, other) => one.bucket - other.bucket))
  .map((pairs) => ({ buckets: pairs.map(({ bucket }) => bucket), counts: pairs.map(({ count }) => count) }));

/** Clusters of which some agree to the last call, and one may hold nearly all of them. */
const arm = fc
  .tuple(fc.integer({ min: 1, max: 12 }), fc.array(histogram, { minLength: 1, maxLength: 4 }))
  .map(([clusters, some]) =>
    Array.from({ length: clusters }, (_, index) => some[index % some.length] ?? { buckets: [], counts: [] }),
  );

describe('the test of the tail', () => {
  it.each([
    ['the median', aroundQuantile(0.5)],
    ['p95', aroundQuantile(0.95)],
    ['p99', aroundQuantile(0.99)],
    ['p99.9', aroundQuantile(0.999)],
    ['beyond p95', beyondQuantile(0.95)],
  ])('gives a probability or nothing: %s', (_, probabilities) => {
    fc.assert(
      fc.property(arm, arm, fc.boolean(), (baseline, candidate, wantsPairs) => {
        const paired = wantsPairs && baseline.length === candidate.length;
        const p = tailP({ baseline, candidate, paired }, probabilities) ?? 1;
        expect(p).toBeGreaterThanOrEqual(0);
        expect(p).toBeLessThanOrEqual(1);
        const swapped = tailP({ baseline: candidate, candidate: baseline, paired }, probabilities) ?? 1;
        expect(swapped).toBeCloseTo(p, 9);
      }),
      { numRuns: 400 },
    );
  });

  it('is the same for either order where the body of the instances explains the tail to the last call', () => {
    const [fast, slow] = [
      { buckets: [1500, 1501, 1513], counts: [217, 362, 206] },
      { buckets: [1516], counts: [352] },
    ];
    const same = { buckets: [1513, 1514, 1515], counts: [319, 26, 296] };
    const one = Array.from({ length: 6 }, () => same);
    const other = Array.from({ length: 12 }, (_, index) => (index % 2 === 0 ? slow : fast));
    const [p, swapped] = [
      tailP({ baseline: one, candidate: other, paired: false }, aroundQuantile(0.95)),
      tailP({ baseline: other, candidate: one, paired: false }, aroundQuantile(0.95)),
    ];
    expect(p).toBeCloseTo(swapped ?? -1, 12);
  });
});
