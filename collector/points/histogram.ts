/** Points of histograms with explicit bounds. */

import { ArrayColumn } from '../columns/nested.ts';
import { Fixed32Column, Fixed64Column } from '../columns/numbers.ts';
import type { Tally } from '../tally.ts';
import { fields, invalidWire, Ranges, type Wire } from '../wire/wire.ts';
import { appendExemplars, createExemplarColumns } from './exemplars.ts';
import { DistributionFields } from './fields.ts';
import type { PointKind } from './kind.ts';

const HISTOGRAM_POINT = fields(2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12);

class HistogramFields extends DistributionFields {
  /** Eight bytes a number, packed or one by one. */
  readonly bucketCounts = new Ranges();
  readonly explicitBounds = new Ranges();

  protected override readField(wire: Wire, tag: number, end: number): void {
    if (tag === 74) wire.passAttribute(this.attributes, end);
    else if (tag === 50 || tag === 49) passFixed64s(wire, tag, this.bucketCounts, end);
    else if (tag === 58 || tag === 57) passFixed64s(wire, tag, this.explicitBounds, end);
    else if (tag === 66) this.readExemplar(wire, end);
    else if (tag === 80) this.flags = wire.uint32();
    else if (tag === 89) this.min = wire.doubleAt(wire.fixed64(end));
    else if (tag === 97) this.max = wire.doubleAt(wire.fixed64(end));
    else this.readCommonField(wire, tag, HISTOGRAM_POINT, end);
  }

  protected override clear(): void {
    super.clear();
    this.bucketCounts.count = this.explicitBounds.count = 0;
  }
}

const LENGTH = 2;

/** Passes over numbers of eight bytes: many in one field, or one. */
function passFixed64s(wire: Wire, tag: number, ranges: Ranges, end: number): void {
  wire.count();
  if ((tag & 7) === LENGTH) wire.passInto(ranges, end);
  else {
    const start = wire.fixed64(end);
    ranges.add(start, start + 8);
  }
  const last = ranges.count - 1;
  if ((ranges.end(last) - ranges.start(last)) % 8 !== 0) throw invalidWire('packed numbers of 8 bytes end within one');
}

function appendFixed64s(column: ArrayColumn<Fixed64Column>, wire: Wire, ranges: Ranges): void {
  let bytes = 0;
  for (let i = 0; i < ranges.count; i++) {
    column.inner.copy(wire.view, ranges.start(i), ranges.end(i));
    bytes += ranges.end(i) - ranges.start(i);
  }
  column.endRow(bytes / 8);
}

const createColumns = (tally: Tally) => ({
  Count: new Fixed64Column('UInt64'),
  Sum: new Fixed64Column('Float64'),
  BucketCounts: new ArrayColumn(new Fixed64Column('UInt64')),
  ExplicitBounds: new ArrayColumn(new Fixed64Column('Float64')),
  ...createExemplarColumns(tally),
  Flags: new Fixed32Column('UInt32'),
  Min: new Fixed64Column('Float64'),
  Max: new Fixed64Column('Float64'),
  AggregationTemporality: new Fixed32Column('Int32'),
});

export const histogram: PointKind<HistogramFields, ReturnType<typeof createColumns>> = {
  table: 'otel_metrics_histogram',
  createFields: () => new HistogramFields(),
  createColumns,
  append(columns, wire, point, metric, tally) {
    columns.Count.appendHalves(point.count.low, point.count.high);
    columns.Sum.appendDouble(point.sum);
    appendFixed64s(columns.BucketCounts, wire, point.bucketCounts);
    appendFixed64s(columns.ExplicitBounds, wire, point.explicitBounds);
    appendExemplars(columns, wire, point.exemplars, tally);
    columns.Flags.append(point.flags);
    columns.Min.appendDouble(point.min);
    columns.Max.appendDouble(point.max);
    columns.AggregationTemporality.append(metric.temporality);
  },
};
