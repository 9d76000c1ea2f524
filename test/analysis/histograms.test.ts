/** Histograms of durations: merged, and their quantiles, exceedances and scores. */

import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { cumulate } from '../../analysis/statistics/cumulate.ts';
import { positionIn, quantileNs, quantilePosition } from '../../analysis/statistics/cumulative.ts';
import {
  countOf,
  durationAt,
  edgeNearest,
  exceedances,
  mergeHistograms,
  totalNs,
} from '../../analysis/statistics/histogram.ts';
import { aroundQuantile, beyondQuantile, scoreOf, thresholdsAt } from '../../analysis/statistics/tail.ts';
import { histogramOf } from '../support/generator.ts';

const durations = fc.array(fc.integer({ min: 1, max: 60_000_000_000 }), { minLength: 1, maxLength: 200 });
const BUCKET_WIDTH = 2 ** (1 / 64);

describe('histograms', () => {
  it('a quantile is within one bucket of the true one', () => {
    fc.assert(
      fc.property(durations, fc.double({ min: 0.01, max: 0.99, noNaN: true }), (values, p) => {
        const sorted = [...values].sort((one, other) => one - other);
        const truth = sorted[Math.max(0, Math.ceil(p * sorted.length) - 1)] ?? 0;
        const ratio = (quantileNs(histogramOf(values), p) ?? 0) / truth;
        expect(ratio).toBeLessThanOrEqual(BUCKET_WIDTH * (1 + 1e-9));
        expect(ratio).toBeGreaterThanOrEqual(1 / BUCKET_WIDTH / (1 + 1e-9));
      }),
    );
  });

  it('a quantile of one is that of a table with one row, to the last bit', () => {
    const counts = fc.array(fc.constantFrom(0, 1, 2, 0.25, 1_000_000), { minLength: 1, maxLength: 40 });
    fc.assert(
      fc.property(counts, fc.double({ min: 0, max: 1, noNaN: true }), (given, p) => {
        const histogram = { buckets: given.map((_, index) => 3 * index - 20), counts: given };
        expect(positionIn(histogram, p)).toBe(quantilePosition(cumulate([histogram]), [1], p));
      }),
      { numRuns: 500 },
    );
  });

  it('buckets that are no whole numbers, and those that are far apart, merge as the others do', () => {
    const merged = mergeHistograms([
      { buckets: [-1_000_000, 1.5, 7], counts: [1, 2, 0] },
      { buckets: [1.5, 2], counts: [3, 4] },
    ]);
    expect(merged).toEqual({ buckets: [-1_000_000, 1.5, 2, 7], counts: [1, 5, 4, 0] });
    expect(mergeHistograms([{ buckets: [7, 2], counts: [0, 4] }])).toEqual({ buckets: [2, 7], counts: [4, 0] });
  });

  it('a call scores once for each threshold of the tail that it exceeds', () => {
    const pooled = { buckets: [1, 2, 3, 4], counts: [90, 8, 1, 1] };
    const thresholds = thresholdsAt(aroundQuantile(0.99), pooled);
    expect(thresholds).toEqual([2, 3]);
    expect(scoreOf(pooled, thresholds)).toEqual({ events: 1 + 2, squares: 1 + 4, exposure: 100 });
    expect(aroundQuantile(0.5)).toEqual([0.5]);
    expect(beyondQuantile(0.8)).toEqual([0.8, 0.9, 0.95]);
  });

  it('merging keeps every call and does not depend on the order', () => {
    fc.assert(
      fc.property(durations, durations, (one, other) => {
        const [first, second] = [histogramOf(one), histogramOf(other)];
        const merged = mergeHistograms([first, second]);
        expect(merged).toEqual(mergeHistograms([second, first]));
        expect(merged).toEqual(histogramOf([...one, ...other]));
        expect(countOf(merged)).toBe(one.length + other.length);
      }),
    );
  });

  it('exceedances count what lies above an edge', () => {
    fc.assert(
      fc.property(durations, fc.integer({ min: 0, max: 2300 }), (values, bucket) => {
        const above = values.filter((ns) => Math.ceil(Math.log2(ns) * 64) - 1 > bucket).length;
        expect(exceedances(histogramOf(values), bucket)).toBe(above);
      }),
    );
  });

  it('totals are right within a bucket', () => {
    fc.assert(
      fc.property(durations, (values) => {
        const truth = values.reduce((sum, value) => sum + value, 0);
        expect(totalNs(histogramOf(values)) / truth).toBeCloseTo(1, 1);
      }),
    );
  });

  it.each([
    [[1, 1, 1, 97], 0.97, 3],
    [[50, 50], 0.5, 0],
    [[100], 0.99, 0],
    [[], 0.5, null],
  ])('of the counts %j the edge nearest to p = %d is that of bucket %s', (counts, p, bucket) => {
    expect(edgeNearest({ buckets: counts.map((_, index) => index), counts }, p)).toBe(bucket);
  });

  it('of nothing there is no quantile', () => {
    expect(quantileNs({ buckets: [], counts: [] }, 0.5)).toBeNull();
    expect(durationAt(64)).toBe(2);
  });
});
