/** Reads the spans of an `ExportTraceServiceRequest` in protobuf (opentelemetry/proto/trace/v1/trace.proto). */

import type { Cursor, Fields } from './cursor.ts';
import { readAttribute, readEnvelopes } from './protobuf.ts';
import { newSpan, type Span, type SpanEvent, type SpanLink, type SpanVisitor } from './records.ts';

export function readProtobufSpans(cursor: Cursor, visit: SpanVisitor): void {
  readEnvelopes(cursor, (origin, c) => visit(origin, c.message(SPAN, newSpan())));
}

const SPAN: Fields<Span> = {
  1: (c, span) => {
    span.traceId = c.hex();
  },
  2: (c, span) => {
    span.spanId = c.hex();
  },
  3: (c, span) => {
    span.traceState = c.string();
  },
  4: (c, span) => {
    span.parentSpanId = c.hex();
  },
  5: (c, span) => {
    span.name = c.string();
  },
  6: (c, span) => {
    span.kind = c.int32();
  },
  7: (c, span) => {
    span.startNs = c.fixed64();
  },
  8: (c, span) => {
    span.endNs = c.fixed64();
  },
  9: readAttribute,
  11: (c, span) => span.events.push(c.message(EVENT, { timeNs: 0n, name: '', attributes: [] })),
  13: (c, span) => span.links.push(c.message(LINK, { traceId: '', spanId: '', traceState: '', attributes: [] })),
  15: (c, span) => c.message(STATUS, span.status),
};

const EVENT: Fields<SpanEvent> = {
  1: (c, event) => {
    event.timeNs = c.fixed64();
  },
  2: (c, event) => {
    event.name = c.string();
  },
  3: readAttribute,
};

const LINK: Fields<SpanLink> = {
  1: (c, link) => {
    link.traceId = c.hex();
  },
  2: (c, link) => {
    link.spanId = c.hex();
  },
  3: (c, link) => {
    link.traceState = c.string();
  },
  4: readAttribute,
};

const STATUS: Fields<Span['status']> = {
  2: (c, status) => {
    status.message = c.string();
  },
  3: (c, status) => {
    status.code = c.int32();
  },
};
