/** Reads one span: where its fields stand in the request (opentelemetry/proto/trace/v1/trace.proto). One object is used for all spans. */

import { idText, isParentId, isSpanId, isTraceId } from '../wire/ids.ts';
import { isAfterEnd } from '../wire/times.ts';
import { Fixed64, fields, Ranges, Slice, type Wire } from '../wire/wire.ts';

const SPAN = fields(1, 2, 3, 4, 5, 6, 7, 8, 9, 11, 13, 15);
const STATUS = fields(2, 3);

export class SpanFields {
  readonly traceId = new Slice();
  readonly spanId = new Slice();
  readonly parentId = new Slice();
  readonly traceState = new Slice();
  readonly name = new Slice();
  readonly start = new Fixed64();
  readonly end = new Fixed64();
  readonly statusMessage = new Slice();
  readonly attributes = new Ranges();
  readonly events = new Ranges();
  readonly links = new Ranges();
  kind = 0;
  statusCode = 0;

  read(wire: Wire, start: number, end: number): void {
    this.clear();
    wire.at = start;
    while (wire.at < end) this.readField(wire, wire.tag(), end);
    wire.close(end);
  }

  /** Why the span cannot be stored, in words for its sender; undefined when it can. */
  fault(wire: Wire): string | undefined {
    const { traceId, spanId, parentId, start } = this;
    if (!isTraceId(wire, traceId))
      return `trace id "${idText(wire, traceId)}" is not 16 bytes (in JSON 32 hex digits) with a bit set`;
    if (!isSpanId(wire, spanId))
      return `span id "${idText(wire, spanId)}" is not 8 bytes (in JSON 16 hex digits) with a bit set`;
    if (!isParentId(parentId))
      return `parent span id "${idText(wire, parentId)}" is not 8 bytes (in JSON 16 hex digits)`;
    return isAfterEnd(start) ? 'its start time is after the year 2106' : undefined;
  }

  /** The fields in the order of how often they come. */
  private readField(wire: Wire, tag: number, end: number): void {
    if (tag === 74) wire.passAttribute(this.attributes, end);
    else if (tag === 10) this.traceId.read(wire, end);
    else if (tag === 18) this.spanId.read(wire, end);
    else if (tag === 34) this.parentId.read(wire, end);
    else if (tag === 42) this.name.read(wire, end);
    else if (tag === 48) this.kind = wire.uint32();
    else if (tag === 57) this.start.read(wire, end);
    else if (tag === 65) this.end.read(wire, end);
    else if (tag === 26) this.traceState.read(wire, end);
    else if (tag === 122) this.readStatus(wire, wire.reach(end));
    else this.readListField(wire, tag, end);
  }

  private readListField(wire: Wire, tag: number, end: number): void {
    if (tag !== 90 && tag !== 106) {
      wire.skip(tag, SPAN, end);
      return;
    }
    wire.count();
    wire.passInto(tag === 90 ? this.events : this.links, end);
  }

  private readStatus(wire: Wire, end: number): void {
    while (wire.at < end) {
      const tag = wire.tag();
      if (tag === 24) this.statusCode = wire.uint32();
      else if (tag === 18) this.statusMessage.read(wire, end);
      else wire.skip(tag, STATUS, end);
    }
    wire.close(end);
  }

  private clear(): void {
    this.traceId.clear();
    this.spanId.clear();
    this.parentId.clear();
    this.traceState.clear();
    this.name.clear();
    this.start.clear();
    this.end.clear();
    this.statusMessage.clear();
    this.kind = this.statusCode = 0;
    this.attributes.count = this.events.count = this.links.count = 0;
  }
}
