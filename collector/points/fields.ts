/** What the data points of all metrics have in common, and their exemplars (opentelemetry/proto/metrics/v1/metrics.proto). */

import { isAfterEnd } from '../wire/times.ts';
import { Fixed64, Ranges, type Wire } from '../wire/wire.ts';

/** Positions and values of the fields of one point. One object is used for all points of a kind. */
export abstract class PointFields {
  readonly start = new Fixed64();
  readonly time = new Fixed64();
  readonly attributes = new Ranges();
  readonly exemplars = new Ranges();
  flags = 0;

  read(wire: Wire, start: number, end: number): void {
    this.clear();
    wire.at = start;
    while (wire.at < end) this.readField(wire, wire.tag(), end);
    wire.close(end);
  }

  /** Whether the point's time is beyond what can be stored. */
  get isTooLate(): boolean {
    return isAfterEnd(this.time);
  }

  protected abstract readField(wire: Wire, tag: number, end: number): void;

  /** The times have the same numbers in all kinds of points. */
  protected readCommonField(wire: Wire, tag: number, known: number, end: number): void {
    if (tag === 17) this.start.read(wire, end);
    else if (tag === 25) this.time.read(wire, end);
    else wire.skip(tag, known, end);
  }

  protected readExemplar(wire: Wire, end: number): void {
    wire.count();
    wire.passInto(this.exemplars, end);
  }

  protected clear(): void {
    this.start.clear();
    this.time.clear();
    this.attributes.count = this.exemplars.count = this.flags = 0;
  }
}

/** Points of histograms, exponential histograms and summaries have a count and a sum; the first two a least and a greatest value. */
export abstract class DistributionFields extends PointFields {
  readonly count = new Fixed64();
  sum = 0;
  min = 0;
  max = 0;

  protected override readCommonField(wire: Wire, tag: number, known: number, end: number): void {
    if (tag === 33) this.count.read(wire, end);
    else if (tag === 41) this.sum = wire.doubleAt(wire.fixed64(end));
    else super.readCommonField(wire, tag, known, end);
  }

  protected override clear(): void {
    super.clear();
    this.count.clear();
    this.sum = this.min = this.max = 0;
  }
}
