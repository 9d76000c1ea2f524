/** Writes spans as rows of otel_traces, as the OpenTelemetry Collector's ClickHouse exporter does. */

import { Block } from '../block.ts';
import type { Tally } from '../tally.ts';
import { appendAttributes } from '../wire/any-value.ts';
import { isSpanId, isTraceId } from '../wire/ids.ts';
import { type Origin, OriginRows } from '../wire/origin.ts';
import { appendTime } from '../wire/times.ts';
import { Fixed64, fields, Ranges, Slice, type Wire } from '../wire/wire.ts';
import { createSpanColumns, type SpanColumns } from './columns.ts';
import { SpanFacts } from './facts.ts';
import type { SpanFields } from './fields.ts';

const KINDS = ['Unspecified', 'Internal', 'Server', 'Client', 'Producer', 'Consumer'];
const STATUS_CODES = ['Unset', 'Ok', 'Error'];
const EVENT = fields(1, 2, 3);
const LINK = fields(1, 2, 3, 4);

export class SpanRows {
  readonly block: Block<SpanColumns>;
  private readonly origins: OriginRows;
  private readonly facts: SpanFacts;
  private readonly tally: Tally;
  private kindIds: readonly number[] = [];
  private statusIds: readonly number[] = [];
  // Used again for every event and link.
  private readonly time = new Fixed64();
  private readonly texts = [new Slice(), new Slice(), new Slice()] as const;
  private readonly attributes = new Ranges();

  constructor(tally: Tally) {
    const columns = createSpanColumns(tally);
    this.block = new Block('otel_traces', columns);
    this.origins = new OriginRows(columns, tally);
    this.facts = new SpanFacts(columns);
    this.tally = tally;
  }

  openDay(day: bigint): void {
    this.block.openDay(day);
    this.facts.openDay();
    const { SpanKind, StatusCode } = this.block.columns;
    this.kindIds = KINDS.map((kind) => SpanKind.idOfText(kind));
    this.statusIds = STATUS_CODES.map((code) => StatusCode.idOfText(code));
  }

  append(wire: Wire, origin: Origin, span: SpanFields): void {
    const { columns } = this.block;
    const { view } = wire;
    const { traceId, spanId, parentId, traceState, name, statusMessage } = span;
    // First: names and keys are counted for its service.
    this.origins.append(wire, origin);
    columns.Timestamp.appendHalves(span.start.low, span.start.high);
    columns.TraceId.appendHex(view, traceId.start, traceId.end);
    columns.SpanId.appendHex(view, spanId.start, spanId.end);
    // All zero means a root, as empty does.
    columns.ParentSpanId.appendHex(view, isSpanId(wire, parentId) ? parentId.start : parentId.end, parentId.end);
    columns.TraceState.append(view, traceState.start, traceState.end);
    columns.SpanName.append(view, name.start, name.end);
    columns.SpanKind.appendId(this.kindIds[span.kind] ?? this.kindIds[0] ?? 0);
    columns.StatusCode.appendId(this.statusIds[span.statusCode] ?? this.statusIds[0] ?? 0);
    columns.StatusMessage.append(view, statusMessage.start, statusMessage.end);
    this.facts.begin();
    appendAttributes(wire, span.attributes, columns.SpanAttributes, this.tally);
    this.facts.append(this.block.rows, span, origin, this.origins);
    this.appendDuration(span);
    for (let i = 0; i < span.events.count; i++) this.appendEvent(wire, span.events.start(i), span.events.end(i));
    columns['Events.Timestamp'].endRow(span.events.count);
    for (let i = 0; i < span.links.count; i++) this.appendLink(wire, span.links.start(i), span.links.end(i));
    columns['Links.TraceId'].endRow(span.links.count);
    this.block.rows++;
  }

  /** A span that ends before it starts comes from a clock that was set back: it has no length that could be known. */
  private appendDuration({ start, end }: SpanFields): void {
    const high = end.high - start.high - (end.low < start.low ? 1 : 0);
    if (high < 0) this.block.columns.Duration.appendHalves(0, 0);
    else this.block.columns.Duration.appendHalves((end.low - start.low) >>> 0, high);
  }

  private appendEvent(wire: Wire, start: number, end: number): void {
    const [name] = this.clear();
    wire.at = start;
    while (wire.at < end) {
      const tag = wire.tag();
      if (tag === 9) this.time.read(wire, end);
      else if (tag === 18) name.read(wire, end);
      else if (tag === 26) wire.passAttribute(this.attributes, end);
      else wire.skip(tag, EVENT, end);
    }
    wire.close(end);
    const { columns } = this.block;
    appendTime(columns['Events.Timestamp'].inner, this.time);
    columns['Events.Name'].inner.append(wire.view, name.start, name.end);
    appendAttributes(wire, this.attributes, columns['Events.Attributes'].inner, this.tally);
  }

  /** Ids that are none become empty: the link is kept and leads nowhere. */
  private appendLink(wire: Wire, start: number, end: number): void {
    const [traceId, spanId, traceState] = this.clear();
    wire.at = start;
    while (wire.at < end) {
      const tag = wire.tag();
      if (tag === 10) traceId.read(wire, end);
      else if (tag === 18) spanId.read(wire, end);
      else if (tag === 26) traceState.read(wire, end);
      else if (tag === 34) wire.passAttribute(this.attributes, end);
      else wire.skip(tag, LINK, end);
    }
    wire.close(end);
    const { columns } = this.block;
    if (!isTraceId(wire, traceId)) traceId.clear();
    if (!isSpanId(wire, spanId)) spanId.clear();
    columns['Links.TraceId'].inner.appendHex(wire.view, traceId.start, traceId.end);
    columns['Links.SpanId'].inner.appendHex(wire.view, spanId.start, spanId.end);
    columns['Links.TraceState'].inner.append(wire.view, traceState.start, traceState.end);
    appendAttributes(wire, this.attributes, columns['Links.Attributes'].inner, this.tally);
  }

  private clear(): SpanRows['texts'] {
    this.time.clear();
    for (const text of this.texts) text.clear();
    this.attributes.count = 0;
    return this.texts;
  }
}
