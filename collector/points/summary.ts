/** Points of summaries. */

import { ArrayColumn, Offsets } from '../columns/nested.ts';
import { Fixed32Column, Fixed64Column } from '../columns/numbers.ts';
import { fields, Ranges, type Wire } from '../wire/wire.ts';
import { DistributionFields } from './fields.ts';
import type { PointKind } from './kind.ts';

const SUMMARY_POINT = fields(2, 3, 4, 5, 6, 7, 8);
const VALUE_AT_QUANTILE = fields(1, 2);

class SummaryFields extends DistributionFields {
  readonly quantiles = new Ranges();

  protected override readField(wire: Wire, tag: number, end: number): void {
    if (tag === 50) {
      wire.count();
      wire.passInto(this.quantiles, end);
    } else if (tag === 58) wire.passAttribute(this.attributes, end);
    else if (tag === 64) this.flags = wire.uint32();
    else this.readCommonField(wire, tag, SUMMARY_POINT, end);
  }

  protected override clear(): void {
    super.clear();
    this.quantiles.count = 0;
  }
}

function createColumns() {
  const quantiles = new Offsets();
  return {
    Count: new Fixed64Column('UInt64'),
    Sum: new Fixed64Column('Float64'),
    'ValueAtQuantiles.Quantile': new ArrayColumn(new Fixed64Column('Float64'), quantiles),
    'ValueAtQuantiles.Value': new ArrayColumn(new Fixed64Column('Float64'), quantiles),
    Flags: new Fixed32Column('UInt32'),
  };
}

type SummaryColumns = ReturnType<typeof createColumns>;

function appendQuantile(columns: SummaryColumns, wire: Wire, start: number, end: number): void {
  let quantile = 0;
  let value = 0;
  wire.at = start;
  while (wire.at < end) {
    const tag = wire.tag();
    if (tag === 9) quantile = wire.doubleAt(wire.fixed64(end));
    else if (tag === 17) value = wire.doubleAt(wire.fixed64(end));
    else wire.skip(tag, VALUE_AT_QUANTILE, end);
  }
  wire.close(end);
  columns['ValueAtQuantiles.Quantile'].inner.appendDouble(quantile);
  columns['ValueAtQuantiles.Value'].inner.appendDouble(value);
}

export const summary: PointKind<SummaryFields, SummaryColumns> = {
  table: 'otel_metrics_summary',
  createFields: () => new SummaryFields(),
  createColumns,
  append(columns, wire, { count, sum, quantiles, flags }) {
    columns.Count.appendHalves(count.low, count.high);
    columns.Sum.appendDouble(sum);
    for (let i = 0; i < quantiles.count; i++) appendQuantile(columns, wire, quantiles.start(i), quantiles.end(i));
    columns['ValueAtQuantiles.Value'].endRow(quantiles.count);
    columns.Flags.append(flags);
  },
};
