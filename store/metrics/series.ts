/** Metrics of some ranges of time as series: per slot what was added, or how it stood. One read for a report. */
import type { MetricSeries, SeriesKey, TimeRange } from '../../model.ts';
import type { Database } from '../connect.ts';
import { type Derivation, slotsWithin } from '../window.ts';
import { endpointOf, hasFailed, peerOf } from './keys.ts';
import { READINGS, type Reading, type Shape, type Tuple } from './readings.ts';
import { SERIES } from './steps.ts';

export interface MetricRead {
  readonly series: readonly MetricSeries[];
  /** How many series there were beyond the cap. */
  readonly leftOut: number;
}

/**
 * Of one kind of metric: to read 4,000 histograms of 15 buckets and 120 slots took 9 s, and the process grew to 1.3 GB. Services
 * take turns until the cap is reached, each with its longest series first.
 */
const MOST_SERIES = 2_000;

type Row = Omit<SeriesKey, 'endpoint' | 'peer' | 'failed'> & {
  readonly slots: readonly Tuple[];
  /** What the reading keeps apart: bounds or a scale; 0 for nothing. */
  readonly shape: Shape;
  /** Series of the kind before the cap. */
  readonly total: number;
};

/** Of the slots that begin in the ranges; a slot without points is missing, not zero. */
export async function readMetricSeries(
  database: Database,
  derivation: Derivation,
  ranges: readonly TimeRange[],
  mostSeries = MOST_SERIES,
): Promise<MetricRead> {
  const slots = ranges.map((range) => slotsWithin(range, derivation)).filter(({ first, end }) => first < end);
  if (slots.length === 0) return { series: [], leftOut: 0 };
  const { widthSeconds } = derivation;
  const gap = Math.max(LEAST_GAP_SECONDS, GAP_SLOTS * widthSeconds);
  const firsts = slots.map(({ first }) => Math.max(gap, first));
  const ends = slots.map(({ end }) => end);
  const parameters = {
    width: widthSeconds,
    gap,
    firsts,
    ends,
    from: Math.min(...firsts) - gap,
    until: Math.max(...ends),
  };
  const views = await database.rows<{ name: string }>({
    sql: `SELECT name FROM system.tables WHERE database = currentDatabase() AND startsWith(name, 'points_')`,
    doing: 'list the views of metrics',
  });
  const there = new Set(views.map(({ name }) => name));
  const reads: MetricRead[] = [];
  for (const reading of READINGS.filter(({ view }) => there.has(view))) {
    const sql = statementOf(reading);
    const rows = await database.rows<Row>({
      sql,
      parameters: { ...parameters, most: mostSeries },
      doing: `read metrics (${reading.kind})`,
    });
    reads.push({ series: rows.map((row) => toSeries(reading, row)), leftOut: (rows[0]?.total ?? 0) - rows.length });
  }
  return {
    series: reads.flatMap(({ series }) => series),
    leftOut: reads.reduce((total, { leftOut }) => total + leftOut, 0),
  };
}

/** Longer than this between two points, and what was added cannot be placed. */
const LEAST_GAP_SECONDS = 600;
const GAP_SLOTS = 10;

function statementOf({ relation, merged, apart = '0' }: Reading): string {
  const keys = SERIES.join(', ');
  return `SELECT ${keys}, shape, slots, total FROM (
  SELECT *, count() OVER () AS total, row_number() OVER (PARTITION BY service ORDER BY length(slots) DESC, name, ${keys}, shape) AS turn FROM (
    SELECT ${keys}, shape, arraySort(groupArray(tuple(slot, ${merged.map((_, i) => `value${i}`).join(', ')}))) AS slots FROM (
      SELECT ${keys}, ${apart} AS shape, slot, ${merged.map((value, i) => `${value} AS value${i}`).join(', ')} FROM (${relation})
      GROUP BY ${keys}, slot, shape)
    GROUP BY ${keys}, shape)
) ORDER BY turn, service LIMIT {most:UInt32}`;
}

function toSeries({ toSlots }: Reading, { slots, shape, total: _, ...key }: Row): MetricSeries {
  const { attributes, name } = key;
  return {
    ...key,
    endpoint: endpointOf(attributes),
    peer: peerOf(attributes, name),
    failed: hasFailed(attributes, name),
    ...toSlots(slots, shape),
  };
}
