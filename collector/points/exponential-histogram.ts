/** Points of exponential histograms. */

import { ArrayColumn } from '../columns/nested.ts';
import { Fixed32Column, Fixed64Column } from '../columns/numbers.ts';
import type { Tally } from '../tally.ts';
import { Fixed64, fields, Slice, type Wire } from '../wire/wire.ts';
import { appendExemplars, createExemplarColumns } from './exemplars.ts';
import { DistributionFields } from './fields.ts';
import type { PointKind } from './kind.ts';

const EXPONENTIAL_POINT = fields(1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13);
const BUCKETS = fields(1, 2);

class ExponentialHistogramFields extends DistributionFields {
  readonly zeroCount = new Fixed64();
  readonly positive = new Slice();
  readonly negative = new Slice();
  scale = 0;

  protected override readField(wire: Wire, tag: number, end: number): void {
    if (tag === 10) wire.passAttribute(this.attributes, end);
    else if (tag === 48) this.scale = wire.sint32();
    else if (tag === 57) this.zeroCount.read(wire, end);
    else if (tag === 66) this.positive.read(wire, end);
    else if (tag === 74) this.negative.read(wire, end);
    else if (tag === 80) this.flags = wire.uint32();
    else if (tag === 90) this.readExemplar(wire, end);
    else if (tag === 97) this.min = wire.doubleAt(wire.fixed64(end));
    else if (tag === 105) this.max = wire.doubleAt(wire.fixed64(end));
    else this.readCommonField(wire, tag, EXPONENTIAL_POINT, end);
  }

  protected override clear(): void {
    super.clear();
    this.zeroCount.clear();
    this.positive.clear();
    this.negative.clear();
    this.scale = 0;
  }
}

/** Appends one side of the histogram, and returns its offset. */
function appendBuckets(column: ArrayColumn<Fixed64Column>, wire: Wire, { start, end }: Slice): number {
  let offset = 0;
  let buckets = 0;
  wire.at = start;
  while (wire.at < end) {
    const tag = wire.tag();
    if (tag === 8) offset = wire.sint32();
    else if (tag === 18) buckets += appendPacked(column.inner, wire, wire.reach(end));
    else if (tag === 16) buckets += appendCount(column.inner, wire);
    else wire.skip(tag, BUCKETS, end);
  }
  wire.close(end);
  column.endRow(buckets);
  return offset;
}

function appendPacked(column: Fixed64Column, wire: Wire, end: number): number {
  let buckets = 0;
  while (wire.at < end) buckets += appendCount(column, wire);
  wire.close(end);
  return buckets;
}

function appendCount(column: Fixed64Column, wire: Wire): 1 {
  wire.count();
  const count = wire.int64();
  if (typeof count === 'number' && count >= 0) column.appendHalves(count >>> 0, Math.floor(count / 2 ** 32));
  else column.appendBigInt(BigInt.asUintN(64, BigInt(count)));
  return 1;
}

const createColumns = (tally: Tally) => ({
  Count: new Fixed64Column('UInt64'),
  Sum: new Fixed64Column('Float64'),
  Scale: new Fixed32Column('Int32'),
  ZeroCount: new Fixed64Column('UInt64'),
  PositiveOffset: new Fixed32Column('Int32'),
  PositiveBucketCounts: new ArrayColumn(new Fixed64Column('UInt64')),
  NegativeOffset: new Fixed32Column('Int32'),
  NegativeBucketCounts: new ArrayColumn(new Fixed64Column('UInt64')),
  ...createExemplarColumns(tally),
  Flags: new Fixed32Column('UInt32'),
  Min: new Fixed64Column('Float64'),
  Max: new Fixed64Column('Float64'),
  AggregationTemporality: new Fixed32Column('Int32'),
});

export const exponentialHistogram: PointKind<ExponentialHistogramFields, ReturnType<typeof createColumns>> = {
  table: 'otel_metrics_exponential_histogram',
  createFields: () => new ExponentialHistogramFields(),
  createColumns,
  append(columns, wire, point, metric, tally) {
    columns.Count.appendHalves(point.count.low, point.count.high);
    columns.Sum.appendDouble(point.sum);
    columns.Scale.append(point.scale);
    columns.ZeroCount.appendHalves(point.zeroCount.low, point.zeroCount.high);
    columns.PositiveOffset.append(appendBuckets(columns.PositiveBucketCounts, wire, point.positive));
    columns.NegativeOffset.append(appendBuckets(columns.NegativeBucketCounts, wire, point.negative));
    appendExemplars(columns, wire, point.exemplars, tally);
    columns.Flags.append(point.flags);
    columns.Min.appendDouble(point.min);
    columns.Max.appendDouble(point.max);
    columns.AggregationTemporality.append(metric.temporality);
  },
};
