/** Log-histograms (model.ts `Histogram`): merging, and exceedances at a bucket edge. */

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
export const mergeHistograms = (histograms: readonly Histogram[]): Histogram => mergeEach(histograms, (each) => each);

/** As `mergeHistograms`, without a list of the histograms: cells are many. */
export function mergeEach<T>(members: readonly T[], histogramOf: (member: T) => Histogram): Histogram {
  for (const member of members) pour(histogramOf(member), dense);
  return dense.take() ?? mergeSparse(members.map(histogramOf));
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

/** Every duration this many buckets longer, and counted so many times. */
export function moved(histogram: Histogram, by: number, times = 1): Histogram {
  const { buckets, counts, length = counts.length } = entriesOf(histogram);
  return {
    buckets: Array.from({ length }, (_, index) => (buckets[index] ?? 0) + by),
    counts: Array.from({ length }, (_, index) => (counts[index] ?? 0) * times),
  };
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
