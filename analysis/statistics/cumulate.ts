/** Cumulative tables made of histograms. */

import { entriesOf } from '../../cells/packed.ts';
import type { Histogram } from '../../model.ts';
import { type CumulativeTable, totalsOf } from './cumulative.ts';
import { GroupSums } from './group-sums.ts';
import { mergeEach, mergeHistograms } from './histogram.ts';

/** One row a histogram. */
export function cumulate(histograms: readonly Histogram[]): CumulativeTable {
  const { buckets } = mergeHistograms(histograms);
  const table = { buckets, rows: histograms.length, counts: new Float64Array(buckets.length * histograms.length) };
  histograms.forEach((histogram, row) => {
    // One pass finds all buckets that stand in order; others are put in order first.
    if (!cumulateRow(table, row, histogram)) cumulateRow(table, row, mergeHistograms([histogram]));
  });
  return table;
}

const sums = new GroupSums();

/**
 * As `cumulate`, with one row for all histograms of a group; groups without calls have none, and buckets without any are left
 * out. No histogram is made of a group in between, because there are tens of thousands in a report.
 */
export function cumulateGroups<T>(
  groups: readonly (readonly T[])[],
  histogramOf: (member: T) => Histogram,
): CumulativeTable {
  sums.start(groups.length);
  for (const [row, members] of groups.entries()) {
    for (const member of members) sums.add(row, histogramOf(member));
  }
  const table = sums.take() ?? cumulate(groups.map((members) => mergeEach(members, histogramOf)));
  const totals = totalsOf(table);
  if (totals.every((total) => total > 0)) return table;
  const called = groups.filter((_, row) => (totals[row] ?? 0) > 0);
  return called.length === 0 ? cumulate([]) : cumulateGroups(called, histogramOf);
}

/** Whether all of the histogram's buckets were found. */
function cumulateRow({ buckets, rows, counts }: CumulativeTable, row: number, histogram: Histogram): boolean {
  const { buckets: own, counts: ownCounts, length = own.length } = entriesOf(histogram);
  let [index, upTo] = [0, 0];
  for (let column = 0; column < buckets.length; column++) {
    if (index < length && own[index] === buckets[column]) upTo += ownCounts[index++] ?? 0;
    counts[column * rows + row] = upTo;
  }
  return index === length;
}
