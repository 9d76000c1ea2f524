/** The spans of requests, as instrumented services would have sent them. */

import type { Arm } from './release.ts';
import type { Attempt, Visit } from './requests.ts';

export interface WorkloadSpan {
  /** 32 and 16 hexadecimal digits; empty for a root's parent. */
  readonly traceId: string;
  readonly spanId: string;
  readonly parentSpanId: string;
  readonly service: string;
  /** `service.instance.id` and `service.version`. */
  readonly instance: string;
  readonly build: string;
  readonly name: string;
  readonly kind: 'SERVER' | 'CLIENT';
  /** Nanoseconds since the start of the arm. */
  readonly startNs: number;
  readonly durationNs: number;
  readonly failed: boolean;
  readonly attributes: Readonly<Record<string, string>>;
}

interface Trace {
  readonly id: string;
  readonly spans: WorkloadSpan[];
}

/** Spans of an arm, request by request. `prefix` (8 hexadecimal digits) keeps the trace ids of two arms apart. */
export function spansOf({ requests }: Arm, prefix: string): WorkloadSpan[] {
  return requests.flatMap((request, index) => spansOfRequest(request, index, prefix));
}

/** `index`: number of the request within its arm, from 0. */
export function spansOfRequest(request: Visit, index: number, prefix: string): WorkloadSpan[] {
  const trace: Trace = { id: prefix + (index + 1).toString(16).padStart(24, '0'), spans: [] };
  addVisit(request, '', trace);
  return trace.spans;
}

function addVisit(visit: Visit, parentSpanId: string, trace: Trace): void {
  if (visit.external) return;
  const spanId = addSpan(trace, visit, parentSpanId, {
    ...visit,
    kind: 'SERVER',
    name: visit.endpoint,
    attributes: {},
  });
  for (const attempt of visit.attempts) addAttempt(visit, attempt, spanId, trace);
}

function addAttempt(caller: Visit, attempt: Attempt, parentSpanId: string, trace: Trace): void {
  const { callee, call, endpoint, visit } = attempt;
  // Calls with targets of their own are a loop; those with the same one, after a failure, are repeated attempts.
  const attributes = { 'server.address': callee, 'url.full': `http://${callee}/?call=${call}` };
  const spanId = addSpan(trace, caller, parentSpanId, { ...attempt, kind: 'CLIENT', name: endpoint, attributes });
  if (visit !== null) addVisit(visit, spanId, trace);
}

function addSpan(
  { id, spans }: Trace,
  { service, instance, build }: Visit,
  parentSpanId: string,
  about: Pick<WorkloadSpan, 'kind' | 'name' | 'startNs' | 'durationNs' | 'failed' | 'attributes'>,
): string {
  const spanId = (spans.length + 1).toString(16).padStart(16, '0');
  const { kind, name, startNs, durationNs, failed, attributes } = about;
  const place = { traceId: id, spanId, parentSpanId, service, instance, build };
  spans.push({ ...place, kind, name, startNs, durationNs, failed, attributes });
  return spanId;
}
