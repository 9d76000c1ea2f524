/** Points of gauges and sums. ClickHouse keeps one Float64 for either type of value, as the Collector's exporter does. */

import { BoolColumn, Fixed32Column, Fixed64Column } from '../columns/numbers.ts';
import type { Tally } from '../tally.ts';
import { fields, type Wire } from '../wire/wire.ts';
import { appendExemplars, createExemplarColumns } from './exemplars.ts';
import { PointFields } from './fields.ts';
import type { PointKind } from './kind.ts';
import type { Metric } from './metric.ts';

const NUMBER_POINT = fields(2, 3, 4, 5, 6, 7, 8);

export class NumberFields extends PointFields {
  value = 0;

  protected override readField(wire: Wire, tag: number, end: number): void {
    if (tag === 58) wire.passAttribute(this.attributes, end);
    else if (tag === 33) this.value = wire.doubleAt(wire.fixed64(end));
    else if (tag === 49) this.value = wire.sfixed64At(wire.fixed64(end));
    else if (tag === 42) this.readExemplar(wire, end);
    else if (tag === 64) this.flags = wire.uint32();
    else this.readCommonField(wire, tag, NUMBER_POINT, end);
  }

  protected override clear(): void {
    super.clear();
    this.value = 0;
  }
}

const createGaugeColumns = (tally: Tally) => ({
  Value: new Fixed64Column('Float64'),
  Flags: new Fixed32Column('UInt32'),
  ...createExemplarColumns(tally),
});

const createSumColumns = (tally: Tally) => ({
  ...createGaugeColumns(tally),
  AggregationTemporality: new Fixed32Column('Int32'),
  IsMonotonic: new BoolColumn(),
});

type GaugeColumns = ReturnType<typeof createGaugeColumns>;
type SumColumns = ReturnType<typeof createSumColumns>;

function appendNumber(columns: GaugeColumns, wire: Wire, point: NumberFields, tally: Tally): void {
  columns.Value.appendDouble(point.value);
  columns.Flags.append(point.flags);
  appendExemplars(columns, wire, point.exemplars, tally);
}

export const gauge: PointKind<NumberFields, GaugeColumns> = {
  table: 'otel_metrics_gauge',
  createFields: () => new NumberFields(),
  createColumns: createGaugeColumns,
  append: (columns, wire, point, _metric, tally) => appendNumber(columns, wire, point, tally),
};

export const sum: PointKind<NumberFields, SumColumns> = {
  table: 'otel_metrics_sum',
  createFields: () => new NumberFields(),
  createColumns: createSumColumns,
  append(columns, wire, point, metric: Metric, tally) {
    appendNumber(columns, wire, point, tally);
    columns.AggregationTemporality.append(metric.temporality);
    columns.IsMonotonic.append(metric.monotonic);
  },
};
