/** Reads a metric: what its points have in common, and where they stand (opentelemetry/proto/metrics/v1/metrics.proto). */

import { fields, type Ranges, Slice, type Wire } from '../wire/wire.ts';

/** The kinds of metric by the tag of their data. */
export type DataTag = keyof typeof DATA;

const DATA = { 42: 'gauge', 58: 'sum', 74: 'histogram', 82: 'exponentialHistogram', 90: 'summary' } as const;
const METRIC = fields(1, 2, 3, 5, 7, 9, 10, 11);
const DATA_FIELDS = fields(1, 2, 3);

export type MetricKind = (typeof DATA)[DataTag];

/** `temporality`: 0 unspecified, 1 delta, 2 cumulative. One object is used for all metrics. */
export class Metric {
  readonly name = new Slice();
  readonly description = new Slice();
  readonly unit = new Slice();
  kind: MetricKind | undefined;
  /** Counts the metrics that were read, from 1. */
  number = 0;
  temporality = 0;
  monotonic = false;

  /** Leaves the positions of the points in `points`: name, unit and temporality may stand behind them. */
  read(wire: Wire, start: number, end: number, points: Ranges): void {
    this.clear();
    this.number++;
    points.count = 0;
    wire.at = start;
    while (wire.at < end) {
      const tag = wire.tag();
      if (tag === 10) this.name.read(wire, end);
      else if (tag === 18) this.description.read(wire, end);
      else if (tag === 26) this.unit.read(wire, end);
      else if (tag in DATA) this.readData(wire, DATA[tag as DataTag], wire.reach(end), points);
      else wire.skip(tag, METRIC, end);
    }
    wire.close(end);
  }

  /** Gauge, Sum, Histogram, ExponentialHistogram and Summary have the same field numbers. Of a oneof the last counts. */
  private readData(wire: Wire, kind: MetricKind, end: number, points: Ranges): void {
    if (this.kind !== kind) points.count = 0;
    this.kind = kind;
    while (wire.at < end) {
      const tag = wire.tag();
      if (tag === 10) wire.passInto(points, end);
      else if (tag === 16) this.temporality = wire.uint32();
      else if (tag === 24) this.monotonic = wire.bool();
      else wire.skip(tag, DATA_FIELDS, end);
    }
    wire.close(end);
  }

  private clear(): void {
    this.name.clear();
    this.description.clear();
    this.unit.clear();
    this.kind = undefined;
    this.temporality = 0;
    this.monotonic = false;
  }
}
