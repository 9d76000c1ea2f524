/** Lines of the table of the metrics data model: a metric as it is sent, and the rows that it must become. */

import type { TelemetryTable } from '../../model.ts';
import type { Row } from '../support/native.ts';

const DELTA = 1;
const CUMULATIVE = 2;

export const ns = (second: number) => `${1_700_000_000 + second}000000000`;
export const at = (second: number) => `${1_700_000_000 + second}.000000000`;
/** A point of the given start and end, and the columns of its times. */
export const sent = (start: number, end: number) => ({ startTimeUnixNano: ns(start), timeUnixNano: ns(end) });
export const times = (start: number, end: number): Row => ({ StartTimeUnix: at(start), TimeUnix: at(end) });

export interface Line {
  readonly what: string;
  /** OTLP/JSON, without its name. */
  readonly metric: object;
  readonly table: Exclude<TelemetryTable, 'otel_traces'>;
  /** By time; what a line does not name has the default of its table. */
  readonly rows: readonly Row[];
}

export const gauge = (what: string, dataPoints: readonly object[], rows: readonly Row[]): Line => ({
  what: `gauge: ${what}`,
  metric: { gauge: { dataPoints } },
  table: 'otel_metrics_gauge',
  rows,
});

export interface Kind {
  readonly field: 'sum' | 'histogram' | 'exponentialHistogram';
  readonly table: Line['table'];
}
export const SUM: Kind = { field: 'sum', table: 'otel_metrics_sum' };
export const HISTOGRAM: Kind = { field: 'histogram', table: 'otel_metrics_histogram' };
export const EXPONENTIAL: Kind = { field: 'exponentialHistogram', table: 'otel_metrics_exponential_histogram' };

/** The same points as delta and as cumulative. */
export const both = (
  { field, table }: Kind,
  what: string,
  dataPoints: readonly object[],
  rows: readonly Row[],
): Line[] =>
  [DELTA, CUMULATIVE].map((temporality) => ({
    what: `${field}, ${temporality === DELTA ? 'delta' : 'cumulative'}: ${what}`,
    metric: { [field]: { aggregationTemporality: temporality, dataPoints } },
    table,
    rows: rows.map((row) => ({ AggregationTemporality: temporality, ...row })),
  }));

export const summary = (what: string, dataPoints: readonly object[], rows: readonly Row[]): Line => ({
  what: `summary: ${what}`,
  metric: { summary: { dataPoints } },
  table: 'otel_metrics_summary',
  rows,
});
