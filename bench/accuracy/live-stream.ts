/** A seeded stream of counts for the live test, with a known truth: two arms of instances, minute by minute, after an hour of history. */

import { normalUpTo } from '../../analysis/statistics/distributions.ts';
import { BUCKETS_PER_OCTAVE } from '../../analysis/statistics/histogram.ts';
import { createRandom, type Random } from '../../analysis/statistics/random.ts';
import { createDraw } from '../support/draw.ts';

export interface Truth {
  readonly seed: number;
  /** The candidate's calls take this much longer: .2 is 20 %. */
  readonly slower: number;
  readonly callsPerMinute: number;
  /** AR(1) noise of each minute on the log of latency, of each instance by itself or of a whole arm. */
  readonly noise: { readonly of: 'none' | 'instance' | 'arm'; readonly sd: number; readonly correlation: number };
}

export const QUIET = { of: 'none', sd: 0, correlation: 0 } as const;

const INSTANCES = 10;
const INSTANCE_SD = 0.05;
const BODY_SIGMA = 0.6;
const PARETO_INDEX = 3;
const MEDIAN_NS = 50e6;
/** Buckets in a unit of the natural logarithm. */
const BUCKETS_PER_LOG = BUCKETS_PER_OCTAVE / Math.LN2;
/** From here on the lognormal body is continued by a Pareto tail. */
const SPLICE = 0.97;
const SPLICE_LOG = normalUpTo(SPLICE) * BODY_SIGMA;
const TABLE_SIZE = 1 << 14;
const BODY = Float64Array.from(
  { length: TABLE_SIZE },
  (_, index) => normalUpTo((index + 0.5) / TABLE_SIZE) * BODY_SIGMA,
);

/** Log of a duration in units of the median, at probability u. */
function logDuration(u: number): number {
  if (u < SPLICE) return BODY[Math.floor(u * TABLE_SIZE)] ?? 0;
  return SPLICE_LOG - Math.log((1 - u) / (1 - SPLICE)) / PARETO_INDEX;
}

/** An arm that goes on from minute to minute. */
export interface Arm {
  /** By instance, the bucket of each call of the next minute. */
  readonly nextMinute: () => Int16Array[];
}

export function createArm(truth: Truth, name: 'baseline' | 'candidate'): Arm {
  const random = createRandom(truth.seed * 2 + (name === 'baseline' ? 0 : 1));
  const { normal } = createDraw(random);
  const shift = name === 'candidate' ? Math.log(1 + truth.slower) : 0;
  const own = Array.from({ length: INSTANCES }, () => shift + INSTANCE_SD * normal());
  const { of, sd, correlation } = truth.noise;
  const drifts = Array.from({ length: INSTANCES }, () => autoregressive(sd, correlation, normal));
  const calls = Math.round(truth.callsPerMinute / INSTANCES);
  const nextMinute = () => {
    const common = drifts[0]?.() ?? 0;
    const driftOf = (index: number) =>
      ({ none: 0, arm: common, instance: index === 0 ? common : (drifts[index]?.() ?? 0) })[of];
    return own.map((effect, index) => minuteOf(effect + driftOf(index), calls, random));
  };
  return { nextMinute };
}

/** Stationary AR(1) with the given standard deviation. */
function autoregressive(sd: number, correlation: number, normal: () => number): () => number {
  let value = sd * normal();
  return () => {
    value = correlation * value + sd * Math.sqrt(1 - correlation ** 2) * normal();
    return value;
  };
}

function minuteOf(effect: number, calls: number, random: Random): Int16Array {
  const from = Math.log(MEDIAN_NS) + effect;
  const buckets = new Int16Array(calls);
  for (let call = 0; call < calls; call++) {
    buckets[call] = Math.ceil((from + logDuration(random())) * BUCKETS_PER_LOG) - 1;
  }
  return buckets;
}
