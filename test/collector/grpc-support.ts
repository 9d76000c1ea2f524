/** One span, sent by the gRPC exporter of OpenTelemetry for JavaScript. */

import { type SpanContext, SpanKind, SpanStatusCode, TraceFlags } from '@opentelemetry/api';
import type { OTLPTraceExporter } from '@opentelemetry/exporter-trace-otlp-grpc';
import { resourceFromAttributes } from '@opentelemetry/resources';
import { spanId, traceId } from '../support/otlp.ts';

type ReadableSpan = Parameters<OTLPTraceExporter['export']>[0][number];

const context: SpanContext = { traceId: traceId(1), spanId: spanId(1), traceFlags: TraceFlags.SAMPLED };

export const exportedSpan: ReadableSpan = {
  name: 'GET /pay',
  kind: SpanKind.SERVER,
  spanContext: () => context,
  startTime: [1_700_000_000, 1],
  endTime: [1_700_000_000, 6],
  duration: [0, 5],
  status: { code: SpanStatusCode.ERROR, message: 'no route' },
  attributes: { text: 'größe', int: 42, list: ['a', 1] },
  events: [{ time: [1_700_000_000, 3], name: 'retry', attributes: { n: 1 } }],
  links: [],
  ended: true,
  resource: resourceFromAttributes({ 'service.name': 'checkout' }),
  instrumentationScope: { name: 'orders', version: '0.9' },
  droppedAttributesCount: 0,
  droppedEventsCount: 0,
  droppedLinksCount: 0,
};

/** What the exporter says of its export: code 0 is success. */
export function exported(exporter: OTLPTraceExporter): Promise<{ code: number; error?: Error }> {
  return new Promise((resolve) => {
    exporter.export([exportedSpan], resolve);
  });
}
