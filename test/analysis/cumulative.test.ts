/** Tables of many histograms: the same however they were put together, and what is read off them. */

import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { cumulate, cumulateGroups } from '../../analysis/statistics/cumulate.ts';
import { addedUp, exceedancesIn, quantilePosition, totalsOf } from '../../analysis/statistics/cumulative.ts';
import { countOf, exceedances, mergeHistograms } from '../../analysis/statistics/histogram.ts';
import { Pack } from '../../cells/pack.ts';
import type { Histogram } from '../../model.ts';

/** Buckets in order; counts of zero are among them. */
const histogramsWithin = (least: number, most: number) =>
  fc
    .uniqueArray(fc.integer({ min: least, max: most }), { maxLength: 20 })
    .chain((buckets) =>
      fc
        .array(fc.integer({ min: 0, max: 1_000 }), { minLength: buckets.length, maxLength: buckets.length })
        .map((counts): Histogram => ({ buckets: [...buckets].sort((one, other) => one - other), counts })),
    );

/** Of a day at most, and of what no duration can be. */
const histogram = fc.oneof(
  { weight: 9, arbitrary: histogramsWithin(0, 3_000) },
  { weight: 3, arbitrary: histogramsWithin(0, 40) },
  { weight: 1, arbitrary: histogramsWithin(-1_000_000, 1_000_000) },
);
const packed = histogram.map(({ buckets, counts }): Histogram => {
  const pack = new Pack();
  return pack.histogram(pack.add(buckets, counts), pack.end);
});
const group = fc.array(fc.oneof(histogram, packed), { maxLength: 5 });
const groups = fc.oneof(
  { weight: 9, arbitrary: fc.array(group, { maxLength: 8 }) },
  { weight: 1, arbitrary: fc.array(group, { minLength: 30, maxLength: 40 }) },
);
const itself = (each: Histogram) => each;

describe('a table of groups', () => {
  it('reads as one of the histograms that were added up group by group, those without calls left out', () => {
    fc.assert(
      fc.property(groups, fc.double({ min: 0, max: 1, noNaN: true }), (given, p) => {
        const merged = given.map(mergeHistograms).filter((each) => countOf(each) > 0);
        const [table, expected] = [cumulateGroups(given, itself), cumulate(merged)];
        expect(table.rows).toBe(expected.rows);
        expect(totalsOf(table)).toEqual(totalsOf(expected));
        const weights = merged.map((_, row) => row % 3);
        expect(quantilePosition(table, weights, p)).toBe(quantilePosition(expected, weights, p));
      }),
      { numRuns: 500 },
    );
  });

  it('tells how many calls lie above a bucket, whether it has that bucket or not', () => {
    fc.assert(
      fc.property(fc.array(histogram, { maxLength: 6 }), fc.integer({ min: -10, max: 3_010 }), (given, bucket) => {
        expect(exceedancesIn(cumulate(given), bucket)).toEqual(given.map((each) => exceedances(each, bucket)));
      }),
    );
  });

  it('adds up to its histograms', () => {
    fc.assert(
      fc.property(fc.array(histogram, { maxLength: 6 }), (given) => {
        expect(addedUp(cumulate(given))).toEqual(mergeHistograms(given));
      }),
    );
  });

  it('takes histograms whose buckets stand in no order', () => {
    const table = cumulate([
      { buckets: [9, 3, 5], counts: [1, 2, 4] },
      { buckets: [5, 9], counts: [8, 16] },
    ]);
    expect(table.buckets).toEqual([3, 5, 9]);
    expect([...table.counts]).toEqual([2, 0, 6, 8, 7, 24]);
  });
});
