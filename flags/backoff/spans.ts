/** Spans of an operation and of its attempts, by the OpenTelemetry semantic conventions (HTTP client, feature flags). */
import {
  type Attributes,
  type Context,
  context,
  propagation,
  type Span,
  SpanKind,
  SpanStatusCode,
  type Tracer,
  trace,
} from '@opentelemetry/api';
import { statusOf } from './failure.ts';
import type { PolicyInForce } from './flag.ts';

/** What the backend is told of the flag: with it, telemetry splits by variant. */
export function flagAttributes(flag: string, provider: string, inForce: PolicyInForce): Attributes {
  const reasons = {
    flag: 'targeting_match',
    'flag-invalid': 'error',
    failed: 'error',
    stale: 'stale',
    default: 'default',
  } as const;
  return {
    'feature_flag.key': flag,
    'feature_flag.provider.name': provider,
    'feature_flag.result.variant': inForce.variant,
    'feature_flag.result.reason': reasons[inForce.source],
  };
}

/** How old the flag's state was, where that is known. */
export function ageAttributes({ ageMs }: PolicyInForce): Attributes {
  return ageMs === undefined ? {} : { 'hinge.feature_flag.age_ms': Math.round(ageMs) };
}

/** `peer` is the callee's logical name, here also its address: the helper does not see the connection. */
export function attemptAttributes(attempt: number, peer: string | undefined): Attributes {
  return {
    ...(peer === undefined ? {} : { 'server.address': peer, 'peer.service': peer }),
    ...(attempt > 1 ? { 'http.request.resend_count': attempt - 1 } : {}),
  };
}

export interface SpanScope {
  readonly span: Span;
  readonly context: Context;
  /** Trace context of the span, as fields of a request. */
  readonly headers: Record<string, string>;
}

function fail(span: Span, thrown: unknown): void {
  const error = thrown instanceof Error ? thrown : new Error(String(thrown));
  const status = statusOf(thrown);
  if (status !== undefined) span.setAttribute('http.response.status_code', status);
  span.setAttribute('error.type', status === undefined ? error.name : String(status));
  span.setStatus({ code: SpanStatusCode.ERROR, message: error.message });
}

/** Runs `body` inside a new span, which ends with it and carries its failure. */
export async function inSpan<T>(
  tracer: Tracer,
  name: string,
  kind: SpanKind,
  attributes: Attributes,
  parent: Context,
  body: (scope: SpanScope) => Promise<T>,
): Promise<T> {
  const span = tracer.startSpan(name, { kind, attributes }, parent);
  const inside = trace.setSpan(parent, span);
  const headers: Record<string, string> = {};
  propagation.inject(inside, headers);
  try {
    const result = await context.with(inside, () => body({ span, context: inside, headers }));
    const status = kind === SpanKind.CLIENT ? statusOf(result) : undefined;
    if (status !== undefined) span.setAttribute('http.response.status_code', status);
    return result;
  } catch (thrown) {
    fail(span, thrown);
    throw thrown;
  } finally {
    span.end();
  }
}
