/**
 * Mistakes that receivers and senders in the field have made with OTLP, each with where it was reported: what Hinge answers,
 * and what it stores.
 */

import { gzipSync } from 'node:zlib';
import { expect, it, onTestFinished } from 'vitest';
import type { TelemetryTable } from '../../model.ts';
import { spanId, traceId } from '../support/otlp.ts';
import { encodeByProtobufjs } from '../support/otlp-schema.ts';
import { readStatus } from '../support/rpc-status.ts';
import { createMemorySink, openTestCollector, type Row } from './support.ts';

const JSON_TYPE = 'application/json';
const PROTOBUF_TYPE = 'application/x-protobuf';
const NOTHING: readonly Row[] = [];

interface Sent {
  readonly body: Uint8Array;
  readonly type: string;
  readonly coding?: string;
  readonly path?: string;
}

interface Told {
  readonly status: number;
  /** The body as the request's encoding has it: of protobuf an empty text, google.rpc.Status, or the bytes as text. */
  readonly body: unknown;
}

const span = (n: number, fields: object = {}) => ({
  traceId: traceId(1),
  spanId: spanId(n),
  name: `span ${n}`,
  startTimeUnixNano: '1728758484155000000',
  endTimeUnixNano: '1728758484155000007',
  ...fields,
});
const traces = (...spans: readonly object[]) => ({ resourceSpans: [{ scopeSpans: [{ spans }] }] });
const gauge = (point: object) => ({
  resourceMetrics: [{ scopeMetrics: [{ metrics: [{ name: 'm', gauge: { dataPoints: [point] } }] }] }],
});
const histogram = (point: object) => ({
  resourceMetrics: [{ scopeMetrics: [{ metrics: [{ name: 'm', histogram: { dataPoints: [point] } }] }] }],
});

const json = (request: object, path = '/v1/traces'): Sent => ({
  body: Buffer.from(JSON.stringify(request)),
  type: JSON_TYPE,
  path,
});
const protobuf = (request: object): Sent => ({ body: encodeByProtobufjs('traces', request), type: PROTOBUF_TYPE });
const gzip = (sent: Sent): Sent => ({ ...sent, body: gzipSync(sent.body), coding: 'gzip' });

const TAKEN_JSON: Told = { status: 200, body: {} };
const TAKEN_PROTOBUF: Told = { status: 200, body: '' };
const partly = (rejectedSpans: string, message: RegExp): Told => ({
  status: 200,
  body: { partialSuccess: { rejectedSpans, errorMessage: expect.stringMatching(message) } },
});
const refused = (message: RegExp): Told => ({
  status: 400,
  body: expect.objectContaining({ code: 3, message: expect.stringMatching(message) }),
});

/** Ids as hex text in the bytes of protobuf. */
const hexInBytes = (id: string) => Buffer.from(id).toString('hex');

type Line = [source: string, what: string, Sent, Told, readonly Row[], table: TelemetryTable];

const LINES: readonly Line[] = [
  [
    'openobserve/openobserve#5032',
    '64-bit times as strings were refused',
    json(traces(span(1))),
    TAKEN_JSON,
    [{ Timestamp: '1728758484.155000000', Duration: 7 }],
    'otel_traces',
  ],
  [
    'langfuse/langfuse#14068',
    'an intValue as a string was dropped',
    json(traces(span(1, { attributes: [{ key: 'tokens', value: { intValue: '25' } }] }))),
    TAKEN_JSON,
    [{ SpanAttributes: { tokens: '25' } }],
    'otel_traces',
  ],
  [
    'openobserve/openobserve#12615',
    'an asInt as a string became 0',
    json(gauge({ timeUnixNano: '1728758484155000000', asInt: '-7' }), '/v1/metrics'),
    TAKEN_JSON,
    [{ MetricName: 'm', Value: -7 }],
    'otel_metrics_gauge',
  ],
  [
    'openobserve/openobserve#12615',
    'a histogram of counts as strings was dropped',
    json(histogram({ timeUnixNano: '1', count: '3', bucketCounts: ['1', '2'], explicitBounds: [5] }), '/v1/metrics'),
    TAKEN_JSON,
    [{ Count: 3, BucketCounts: [1, 2], ExplicitBounds: [5] }],
    'otel_metrics_histogram',
  ],
  [
    'fluent/fluent-bit PR 12428',
    'a status code as a number was refused',
    json(traces(span(1, { status: { code: 2, message: 'x' } }), span(2, { status: {} }))),
    TAKEN_JSON,
    [{ StatusCode: 'Error', StatusMessage: 'x' }, { StatusCode: 'Unset' }],
    'otel_traces',
  ],
  [
    'fluent/fluent-bit PR 12428',
    'a status code as a short name was taken: whoever sends one is told',
    json(traces(span(1, { status: { code: 'ERROR' } }))),
    refused(/code must be a whole number, it is "ERROR"/),
    NOTHING,
    'otel_traces',
  ],
  [
    'dartastic_opentelemetry PR 60',
    'ids in base64 fail the whole batch: here their spans alone',
    json(traces(span(1, { traceId: '7+8py1sPlLqG5c9Xm8WBgQ==', spanId: '7uGbfsPBsXQ=' }), span(2))),
    partly('1', /^1 span rejected; the first: trace id/),
    [{ SpanName: 'span 2' }],
    'otel_traces',
  ],
  [
    'Logflare/logflare#3683',
    'ids as hex text in the bytes of protobuf fail the whole batch: here their spans alone',
    protobuf(traces(span(1), span(2, { traceId: hexInBytes(traceId(1)) }), span(3, { spanId: hexInBytes(spanId(3)) }))),
    {
      status: 200,
      body: expect.stringMatching(/2 spans rejected; the first: trace id "[0-9a-f]{64}" is not 16 bytes/),
    },
    [{ SpanName: 'span 1' }],
    'otel_traces',
  ],
  [
    'Logflare/logflare#3683',
    'the same in a link: it is kept and leads nowhere',
    protobuf(traces(span(1, { links: [{ traceId: hexInBytes(traceId(1)), spanId: hexInBytes(spanId(2)) }] }))),
    TAKEN_PROTOBUF,
    [{ 'Links.TraceId': [''], 'Links.SpanId': [''] }],
    'otel_traces',
  ],
  [
    'fluent/fluent-bit#10750',
    'ids twice as long as they are',
    json(traces(span(1, { traceId: traceId(1) + traceId(1) }), span(2))),
    partly('1', /is not 16 bytes/),
    [{ SpanName: 'span 2' }],
    'otel_traces',
  ],
  [
    'agentevals-dev/agentevals#171',
    'gzip was answered with 500',
    gzip(protobuf(traces(span(1)))),
    TAKEN_PROTOBUF,
    [{ SpanName: 'span 1' }],
    'otel_traces',
  ],
  [
    'agentevals-dev/agentevals#171',
    'a malformed body was answered with 500, and so sent again',
    { body: Buffer.from('hello'), type: PROTOBUF_TYPE },
    refused(/not a valid OTLP protobuf message/),
    NOTHING,
    'otel_traces',
  ],
  [
    'agentevals-dev/agentevals#171',
    'a malformed body was answered with 500, and so sent again',
    { body: Buffer.from('{"resourceSpans":'), type: JSON_TYPE },
    refused(/not valid JSON/),
    NOTHING,
    'otel_traces',
  ],
  [
    'agentevals-dev/agentevals#171',
    'dropped spans were answered with full success',
    json(traces(span(1, { spanId: '' }), span(2, { traceId: '' }))),
    partly('2', /^2 spans rejected/),
    NOTHING,
    'otel_traces',
  ],
  [
    'langwatch/langwatch PR 5937',
    'a span without a kind was dropped, and success told',
    json(traces(span(1))),
    TAKEN_JSON,
    [{ SpanKind: 'Unspecified' }],
    'otel_traces',
  ],
  [
    'open-telemetry/opentelemetry-collector#6320',
    'a name of OTLP before 1.0 is ignored, and with it every span: success and no word of it',
    json({ resourceSpans: [{ instrumentationLibrarySpans: [{ spans: [span(1)] }] }] }),
    partly('0', /no spans.*"instrumentationLibrarySpans" is no name of OTLP\/JSON/),
    NOTHING,
    'otel_traces',
  ],
  [
    'open-telemetry/opentelemetry-collector#6320',
    'the same with names in snake_case',
    json({ resource_spans: [{ scope_spans: [{ spans: [span(1)] }] }] }),
    partly('0', /no spans.*"resource_spans" is no name of OTLP\/JSON/),
    NOTHING,
    'otel_traces',
  ],
  [
    'open-telemetry/opentelemetry-collector#6320',
    'unknown names beside spans are those of later versions',
    json({ ...traces(span(1)), later: [1] }),
    TAKEN_JSON,
    [{ SpanName: 'span 1' }],
    'otel_traces',
  ],
  [
    'open-telemetry/opentelemetry-collector#6320',
    'nothing to send is no mistake',
    json({ resourceSpans: [{ resource: { entityRefs: [{}] }, scopeSpans: [] }] }),
    TAKEN_JSON,
    NOTHING,
    'otel_traces',
  ],
  [
    'Meziantou.Framework PR 1966',
    'protobuf was answered in JSON',
    protobuf(traces(span(1))),
    TAKEN_PROTOBUF,
    [{ SpanName: 'span 1' }],
    'otel_traces',
  ],
  [
    'openobserve/openobserve#14293',
    'JSON was answered in protobuf: its sender could not read what was dropped',
    json(traces(span(1, { spanId: '' }))),
    partly('1', /span id/),
    NOTHING,
    'otel_traces',
  ],
];

it.each<Line>([...LINES])('%s: %s', async (_source, _what, sent, told, rows, table) => {
  const memory = createMemorySink();
  const collector = await openTestCollector(memory.sink);
  onTestFinished(() => collector[Symbol.asyncDispose]());
  const response = await fetch(collector.url + (sent.path ?? '/v1/traces'), {
    method: 'POST',
    headers: { 'content-type': sent.type, ...(sent.coding === undefined ? {} : { 'content-encoding': sent.coding }) },
    body: sent.body,
  });
  const body = Buffer.from(await response.arrayBuffer());

  expect(response.headers.get('content-type')).toBe(sent.type);
  expect({ status: response.status, body: readBody(sent.type, response.status, body) }).toEqual(told);
  expect(memory.rows(table)).toEqual(rows.map((row) => expect.objectContaining(row)));
});

function readBody(type: string, status: number, body: Buffer): unknown {
  if (type === JSON_TYPE) return JSON.parse(body.toString());
  return status === 200 ? body.toString() : readStatus(body);
}
