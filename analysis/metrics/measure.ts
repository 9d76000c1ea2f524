/** What is measured of one group of metrics, by what it says and by its kind. */

import type { Signal } from '../../model.ts';
import type { ClusteredArms } from '../control/cluster.ts';
import type { Measurement } from '../detection/measurement.ts';
import { measureErrors } from '../detection/rate.ts';
import type { AnalysisSettings } from '../input/settings.ts';
import type { Count } from '../statistics/counts.ts';
import type { Resamples } from '../statistics/resamples.ts';
import type { MetricCell, MetricGroup } from './groups.ts';
import { type Level, measureLevel } from './levels.ts';
import { measureQuantiles, type QuantileSignal } from './quantiles.ts';

const NS_PER_MS = 1e6;
const QUANTILES = [
  { word: 'p50', p: 0.5 },
  { word: 'p95', p: 0.95 },
  { word: 'p99', p: 0.99 },
] as const;

/** Requests of a service by instance and slot: what its errors are set against. */
export type Requests = ReadonlyMap<string, number>;

export const placeOf = ({ service, instance, slotMs }: MetricCell): string =>
  JSON.stringify([service, instance, slotMs]);

export interface MeasureContext {
  readonly settings: AnalysisSettings;
  readonly resamples: Resamples;
  readonly requests: Requests;
}

export function measureGroup(
  group: MetricGroup,
  arms: ClusteredArms<MetricCell>,
  context: MeasureContext,
): Measurement[] {
  switch (group.kind) {
    case 'explicit':
    case 'exponential':
      return [...quantilesOf(group, arms, context), meanOf(group, arms, context), ...errorsOf(group, arms, context)];
    case 'summary':
      return [meanOf(group, arms, context), ...reportedOf(group, arms, context), ...errorsOf(group, arms, context)];
    case 'sum':
      return [rateOf(group, arms, context)];
    case 'gauge':
      return [levelOf(group, arms, context)];
  }
}

/** `metric:jvm.gc.duration p95 (s)`: the value in the metric's own unit. */
function named({ name, unit }: MetricGroup, word: string, per = unit): Signal {
  return `metric:${name} ${word}${per === '' || per === '1' ? '' : ` (${per})`}`;
}

/** Of requests the latency, in nanoseconds, under the names that traces use; of other times the metric's own. */
function quantilesOf(
  group: MetricGroup,
  arms: ClusteredArms<MetricCell>,
  { settings, resamples }: MeasureContext,
): Measurement[] {
  const { role, scale } = group.meaning;
  const request = role === 'request';
  const signals = QUANTILES.map(({ word, p }): QuantileSignal => {
    const signal: Signal = request ? `latency.${word}` : named(group, word);
    return { signal, p, tolerance: settings.tolerances[word] };
  });
  const unit = { scale: request ? scale : 1, floor: request ? settings.floorMs * NS_PER_MS : floorOf(group, settings) };
  return measureQuantiles(signals, arms, unit, settings, resamples);
}

/** A floor in milliseconds is one for times only; in the metric's own unit. */
function floorOf({ meaning: { role, scale } }: MetricGroup, settings: AnalysisSettings): number {
  return role === 'request' || role === 'duration' ? (settings.floorMs * NS_PER_MS) / scale : 0;
}

function total({ amount, exposure }: MetricCell): Count {
  return { events: amount, exposure };
}

/** Exact whatever the buckets: sum over count. */
function meanOf(group: MetricGroup, arms: ClusteredArms<MetricCell>, { settings }: MeasureContext): Measurement {
  const tolerance = settings.tolerances.p95;
  return measureLevel(
    { signal: named(group, 'mean'), countOf: total, noise: 'none', tolerance, floor: floorOf(group, settings) },
    arms,
    settings,
  );
}

/** Quantiles as the sender reported them, slot by slot, as if they were readings of a gauge. */
function reportedOf(group: MetricGroup, arms: ClusteredArms<MetricCell>, { settings }: MeasureContext): Measurement[] {
  const cells = [...arms.baseline, ...arms.candidate].flatMap(({ members }) => members);
  const reported = new Set(cells.flatMap(({ quantiles }) => [...quantiles.keys()]));
  return QUANTILES.filter(({ p }) => reported.has(p)).map(({ word, p }) => {
    const countOf = ({ quantiles }: MetricCell): Count => {
      const value = quantiles.get(p);
      return value === undefined ? { events: 0, exposure: 0 } : { events: value, exposure: 1 };
    };
    const tolerance = settings.tolerances[word];
    const level = { signal: named(group, `reported ${word}`), countOf, noise: 'none', tolerance } as const;
    return measureLevel({ ...level, floor: floorOf(group, settings) }, arms, settings);
  });
}

function errorsOf(
  { meaning, tellsFailures }: MetricGroup,
  arms: ClusteredArms<MetricCell>,
  { settings }: MeasureContext,
): Measurement[] {
  return meaning.role === 'request' && tellsFailures ? [measureErrors(arms, settings)] : [];
}

/** Errors per request where the same instances count requests, else per second; all other sums per second. */
function rateOf(
  group: MetricGroup,
  arms: ClusteredArms<MetricCell>,
  { settings, requests }: MeasureContext,
): Measurement {
  const clusters = [...arms.baseline, ...arms.candidate];
  const perRequest =
    group.meaning.role === 'errors' &&
    clusters.every(({ members }) => members.some((cell) => (requests.get(placeOf(cell)) ?? 0) > 0));
  const countOf = (cell: MetricCell): Count => ({
    events: cell.amount,
    exposure: perRequest ? (requests.get(placeOf(cell)) ?? 0) : cell.exposure,
  });
  const counted = group.unit === '1' || group.unit === '' || group.unit.startsWith('{');
  const level: Level = {
    signal: named(group, perRequest ? 'per request' : 'per second', counted ? '' : group.unit),
    countOf,
    noise: counted ? 'poisson' : 'none',
    tolerance: settings.tolerances.errors,
    floor: perRequest ? settings.errorFloor : 0,
  };
  return measureLevel(level, arms, settings);
}

/** Slot means. Of availability, the share that was not available, and never quite none of it: nothing has no ratio. */
function levelOf(group: MetricGroup, arms: ClusteredArms<MetricCell>, { settings }: MeasureContext): Measurement {
  const { errorFloor, tolerances } = settings;
  if (group.meaning.role !== 'availability') {
    const signal = named(group, 'mean');
    return measureLevel(
      { signal, countOf: total, noise: 'none', tolerance: tolerances.errors, floor: 0 },
      arms,
      settings,
    );
  }
  const countOf = ({ amount }: MetricCell): Count => ({
    events: Math.max(0, 1 - amount * group.meaning.scale) + errorFloor,
    exposure: 1,
  });
  const signal = named(group, 'missing', '');
  return measureLevel(
    { signal, countOf, noise: 'none', tolerance: tolerances.errors, floor: errorFloor },
    arms,
    settings,
  );
}
