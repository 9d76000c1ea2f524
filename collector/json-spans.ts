/** Reads the spans of an `ExportTraceServiceRequest` in OTLP/JSON. */

import { readAttributes, readJsonEnvelopes } from './json.ts';
import { hex, int32, object, objects, string, uint64 } from './json-fields.ts';
import type { JsonObject } from './json-text.ts';
import type { Span, SpanEvent, SpanLink, SpanVisitor } from './records.ts';

export function readJsonSpans(request: JsonObject, maxDepth: number, visit: SpanVisitor): void {
  readJsonEnvelopes(request, ['resourceSpans', 'scopeSpans', 'spans'], maxDepth, (origin, item) =>
    visit(origin, readSpan(item, maxDepth)),
  );
}

function readSpan(span: JsonObject, maxDepth: number): Span {
  const status = object(span, 'status');
  return {
    traceId: hex(span, 'traceId'),
    spanId: hex(span, 'spanId'),
    parentSpanId: hex(span, 'parentSpanId'),
    traceState: string(span, 'traceState'),
    name: string(span, 'name'),
    kind: int32(span, 'kind'),
    startNs: uint64(span, 'startTimeUnixNano'),
    endNs: uint64(span, 'endTimeUnixNano'),
    attributes: readAttributes(span, 'attributes', maxDepth),
    events: objects(span, 'events').map((event) => readEvent(event, maxDepth)),
    links: objects(span, 'links').map((link) => readLink(link, maxDepth)),
    status: { code: int32(status, 'code'), message: string(status, 'message') },
  };
}

function readEvent(event: JsonObject, maxDepth: number): SpanEvent {
  return {
    timeNs: uint64(event, 'timeUnixNano'),
    name: string(event, 'name'),
    attributes: readAttributes(event, 'attributes', maxDepth),
  };
}

function readLink(link: JsonObject, maxDepth: number): SpanLink {
  return {
    traceId: hex(link, 'traceId'),
    spanId: hex(link, 'spanId'),
    traceState: string(link, 'traceState'),
    attributes: readAttributes(link, 'attributes', maxDepth),
  };
}
