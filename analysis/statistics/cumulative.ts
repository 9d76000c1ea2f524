/** Quantiles of weighted sums of log-histograms. */

import { entriesOf } from '../../cells/packed.ts';
import type { Histogram } from '../../model.ts';
import { durationAt } from './histogram.ts';

/** Cumulative counts of several histograms over the union of their buckets: what weighted quantiles are read from. */
export interface CumulativeTable {
  readonly buckets: readonly number[];
  /** Number of histograms. */
  readonly rows: number;
  /** Calls up to the upper edge of bucket b in histogram r, at b * rows + r: the sum over histograms reads in one run. */
  readonly counts: Float64Array;
}

/** The heart of the bootstrap, so that no default is asked for: there is a weight for each row. */
function weightedCount({ rows, counts }: CumulativeTable, weights: ArrayLike<number>, column: number): number {
  let sum = 0;
  for (let row = 0, at = column * rows; row < rows; row++, at++)
    sum += (weights[row] as number) * (counts[at] as number);
  return sum;
}

/** All calls, each row so many times. */
export function weightedTotal(table: CumulativeTable, weights: ArrayLike<number>): number {
  const last = table.buckets.length - 1;
  return last < 0 ? 0 : weightedCount(table, weights, last);
}

/** All rows added up. */
export function addedUp({ buckets, rows, counts }: CumulativeTable): Histogram {
  let before = 0;
  const added = buckets.map((_, column) => {
    let upTo = 0;
    for (let row = 0; row < rows; row++) upTo += counts[column * rows + row] ?? 0;
    const count = upTo - before;
    before = upTo;
    return count;
  });
  return { buckets, counts: added };
}

/** Calls of each row. */
export function totalsOf({ buckets, rows, counts }: CumulativeTable): number[] {
  const last = (buckets.length - 1) * rows;
  const totals = new Array<number>(rows);
  for (let row = 0; row < rows; row++) totals[row] = last < 0 ? 0 : (counts[last + row] ?? 0);
  return totals;
}

/** How many calls of each row lie above the upper edge of `bucket`. */
export function exceedancesIn({ buckets, rows, counts }: CumulativeTable, bucket: number): number[] {
  const last = (buckets.length - 1) * rows;
  const at = lastUpTo(buckets, bucket) * rows;
  const beyond = new Array<number>(rows);
  for (let row = 0; row < rows; row++) beyond[row] = (counts[last + row] ?? 0) - (at < 0 ? 0 : (counts[at + row] ?? 0));
  return beyond;
}

/** Index of the last of some ascending values that is not over `most`; -1 where all are. */
function lastUpTo(values: readonly number[], most: number): number {
  let [below, above] = [-1, values.length];
  while (above - below > 1) {
    const at = (below + above) >> 1;
    if ((values[at] ?? 0) <= most) below = at;
    else above = at;
  }
  return below;
}

/** The column of the bucket that holds a position. */
export function columnAt({ buckets }: CumulativeTable, position: number): number {
  return Math.max(0, buckets.indexOf(Math.ceil(position) - 1));
}

/**
 * Position (bucket scale; `durationAt` turns it into nanoseconds) of the p-quantile of the weighted sum of the rows,
 * interpolated within its bucket. NaN when the weighted sum is empty. `near`: the column where the search begins, in steps that
 * double; it makes no difference to the result.
 */
export function quantilePosition(
  table: CumulativeTable,
  weights: ArrayLike<number>,
  p: number,
  near = table.buckets.length >> 1,
  total = weightedTotal(table, weights),
): number {
  if (total === 0) return Number.NaN;
  const target = p * total;
  // Up to `below` there are fewer than the target, up to `above` as many or more.
  let below = -1;
  let above = table.buckets.length - 1;
  let fewer = 0;
  let enough = total;
  let next = near;
  let step = 1;
  while (above - below > 1) {
    const at = next > below && next < above ? next : (below + above) >> 1;
    const count = weightedCount(table, weights, at);
    if (count >= target) {
      above = at;
      enough = count;
      next = at - step;
    } else {
      below = at;
      fewer = count;
      next = at + step;
    }
    step *= 2;
  }
  const fraction = enough > fewer ? Math.max(0, (target - fewer) / (enough - fewer)) : 1;
  return (table.buckets[above] ?? 0) + fraction;
}

/** As `quantilePosition`, of one histogram whose buckets are in order. */
export function positionIn(histogram: Histogram, p: number): number {
  const { buckets, counts, length = counts.length } = entriesOf(histogram);
  let total = 0;
  for (let index = 0; index < length; index++) total += counts[index] ?? 0;
  if (total === 0) return Number.NaN;
  const target = p * total;
  let fewer = 0;
  for (let index = 0; index < length; index++) {
    const enough = fewer + (counts[index] ?? 0);
    const isReached = enough >= target || index === length - 1;
    if (isReached)
      return (buckets[index] ?? 0) + (enough > fewer ? Math.max(0, (target - fewer) / (enough - fewer)) : 1);
    fewer = enough;
  }
  return Number.NaN;
}

/** The bucket that holds the p-quantile; null when the histogram is empty. */
export function quantileBucket(histogram: Histogram, p: number): number | null {
  const position = positionIn(histogram, p);
  return Number.isNaN(position) ? null : Math.ceil(position) - 1;
}

/** The p-quantile of one histogram in nanoseconds; null when it is empty. */
export function quantileNs(histogram: Histogram, p: number): number | null {
  const position = positionIn(histogram, p);
  return Number.isNaN(position) ? null : durationAt(position);
}
