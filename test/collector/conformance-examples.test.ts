/** The example requests of opentelemetry-proto, in both encodings and through both doors, field by field as the real engine holds them. */

import { gzipSync } from 'node:zlib';
import { status } from '@grpc/grpc-js';
import { describe, expect, it } from 'vitest';
import type { TelemetryTable } from '../../model.ts';
import { useEngine } from '../support/engine.ts';
import type { Row } from '../support/native.ts';
import { exampleJson, exampleProtobuf } from '../support/otlp-schema.ts';
import { call, METRICS, TRACES } from './grpc-call.ts';
import { openStored, type Stored } from './stored.ts';

const engine = useEngine();

const JSON_TYPE = 'application/json';
const PROTOBUF_TYPE = 'application/x-protobuf';
type Signal = 'traces' | 'metrics';

const EXAMPLES = { traces: 'trace', metrics: 'metrics' } as const;
const json = (signal: Signal) => exampleJson(EXAMPLES[signal]);
const protobuf = (signal: Signal) => exampleProtobuf(signal, EXAMPLES[signal]);

async function post(url: string, body: Uint8Array, type: string, coding?: 'gzip') {
  const headers = { 'content-type': type, ...(coding === undefined ? {} : { 'content-encoding': coding }) };
  const response = await fetch(url, { method: 'POST', headers, body });
  return { status: response.status, type: response.headers.get('content-type'), text: await response.text() };
}

/** Each sends the example of the signal, and returns what its sender is told. */
const WAYS: readonly (readonly [string, (stored: Stored, signal: Signal) => Promise<object>, object])[] = [
  [
    'JSON over HTTP',
    ({ url }, signal) => post(`${url}/v1/${signal}`, json(signal), JSON_TYPE),
    { status: 200, type: JSON_TYPE, text: '{}' },
  ],
  [
    'JSON over HTTP with gzip',
    ({ url }, signal) => post(`${url}/v1/${signal}`, gzipSync(json(signal)), JSON_TYPE, 'gzip'),
    { status: 200, type: JSON_TYPE, text: '{}' },
  ],
  [
    'protobuf over HTTP',
    ({ url }, signal) => post(`${url}/v1/${signal}`, protobuf(signal), PROTOBUF_TYPE),
    { status: 200, type: PROTOBUF_TYPE, text: '' },
  ],
  [
    'protobuf over HTTP with gzip',
    ({ url }, signal) => post(`${url}/v1/${signal}`, gzipSync(protobuf(signal)), PROTOBUF_TYPE, 'gzip'),
    { status: 200, type: PROTOBUF_TYPE, text: '' },
  ],
  [
    'gRPC',
    ({ grpc }, signal) => call(grpc, signal === 'traces' ? TRACES : METRICS, protobuf(signal)),
    { code: status.OK, body: Buffer.alloc(0) },
  ],
];

const ORIGIN: Row = {
  ResourceAttributes: { 'service.name': 'my.service' },
  ServiceName: 'my.service',
  ScopeName: 'my.library',
  ScopeVersion: '1.0.0',
};
/** For the attributes of a span's scope, its schemas and flags the Collector's table of spans has no columns. */
const SPAN_ROW: Row = {
  ...ORIGIN,
  Timestamp: '1544712660.000000000',
  TraceId: '5b8efff798038103d269b633813fc60c',
  SpanId: 'eee19b7ec3c1b174',
  ParentSpanId: 'eee19b7ec3c1b173',
  TraceState: '',
  SpanName: "I'm a server span",
  SpanKind: 'Server',
  SpanAttributes: { 'my.span.attr': 'some value' },
  Duration: 1_000_000_000,
  StatusCode: 'Unset',
  StatusMessage: '',
  'Events.Timestamp': [],
  'Events.Name': [],
  'Events.Attributes': [],
  'Links.TraceId': [],
  'Links.SpanId': [],
  'Links.TraceState': [],
  'Links.Attributes': [],
};
const point = (kind: string, name: string, description: string): Row => ({
  ...ORIGIN,
  ResourceSchemaUrl: '',
  ScopeAttributes: { 'my.scope.attribute': 'some scope attribute' },
  ScopeDroppedAttrCount: 0,
  ScopeSchemaUrl: '',
  MetricName: name,
  MetricDescription: description,
  MetricUnit: '1',
  Attributes: { [`my.${kind}.attr`]: 'some value' },
  StartTimeUnix: '1544712660.300000000',
  TimeUnix: '1544712660.300000000',
  Flags: 0,
  'Exemplars.FilteredAttributes': [],
  'Exemplars.TimeUnix': [],
  'Exemplars.Value': [],
  'Exemplars.SpanId': [],
  'Exemplars.TraceId': [],
});
const METRIC_ROWS: Readonly<Partial<Record<TelemetryTable, readonly Row[]>>> = {
  otel_metrics_sum: [
    { ...point('counter', 'my.counter', 'I am a Counter'), Value: 5, AggregationTemporality: 1, IsMonotonic: true },
  ],
  otel_metrics_gauge: [{ ...point('gauge', 'my.gauge', 'I am a Gauge'), StartTimeUnix: '0.000000000', Value: 10 }],
  otel_metrics_histogram: [
    {
      ...point('histogram', 'my.histogram', 'I am a Histogram'),
      Count: 2,
      Sum: 2,
      BucketCounts: [1, 1],
      ExplicitBounds: [1],
      Min: 0,
      Max: 2,
      AggregationTemporality: 1,
    },
  ],
  otel_metrics_exponential_histogram: [
    {
      ...point('exponential.histogram', 'my.exponential.histogram', 'I am an Exponential Histogram'),
      Count: 3,
      Sum: 10,
      Scale: 0,
      ZeroCount: 1,
      PositiveOffset: 1,
      PositiveBucketCounts: [0, 2],
      NegativeOffset: 0,
      NegativeBucketCounts: [],
      Min: 0,
      Max: 5,
      AggregationTemporality: 1,
    },
  ],
  otel_metrics_summary: [],
};

describe.each(WAYS)('by %s', (_way, send, answer) => {
  it('trace.json is stored field by field', async () => {
    const stored = await openStored(engine);

    expect(await send(stored, 'traces')).toMatchObject(answer);
    expect(await stored.read('otel_traces')).toEqual([SPAN_ROW]);
  });

  it('metrics.json is stored field by field', async () => {
    const stored = await openStored(engine);

    expect(await send(stored, 'metrics')).toMatchObject(answer);
    for (const [table, rows] of Object.entries(METRIC_ROWS))
      expect(await stored.read(table as TelemetryTable), table).toEqual(rows);
  });
});
