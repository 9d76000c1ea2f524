/** Spans of a workload as the store's tests insert them. */

import { type SpanSpec, T0_MS } from '../spans.ts';
import type { WorkloadSpan } from './spans.ts';

/** `startMs`: when the arm began, milliseconds since the Unix epoch. */
export function toSpanSpec(span: WorkloadSpan, startMs: number): SpanSpec {
  return {
    trace: span.traceId,
    span: span.spanId,
    ...(span.parentSpanId === '' ? {} : { parent: span.parentSpanId }),
    service: span.service,
    instance: span.instance,
    version: span.build,
    name: span.name,
    kind: span.kind === 'SERVER' ? 'Server' : 'Client',
    startMs: startMs - T0_MS + span.startNs / 1e6,
    durationMs: span.durationNs / 1e6,
    status: span.failed ? 'Error' : 'Unset',
    attributes: span.attributes,
  };
}
