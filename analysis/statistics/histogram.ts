/** Log-histograms (model.ts `Histogram`): merging, exceedances at a bucket edge, quantiles of weighted sums. */

import { entriesOf, pour, type Sink } from '../../cells/packed.ts';
import type { Histogram } from '../../model.ts';

/** Buckets per doubling: OpenTelemetry exponential histogram, scale 6. */
export const BUCKETS_PER_OCTAVE = 64;
/** Natural logarithm of the width of one bucket. */
export const BUCKET_LOG = Math.LN2 / BUCKETS_PER_OCTAVE;

/** Nanoseconds at `position` on the bucket scale: a whole number is the lower edge of that bucket. */
export const durationAt = (position: number): number => 2 ** (position / BUCKETS_PER_OCTAVE);

export function countOf(histogram: Histogram): number {
  const { counts, length = counts.length } = entriesOf(histogram);
  let all = 0;
  for (let index = 0; index < length; index++) all += counts[index] ?? 0;
  return all;
}

/** Buckets from here on, so many, are added up in one array: more than durations from a nanosecond to a day need. */
const DENSE_FROM = -4096;
const DENSE = 12_288;
const ABSENT = -1;

/** Adds histograms up in arrays that are used again and again. */
class DenseSums implements Sink {
  /** Under zero where there is no bucket: one that is empty is there all the same. */
  readonly #sums = new Float64Array(DENSE).fill(ABSENT);
  /** What was taken last: a copy of an array's part is cheaper than an array that grows. */
  readonly #buckets: number[] = [];
  readonly #counts: number[] = [];
  #low = DENSE;
  #high = -1;
  #isWhole = true;

  add(bucket: number, count: number): void {
    const at = bucket - DENSE_FROM;
    // The bounds of a metric are no whole numbers.
    if ((at | 0) !== at || at < 0 || at >= DENSE) {
      this.#isWhole = false;
      return;
    }
    const sum = this.#sums[at] ?? 0;
    this.#sums[at] = sum < 0 ? count : sum + count;
    if (at < this.#low) this.#low = at;
    if (at > this.#high) this.#high = at;
  }

  /** And starts from nothing again. Null where a bucket has no place in the arrays. */
  take(): Histogram | null {
    let length = 0;
    for (let at = this.#low; at <= this.#high; at++) {
      const sum = this.#sums[at] ?? 0;
      if (sum < 0) continue;
      this.#buckets[length] = at + DENSE_FROM;
      this.#counts[length] = sum;
      length += 1;
    }
    const merged = { buckets: this.#buckets.slice(0, length), counts: this.#counts.slice(0, length) };
    this.#sums.fill(ABSENT, this.#low, this.#high + 1);
    const isWhole = this.#isWhole;
    [this.#low, this.#high, this.#isWhole] = [DENSE, -1, true];
    return isWhole ? merged : null;
  }
}

const dense = new DenseSums();

/** Bucket by bucket sum, in order of bucket; empty buckets stay, because their edges are known. Counts are whole numbers, so the result does not depend on the order. */
export function mergeHistograms(histograms: readonly Histogram[]): Histogram {
  for (const histogram of histograms) pour(histogram, dense);
  return dense.take() ?? mergeSparse(histograms);
}

function mergeSparse(histograms: readonly Histogram[]): Histogram {
  const counted = new Map<number, number>();
  for (const histogram of histograms) {
    const { buckets, counts, length = counts.length } = entriesOf(histogram);
    for (let index = 0; index < length; index++) {
      const bucket = buckets[index] ?? 0;
      counted.set(bucket, (counted.get(bucket) ?? 0) + (counts[index] ?? 0));
    }
  }
  const buckets = [...counted.keys()].sort((one, other) => one - other);
  return { buckets, counts: buckets.map((bucket) => counted.get(bucket) ?? 0) };
}

/** How many durations lie above the upper edge of `bucket`. */
export function exceedances(histogram: Histogram, bucket: number): number {
  const { buckets, counts, length = counts.length } = entriesOf(histogram);
  let beyond = 0;
  // From the end, because a tail is short.
  for (let index = length - 1; index >= 0 && (buckets[index] ?? 0) > bucket; index--) beyond += counts[index] ?? 0;
  return beyond;
}

/** Sum of the durations in nanoseconds, each taken at the geometric middle of its bucket. */
export function totalNs(histogram: Histogram): number {
  const { buckets, counts, length = counts.length } = entriesOf(histogram);
  let total = 0;
  for (let index = 0; index < length; index++) total += (counts[index] ?? 0) * durationAt((buckets[index] ?? 0) + 0.5);
  return total;
}

/** The bucket whose upper edge leaves a share of durations above it that is nearest to 1 - p; null when empty. */
export function edgeNearest(histogram: Histogram, p: number): number | null {
  const total = countOf(histogram);
  let below = 0;
  let nearest: number | null = null;
  let distance = Number.POSITIVE_INFINITY;
  histogram.buckets.forEach((bucket, index) => {
    below += histogram.counts[index] ?? 0;
    const gap = Math.abs(below / total - p);
    if (gap < distance) [nearest, distance] = [bucket, gap];
  });
  return nearest;
}

/** Cumulative counts of several histograms over the union of their buckets: what weighted quantiles are read from. */
export interface CumulativeTable {
  readonly buckets: readonly number[];
  /** Number of histograms. */
  readonly rows: number;
  /** Calls up to the upper edge of bucket b in histogram r, at b * rows + r: the sum over histograms reads in one run. */
  readonly counts: Float64Array;
}

export function cumulate(histograms: readonly Histogram[]): CumulativeTable {
  const { buckets } = mergeHistograms(histograms);
  const rows = histograms.length;
  const counts = new Float64Array(buckets.length * rows);
  histograms.forEach((histogram, row) => {
    const { buckets: own, counts: ownCounts, length = own.length } = entriesOf(histogram);
    let column = 0;
    for (let index = 0; index < length; index++) {
      const count = ownCounts[index] ?? 0;
      if (count === 0) continue;
      // Sorted buckets are found in one run; others in as many as it takes.
      while (buckets[column] !== own[index]) column = column + 1 === buckets.length ? 0 : column + 1;
      counts[column * rows + row] = count;
    }
  });
  for (let index = rows; index < counts.length; index++) {
    counts[index] = (counts[index] ?? 0) + (counts[index - rows] ?? 0);
  }
  return { buckets, rows, counts };
}

function weightedCount({ rows, counts }: CumulativeTable, weights: ArrayLike<number>, column: number): number {
  let sum = 0;
  const start = column * rows;
  for (let row = 0; row < rows; row++) sum += (weights[row] ?? 0) * (counts[start + row] ?? 0);
  return sum;
}

/** All calls, each row so many times. */
export function weightedTotal(table: CumulativeTable, weights: ArrayLike<number>): number {
  const last = table.buckets.length - 1;
  return last < 0 ? 0 : weightedCount(table, weights, last);
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
  let [below, fewer] = [-1, 0];
  let [above, enough] = [table.buckets.length - 1, total];
  let [next, step] = [near, 1];
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

/** The bucket that holds the p-quantile; null when the histogram is empty. */
export function quantileBucket(histogram: Histogram, p: number): number | null {
  const position = quantilePosition(cumulate([histogram]), [1], p);
  return Number.isNaN(position) ? null : Math.ceil(position) - 1;
}

/** The p-quantile of one histogram in nanoseconds; null when it is empty. */
export function quantileNs(histogram: Histogram, p: number): number | null {
  const position = quantilePosition(cumulate([histogram]), [1], p);
  return Number.isNaN(position) ? null : durationAt(position);
}
