/** The same requests as OTLP/JSON objects: ids in hexadecimal, whole numbers as text. */

import type { Attributes, EventData, LinkData, ResourceSpansData, SpanData, Value } from './otlp-data.ts';

/** `startNs` is what the times of the request are counted from, in nanoseconds since 1970. */
export function tracesAsJson(resources: readonly ResourceSpansData[], startNs: bigint): object {
  const time = (afterNs: number) => String(startNs + BigInt(afterNs));
  return {
    resourceSpans: resources.map(({ attributes, scope, spans, schemaUrl }) => ({
      resource: { attributes: attributesAsJson(attributes) },
      scopeSpans: [{ scope, spans: spans.map((span) => spanAsJson(span, time)) }],
      schemaUrl,
    })),
  };
}

function spanAsJson(span: SpanData, time: (afterNs: number) => string): object {
  return {
    traceId: hex(span.traceId),
    spanId: hex(span.spanId),
    ...(span.parentSpanId.length === 0 ? {} : { parentSpanId: hex(span.parentSpanId) }),
    name: span.name,
    kind: span.kind,
    startTimeUnixNano: time(span.startNs),
    endTimeUnixNano: time(span.endNs),
    attributes: attributesAsJson(span.attributes),
    events: span.events.map((event) => eventAsJson(event, time)),
    links: span.links.map(linkAsJson),
    ...(span.error === undefined ? {} : { status: { message: span.error, code: 2 } }),
    flags: 0x101,
  };
}

function eventAsJson({ timeNs, name, attributes }: EventData, time: (afterNs: number) => string): object {
  return { timeUnixNano: time(timeNs), name, attributes: attributesAsJson(attributes) };
}

function linkAsJson({ traceId, spanId, attributes }: LinkData): object {
  return { traceId: hex(traceId), spanId: hex(spanId), attributes: attributesAsJson(attributes) };
}

const attributesAsJson = (attributes: Attributes): object[] =>
  attributes.map(([key, value]) => ({ key, value: valueAsJson(value) }));

function valueAsJson(value: Value): object {
  if (typeof value === 'string') return { stringValue: value };
  if (typeof value === 'boolean') return { boolValue: value };
  if (typeof value === 'number') return { intValue: String(value) };
  if ('double' in value) return { doubleValue: value.double };
  return { arrayValue: { values: value.map(valueAsJson) } };
}

const hex = (bytes: Uint8Array): string => Buffer.from(bytes).toString('hex');
