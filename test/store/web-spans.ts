/** A few requests of one service and its calls to another: fast, slow, failed, of a new build, before the range. */

import type { TimeRange } from '../../model.ts';
import { type SpanSpec, T0_MS } from '../support/spans.ts';

export const range: TimeRange = { startMs: T0_MS, endMs: T0_MS + 60_000 };

export const served = (trace: string, durationMs: number, more: Partial<SpanSpec> = {}): SpanSpec => ({
  ...{ trace, span: 'r', service: 'web', name: 'GET /', startMs: 0, durationMs, instance: 'i1', version: 'v1' },
  ...more,
});
const called = (trace: string, span: string, startMs: number, more: Partial<SpanSpec> = {}): SpanSpec => ({
  ...{
    trace,
    span,
    parent: 'r',
    service: 'web',
    name: 'GET',
    kind: 'Client',
    startMs,
    durationMs: 5,
    attributes: { 'server.address': 'cart' },
  },
  ...more,
});
export const flagged = (variant: string) => ({
  attributes: { 'feature_flag.key': 'retry', 'feature_flag.result.variant': variant },
});

export const SPANS: readonly SpanSpec[] = [
  served('fast', 10),
  served('slow', 300),
  served('failed', 900, { status: 'Error' }),
  served('new', 200, { version: 'v2', instance: 'i2', ...flagged('on') }),
  served('old', 5_000, { startMs: -1 }),
  called('fast', 'a', 1, { status: 'Error' }),
  called('fast', 'b', 20),
  called('slow', 'a', 1),
];
