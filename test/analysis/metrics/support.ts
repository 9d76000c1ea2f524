/** Simulated metrics for tests: instances that differ, lognormal durations, minutes as slots. */

import type { MetricSeries, MetricSlots, SeriesKey } from '../../../model.ts';

export const MINUTE_MS = 60_000;
/** Baseline and candidate: twenty minutes each, one after the other. */
export const BASELINE = { startMs: 0, endMs: 20 * MINUTE_MS };
export const CANDIDATE = { startMs: 20 * MINUTE_MS, endMs: 40 * MINUTE_MS };

type Random = () => number;

/** Standard normal (Box and Muller). */
export function normal(random: Random): number {
  return Math.sqrt(-2 * Math.log(1 - random())) * Math.cos(2 * Math.PI * random());
}

function keyOf(more: Partial<SeriesKey> = {}): SeriesKey {
  return {
    ...{ service: 'cart', build: '', instance: 'i0', name: 'http.server.request.duration', unit: 's', attributes: {} },
    ...{ endpoint: 'GET /cart', peer: '', failed: false, ...more },
  };
}

export const seriesOf = (key: Partial<SeriesKey>, slots: MetricSlots): MetricSeries => ({ ...keyOf(key), ...slots });

export interface Fleet {
  readonly instances: number;
  readonly callsPerSlot: number;
  /** Of the candidate's durations. */
  readonly factor?: number;
  readonly random: Random;
}

/** Durations in seconds, by instance and slot: lognormal about 100 ms, instances 5 % apart, fresh ones in the candidate. */
export function durationsOf({ instances, callsPerSlot, factor = 1, random }: Fleet) {
  return [BASELINE, CANDIDATE].flatMap((range, arm) =>
    Array.from({ length: instances }, (_, index) => {
      const level = 0.1 * Math.exp(0.05 * normal(random)) * (arm === 1 ? factor : 1);
      const slots = Array.from({ length: (range.endMs - range.startMs) / MINUTE_MS }, (__, slot) => ({
        slotMs: range.startMs + slot * MINUTE_MS,
        values: Array.from({ length: callsPerSlot }, () => level * Math.exp(0.6 * normal(random))),
      }));
      return { instance: `${arm === 0 ? 'old' : 'new'}${index}`, slots };
    }),
  );
}

const sumOf = (values: readonly number[]) => values.reduce((sum, value) => sum + value, 0);

export function explicitSlot(slotMs: number, values: readonly number[], bounds: readonly number[]) {
  const counts = new Array<number>(bounds.length + 1).fill(0);
  for (const value of values) {
    const at = bounds.findIndex((bound) => value <= bound);
    const bucket = at < 0 ? bounds.length : at;
    counts[bucket] = (counts[bucket] ?? 0) + 1;
  }
  return { slotMs, count: values.length, sum: sumOf(values), bounds, counts };
}

export function exponentialSlot(slotMs: number, values: readonly number[], scale: number) {
  const sums = new Map<number, number>();
  for (const value of values) {
    const bucket = Math.ceil(Math.log2(value) * 2 ** scale) - 1;
    sums.set(bucket, (sums.get(bucket) ?? 0) + 1);
  }
  const buckets = [...sums.keys()].sort((one, other) => one - other);
  const counts = buckets.map((bucket) => sums.get(bucket) ?? 0);
  return { slotMs, count: values.length, sum: sumOf(values), scale, buckets, counts, zeros: 0 };
}
