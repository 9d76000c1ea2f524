/** Cumulative tables made of histograms. */

import { entriesOf } from '../../cells/packed.ts';
import type { Histogram } from '../../model.ts';
import { type CumulativeTable, totalsOf } from './cumulative.ts';
import { DenseSums, GrowingArray, type Run } from './dense-sums.ts';
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

const dense = new DenseSums();
/** The runs of the groups that were added up last, one after the other. */
const sums = new GrowingArray();

/**
 * As `cumulate`, with one row for all histograms of a group; groups without calls have none, and buckets without any are left
 * out. No histogram is made of a group in between, because there are tens of thousands in a report.
 */
export function cumulateGroups<T>(
  groups: readonly (readonly T[])[],
  histogramOf: (member: T) => Histogram,
): CumulativeTable {
  let begin = 0;
  const runs = groups.map((members) => {
    for (const member of members) dense.add(histogramOf(member));
    const run = dense.takeRun(sums, begin);
    begin = run?.end ?? begin;
    return run;
  });
  const isDense = runs.every((run) => run !== null);
  const table = isDense ? cumulateRuns(runs) : cumulate(groups.map((members) => mergeEach(members, histogramOf)));
  const totals = totalsOf(table);
  if (totals.every((total) => total > 0)) return table;
  const called = groups.filter((_, row) => (totals[row] ?? 0) > 0);
  return called.length === 0 ? cumulate([]) : cumulateGroups(called, histogramOf);
}

function cumulateRuns(runs: readonly Run[]): CumulativeTable {
  const buckets = bucketsOf(runs);
  const table = { buckets, rows: runs.length, counts: new Float64Array(buckets.length * runs.length) };
  for (const [row, run] of runs.entries()) cumulateRun(table, row, run);
  return table;
}

/** Of `sums`. */
function cumulateRun({ buckets, rows, counts }: CumulativeTable, row: number, { from, begin, end }: Run): void {
  const { values } = sums;
  const shift = begin - from;
  let upTo = 0;
  for (let column = 0, to = row; column < buckets.length; column++, to += rows) {
    const at = (buckets[column] ?? 0) + shift;
    if (at >= begin && at < end) upTo += values[at] ?? 0;
    counts[to] = upTo;
  }
}

/** Of any of them, in order. */
function bucketsOf(runs: readonly Run[]): number[] {
  const from = runs.reduce((least, run) => Math.min(least, run.from), Number.POSITIVE_INFINITY);
  const until = runs.reduce((most, { from: first, begin, end }) => Math.max(most, first + end - begin), from);
  const { values } = sums;
  const all = new Float64Array(runs.length > 0 ? until - from : 0);
  for (const { from: first, begin, end } of runs) {
    for (let at = begin, to = first - from; at < end; at++, to++) all[to] = (all[to] ?? 0) + (values[at] ?? 0);
  }
  const buckets: number[] = [];
  for (let at = 0; at < all.length; at++) if (all[at] !== 0) buckets.push(from + at);
  return buckets;
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
