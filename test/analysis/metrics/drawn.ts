/** Drawn metrics of both arms, and what is found in them. */

import { DEFAULT_SETTINGS } from '../../../analysis/analyse.ts';
import { findInMetrics, type MetricsInput } from '../../../analysis/metrics/findings.ts';
import type { Finding, MetricSeries, SeriesKey } from '../../../model.ts';
import {
  BASELINE,
  CANDIDATE,
  durationsOf,
  explicitSlot,
  exponentialSlot,
  type Fleet,
  MINUTE_MS,
  seriesOf,
} from './support.ts';

export const BOUNDS = [0.005, 0.01, 0.025, 0.05, 0.075, 0.1, 0.25, 0.5, 0.75, 1, 2.5, 5, 7.5, 10];
export const FLEET = { instances: 8, callsPerSlot: 60 };

export function found(series: readonly MetricSeries[], more: Partial<MetricsInput> = {}) {
  const arms = { baseline: BASELINE, candidate: CANDIDATE };
  return findInMetrics({ series, ...arms, changed: [], traced: [], settings: DEFAULT_SETTINGS, seed: 1, ...more });
}

export const verdicts = (findings: readonly Finding[]) =>
  Object.fromEntries(findings.map(({ signal, verdict }) => [signal, verdict]));

export const exponential = (fleet: Fleet, scaleOf: (instance: string) => number, key: Partial<SeriesKey> = {}) =>
  durationsOf(fleet).map(({ instance, slots }) =>
    seriesOf(
      { ...key, instance },
      {
        kind: 'exponential',
        slots: slots.map(({ slotMs, values }) => exponentialSlot(slotMs, values, scaleOf(instance))),
      },
    ),
  );
export const explicit = (fleet: Fleet, boundsOf: (instance: string) => readonly number[]) =>
  durationsOf(fleet).map(({ instance, slots }) =>
    seriesOf(
      { instance },
      { kind: 'explicit', slots: slots.map(({ slotMs, values }) => explicitSlot(slotMs, values, boundsOf(instance))) },
    ),
  );

/** A value for each instance and slot of both arms. */
export function levels(instances: number, heightAt: (arm: number, slot: number, instance: number) => number) {
  return [BASELINE, CANDIDATE].flatMap((range, arm) =>
    Array.from({ length: instances }, (_, index) => ({
      instance: `${arm === 0 ? 'old' : 'new'}${index}`,
      slots: Array.from({ length: 20 }, (__, slot) => ({
        slotMs: range.startMs + slot * MINUTE_MS,
        value: heightAt(arm, slot, index),
      })),
    })),
  );
}
export const gauge = (key: Partial<SeriesKey>, given: ReturnType<typeof levels>) =>
  given.map(({ instance, slots }) =>
    seriesOf(
      { ...key, instance, endpoint: '' },
      { kind: 'gauge', slots: slots.map(({ slotMs, value }) => ({ slotMs, mean: value, max: value, last: value })) },
    ),
  );
export const sums = (key: Partial<SeriesKey>, given: ReturnType<typeof levels>) =>
  given.map(({ instance, slots }) =>
    seriesOf(
      { ...key, instance, endpoint: '' },
      { kind: 'sum', slots: slots.map(({ slotMs, value }) => ({ slotMs, delta: value, seconds: 60 })) },
    ),
  );
