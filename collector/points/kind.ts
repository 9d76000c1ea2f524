/** What a kind of metric brings along: how its points are read, and the columns of its table. */

import type { TelemetryTable } from '../../model.ts';
import type { Column } from '../columns/column.ts';
import type { Tally } from '../tally.ts';
import type { Wire } from '../wire/wire.ts';
import type { PointFields } from './fields.ts';
import type { Metric } from './metric.ts';

export interface PointKind<Fields extends PointFields, Columns extends Readonly<Record<string, Column>>> {
  readonly table: TelemetryTable;
  createFields(): Fields;
  /** The columns that follow those that all tables of metrics have; see rows.ts. */
  createColumns(tally: Tally): Columns;
  /** Appends one row to these columns. */
  append(columns: Columns, wire: Wire, point: Fields, metric: Metric, tally: Tally): void;
}
