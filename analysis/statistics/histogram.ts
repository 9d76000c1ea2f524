/** Log-histograms (model.ts `Histogram`): merging, and exceedances at a bucket edge. */

import { entriesOf } from '../../cells/packed.ts';
import type { Histogram } from '../../model.ts';
import { DenseSums } from './dense-sums.ts';

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

const dense = new DenseSums();

/** Bucket by bucket sum, in order of bucket; empty buckets stay, because their edges are known. Counts are whole numbers, so the result does not depend on the order. */
export const mergeHistograms = (histograms: readonly Histogram[]): Histogram => mergeEach(histograms, (each) => each);

/** As `mergeHistograms`, without a list of the histograms: cells are many. */
export function mergeEach<T>(members: readonly T[], histogramOf: (member: T) => Histogram): Histogram {
  for (const member of members) dense.add(histogramOf(member));
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
  const { buckets, counts, length = counts.length } = entriesOf(histogram);
  let below = 0;
  let nearest: number | null = null;
  let distance = Number.POSITIVE_INFINITY;
  for (let index = 0; index < length; index++) {
    below += counts[index] ?? 0;
    const gap = Math.abs(below / total - p);
    if (gap >= distance) continue;
    nearest = buckets[index] ?? null;
    distance = gap;
  }
  return nearest;
}
