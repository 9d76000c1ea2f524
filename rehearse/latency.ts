/** How durations are spread: a lognormal body with a Pareto tail, what a fault makes of it, and histograms of it. */

import { normalUpTo } from '../analysis/statistics/distributions.ts';
import { BUCKETS_PER_OCTAVE } from '../analysis/statistics/histogram.ts';
import type { Random } from '../analysis/statistics/random.ts';
import type { Histogram } from '../model.ts';

const BODY_SIGMA = 0.6;
const PARETO_INDEX = 3;
/** From here on the lognormal body is continued by a Pareto tail. */
const SPLICE = 0.97;
const TABLE_SIZE = 1 << 15;
const TABLE = Float64Array.from(
  { length: TABLE_SIZE },
  (_, index) => normalUpTo((index + 0.5) / TABLE_SIZE) * BODY_SIGMA,
);
const SPLICE_LOG = normalUpTo(SPLICE) * BODY_SIGMA;
/** Buckets for one unit of the natural logarithm. */
const BUCKETS_PER_E = BUCKETS_PER_OCTAVE / Math.LN2;

/** Log of a duration in units of the median, at probability u: lognormal body with a Pareto tail. */
export function logDuration(u: number): number {
  if (u < SPLICE) return TABLE[Math.floor(u * TABLE_SIZE)] ?? 0;
  return SPLICE_LOG - Math.log((1 - u) / (1 - SPLICE)) / PARETO_INDEX;
}

/** What is wrong with the durations of an operation; sizes are relative: 0.2 is 20 % slower. */
export interface LatencyEffect {
  /** Every duration. */
  readonly slower?: number;
  /** Only those beyond p95, in full from p98 on. */
  readonly tail?: number;
  /** This share of the calls, whichever they are, takes so many times as long. */
  readonly stragglers?: { readonly share: number; readonly factor: number };
}

/** Log of the factor on a duration that was drawn at probability u. Draws only where there are stragglers. */
export function effectLog({ slower = 0, tail = 0, stragglers }: LatencyEffect, u: number, random: Random): number {
  const inTail = tail === 0 ? 0 : Math.min(1, Math.max(0, (u - 0.95) / 0.03));
  const straggles = stragglers !== undefined && random() < stragglers.share;
  return Math.log1p(slower) + Math.log1p(inTail * tail) + (straggles ? Math.log(stragglers.factor) : 0);
}

/** Where an operation stands: the median of a healthy one, and the log of what instance, drift and time of day make of it. */
export interface Level {
  readonly medianNs: number;
  readonly log: number;
}

/** Histogram of so many durations. */
export function drawHistogram(
  count: number,
  { medianNs, log }: Level,
  effect: LatencyEffect | null,
  random: Random,
): Histogram {
  const base = Math.log2(medianNs) * BUCKETS_PER_OCTAVE;
  const buckets = new Int32Array(count);
  for (let index = 0; index < count; index++) {
    const u = random();
    const position = logDuration(u) + log + (effect === null ? 0 : effectLog(effect, u, random));
    buckets[index] = Math.ceil(base + position * BUCKETS_PER_E) - 1;
  }
  return tally(buckets);
}

/** Histogram of durations in nanoseconds; what is under one counts as one. */
export function histogramOf(durationsNs: readonly number[]): Histogram {
  return tally(Int32Array.from(durationsNs, bucketOf));
}

function bucketOf(ns: number): number {
  return Math.ceil(Math.log2(Math.max(1, ns)) * BUCKETS_PER_OCTAVE) - 1;
}

function tally(unordered: Int32Array): Histogram {
  const buckets: number[] = [];
  const counts: number[] = [];
  for (const bucket of unordered.sort()) {
    const last = counts.length - 1;
    if (buckets[last] === bucket) counts[last] = (counts[last] ?? 0) + 1;
    else {
      buckets.push(bucket);
      counts.push(1);
    }
  }
  return { buckets, counts };
}
