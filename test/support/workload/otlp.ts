/** Spans of a workload as OTLP/JSON requests: what a collector is sent, exact to the nanosecond. */

import type { Arm } from './release.ts';
import { spansOfRequest, type WorkloadSpan } from './spans.ts';

const KINDS = { SERVER: 2, CLIENT: 3 } as const;
const STATUS_ERROR = { code: 2 };
const SCOPE = { name: 'workload' };

/** `ExportTraceServiceRequest`s of the spans of so many requests each, in order of time. `prefix` as for `spansOf`. */
export function* otlpRequests({ requests, startMs }: Arm, prefix: string, requestsEach: number): Generator<object> {
  for (let first = 0; first < requests.length; first += requestsEach) {
    const batch = requests.slice(first, first + requestsEach);
    const spans = batch.flatMap((request, index) => spansOfRequest(request, first + index, prefix));
    const resources = Map.groupBy(spans, ({ instance, build }) => `${instance}\n${build}`);
    yield { resourceSpans: [...resources.values()].map((own) => resourceSpans(own, startMs)) };
  }
}

function resourceSpans(spans: readonly WorkloadSpan[], startMs: number): object {
  const { service = '', instance = '', build = '' } = spans[0] ?? {};
  const names = { 'service.name': service, 'service.instance.id': instance, 'service.version': build };
  return {
    resource: { attributes: attributesOf(names) },
    scopeSpans: [{ scope: SCOPE, spans: spans.map((span) => spanOf(span, startMs)) }],
  };
}

function spanOf(span: WorkloadSpan, startMs: number): object {
  const startNano = BigInt(startMs) * 1_000_000n + BigInt(span.startNs);
  return {
    traceId: span.traceId,
    spanId: span.spanId,
    ...(span.parentSpanId === '' ? {} : { parentSpanId: span.parentSpanId }),
    name: span.name,
    kind: KINDS[span.kind],
    startTimeUnixNano: String(startNano),
    endTimeUnixNano: String(startNano + BigInt(span.durationNs)),
    attributes: attributesOf(span.attributes),
    status: span.failed ? STATUS_ERROR : {},
  };
}

function attributesOf(values: Readonly<Record<string, string>>): object[] {
  return Object.entries(values).map(([key, value]) => ({ key, value: { stringValue: value } }));
}
