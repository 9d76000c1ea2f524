/** Rows in the making: what writes those of one table, and who hands it out. */

import type { TelemetryTable } from '../model.ts';
import { type AnyPointRows, POINT_KINDS } from './points/kinds.ts';
import type { MetricKind } from './points/metric.ts';
import { PointRows } from './points/rows.ts';
import { SpanRows } from './spans/rows.ts';
import type { Tally } from './tally.ts';

export type Rows = SpanRows | AnyPointRows;

/** Gives the rows that those of a day are added to: the same ones during one request. */
export interface RowsSource {
  spans(day: bigint): SpanRows;
  points(kind: MetricKind, day: bigint): AnyPointRows;
}

/** What a kind of item is written with: its table, and a new, empty set of columns. */
export interface RowsKind<R extends Rows> {
  readonly table: TelemetryTable;
  create(tally: Tally): R;
}

export const SPAN_ROWS: RowsKind<SpanRows> = { table: 'otel_traces', create: (tally) => new SpanRows(tally) };

export function pointRowsOf(kind: MetricKind): RowsKind<AnyPointRows> {
  const pointKind = POINT_KINDS[kind];
  return { table: pointKind.table, create: (tally) => new PointRows(pointKind, tally) };
}
