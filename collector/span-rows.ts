/** Turns spans into rows of otel_traces, columns and formats as the Collector's ClickHouse exporter writes them. */

import type { Origin, Span, SpanEvent, SpanLink } from './records.ts';
import { list, MAX_TIME_NS, type RowText, timeText } from './row-text.ts';
import { serviceName } from './service-name.ts';

const KINDS = ['Unspecified', 'Internal', 'Server', 'Client', 'Producer', 'Consumer'];
const STATUS_CODES = ['Unset', 'Ok', 'Error'];

const TRACE_ID = /^(?!0{32})[0-9a-f]{32}$/;
const SPAN_ID = /^(?!0{16})[0-9a-f]{16}$/;
const NO_ID = /^0*$/;

/** Why a span cannot be stored, in words for its sender; undefined when it can. */
export function faultOfSpan(span: Span): string | undefined {
  if (!TRACE_ID.test(span.traceId)) return `trace id "${span.traceId.slice(0, 64)}" is not 16 bytes with a bit set`;
  if (!SPAN_ID.test(span.spanId)) return `span id "${span.spanId.slice(0, 64)}" is not 8 bytes with a bit set`;
  if (!isParentId(span.parentSpanId)) return `parent span id "${span.parentSpanId.slice(0, 64)}" is not 8 bytes`;
  if (span.startNs > MAX_TIME_NS) return `start time ${span.startNs} ns is after the year 2106`;
  return undefined;
}

/** What all spans of one resource and scope share, written once. */
export function spanOriginText({ resource, scope }: Origin, text: RowText): string {
  return (
    `"ServiceName":${text.string(serviceName(resource))},"ResourceAttributes":${text.attributes(resource.attributes)}` +
    `,"ScopeName":${text.string(scope.name)},"ScopeVersion":${text.string(scope.version)}`
  );
}

export function spanRow(originText: string, span: Span, text: RowText): string {
  const parent = NO_ID.test(span.parentSpanId) ? '' : span.parentSpanId;
  return (
    `{"Timestamp":${timeText(span.startNs)},"TraceId":"${span.traceId}","SpanId":"${span.spanId}"` +
    `,"ParentSpanId":"${parent}","TraceState":${text.string(span.traceState)},"SpanName":${text.string(span.name)}` +
    `,"SpanKind":"${KINDS[span.kind] ?? KINDS[0]}",${originText},"SpanAttributes":${text.attributes(span.attributes)}` +
    `,"Duration":${durationNs(span)},"StatusCode":"${STATUS_CODES[span.status.code] ?? STATUS_CODES[0]}"` +
    `,"StatusMessage":${text.string(span.status.message)}${eventColumns(span.events, text)}${linkColumns(span.links, text)}}\n`
  );
}

/** A span that ends before it starts comes from a clock that was set back: it has no length that could be known. */
function durationNs(span: Span): bigint {
  return span.endNs > span.startNs ? span.endNs - span.startNs : 0n;
}

function eventColumns(events: readonly SpanEvent[], text: RowText): string {
  if (events.length === 0) return '';
  return (
    `,"Events.Timestamp":${list(events.map((event) => timeText(event.timeNs)))}` +
    `,"Events.Name":${list(events.map((event) => text.string(event.name)))}` +
    `,"Events.Attributes":${list(events.map((event) => text.attributes(event.attributes)))}`
  );
}

function linkColumns(links: readonly SpanLink[], text: RowText): string {
  if (links.length === 0) return '';
  return (
    `,"Links.TraceId":${list(links.map((link) => `"${TRACE_ID.test(link.traceId) ? link.traceId : ''}"`))}` +
    `,"Links.SpanId":${list(links.map((link) => `"${SPAN_ID.test(link.spanId) ? link.spanId : ''}"`))}` +
    `,"Links.TraceState":${list(links.map((link) => text.string(link.traceState)))}` +
    `,"Links.Attributes":${list(links.map((link) => text.attributes(link.attributes)))}`
  );
}

/** Empty or all zero for a root span. */
function isParentId(id: string): boolean {
  return SPAN_ID.test(id) || (NO_ID.test(id) && (id.length === 0 || id.length === 16));
}
