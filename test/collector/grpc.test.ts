/** OTLP over gRPC: what clients of any language are told, by a raw client, and what OpenTelemetry's own exporters leave in the store. */

import { Client, credentials, status } from '@grpc/grpc-js';
import { OTLPMetricExporter } from '@opentelemetry/exporter-metrics-otlp-grpc';
import { OTLPTraceExporter } from '@opentelemetry/exporter-trace-otlp-grpc';
import { CompressionAlgorithm } from '@opentelemetry/otlp-exporter-base';
import { MeterProvider, PeriodicExportingMetricReader } from '@opentelemetry/sdk-metrics';
import { describe, expect, it, onTestFinished } from 'vitest';
import type { CollectorOptions } from '../../collector/collector.ts';
import type { everybody } from '../../collector/doors/authorize.ts';
import type { Limits } from '../../collector/limits.ts';
import { HingeError } from '../../errors.ts';
import { spanId, traceId, tracesRequest } from '../support/otlp.ts';
import { encodeRequest } from '../support/otlp-protobuf.ts';
import { call, LOGS, METRICS, TRACES } from './grpc-call.ts';
import { exported, exportedSpan } from './grpc-support.ts';
import { createMemorySink, openTestCollector } from './support.ts';

async function open(limits: Partial<Limits> = {}, options: Partial<CollectorOptions> = {}) {
  const memory = createMemorySink();
  const collector = await openTestCollector(memory.sink, limits, { grpcPort: 0, ...options });
  const client = new Client(`127.0.0.1:${collector.address.grpcPort}`, credentials.createInsecure(), {
    'grpc.max_send_message_length': -1,
  });
  onTestFinished(async () => {
    client.close();
    await collector[Symbol.asyncDispose]();
  });
  return {
    memory,
    collector,
    call: (path: string, body: Uint8Array, metadata = {}) => call(client, path, body, metadata),
  };
}

const span = (id: number) => ({ traceId: traceId(1), spanId: spanId(id), name: 'x', startMs: 1, durationMs: 1 });
const request = (...items: readonly object[]) =>
  encodeRequest(tracesRequest([{ service: 'a', items: items as ReturnType<typeof span>[] }]));
const RETRY_INFO = Buffer.from('type.googleapis.com/google.rpc.RetryInfo');

describe('a request', () => {
  it('that is accepted whole gets an empty answer once its rows are in', async () => {
    const { call, memory } = await open();

    expect(await call(TRACES, request(span(1), span(2)))).toMatchObject({ code: status.OK, body: Buffer.alloc(0) });
    expect(memory.rows('otel_traces')).toHaveLength(2);
  });

  it('of nothing is fine, for either service', async () => {
    const { call } = await open();

    expect((await call(TRACES, Buffer.alloc(0))).code).toBe(status.OK);
    expect((await call(METRICS, Buffer.alloc(0))).code).toBe(status.OK);
  });

  it('with a bad span is a partial success that says how many and why', async () => {
    const { call, memory } = await open();
    const { code, body } = await call(TRACES, request(span(1), { ...span(2), spanId: '' }));

    expect(code).toBe(status.OK);
    // partial_success (1) { rejected_spans (1): 1, error_message (2) }
    expect(body?.subarray(2, 5)).toEqual(Buffer.from([0x08, 1, 0x12]));
    expect(body?.toString()).toContain('1 span rejected; the first: span id');
    expect(memory.rows('otel_traces')).toHaveLength(1);
  });

  it('that is not protobuf is INVALID_ARGUMENT, and may not be sent again', async () => {
    const { call } = await open();
    const { code, details, status: rpc } = await call(TRACES, Buffer.from('hello'));

    expect(code).toBe(status.INVALID_ARGUMENT);
    expect(details).toContain('not a valid OTLP protobuf message');
    expect(rpc?.includes(RETRY_INFO)).toBe(false);
  });

  it.each([
    ['a body over the limit', { maxBodyBytes: 1_000 }, Buffer.alloc(1_500)],
    ['more spans than a request may hold', { maxItems: 1 }, request(span(1), span(2))],
  ])('with %s is RESOURCE_EXHAUSTED without RetryInfo', async (_, limits, body) => {
    const { call, memory } = await open(limits);
    const { code, status: rpc } = await call(TRACES, body);

    expect(code).toBe(status.RESOURCE_EXHAUSTED);
    expect(rpc?.includes(RETRY_INFO) ?? false).toBe(false);
    expect(memory.blocks).toEqual([]);
  });

  it('to a service that is not there is UNIMPLEMENTED', async () => {
    const { call } = await open();

    expect((await call(LOGS, Buffer.alloc(0))).code).toBe(status.UNIMPLEMENTED);
  });
});

describe('UNAVAILABLE with RetryInfo', () => {
  it('is told when too much waits already', async () => {
    const { call, memory, collector } = await open({ maxBytesInFlight: 10 });
    memory.hold();
    const first = call(TRACES, request(span(1)));
    await memory.held(1);
    const second = await call(TRACES, request(span(2)));
    memory.release();

    expect(second).toMatchObject({ code: status.UNAVAILABLE, details: expect.stringContaining('send it again later') });
    expect(second.status?.includes(RETRY_INFO)).toBe(true);
    expect((await first).code).toBe(status.OK);
    expect(collector.counters().signals.traces).toMatchObject({ requests: 2, accepted: 1, refused: 1 });
  });

  it('is told when the store is away', async () => {
    const away = new HingeError('STORE_UNAVAILABLE', 'away', { retryable: true });
    const { call } = await open({}, { sink: () => Promise.reject(away) });
    const { code, status: rpc } = await call(TRACES, request(span(1)));

    expect(code).toBe(status.UNAVAILABLE);
    expect(rpc?.includes(RETRY_INFO)).toBe(true);
  });
});

it.each([
  ['no token', 'unauthenticated', status.UNAUTHENTICATED],
  ['a token without the scope', 'forbidden', status.PERMISSION_DENIED],
  ['a token with the scope', 'granted', status.OK],
] as const)('with %s', async (_, access, code) => {
  const seen: (string | undefined)[] = [];
  const authorize: typeof everybody = (authorization) => {
    seen.push(authorization);
    return access;
  };
  const { call, memory } = await open({}, { authorize });

  expect((await call(TRACES, request(span(1)), { authorization: 'Bearer t' })).code).toBe(code);
  expect(seen).toEqual(['Bearer t']);
  expect(memory.rows('otel_traces')).toHaveLength(code === status.OK ? 1 : 0);
});

it('a port in use is a clear error, and leaves nothing listening', async () => {
  const { collector } = await open();
  const { grpcPort = 0 } = collector.address;
  const opening = openTestCollector(createMemorySink().sink, {}, { grpcPort });

  await expect(opening).rejects.toMatchObject({
    code: 'PORT_IN_USE',
    message: expect.stringContaining('set collector.grpcPort'),
  });
});

it('closing answers what is under way first', async () => {
  const { call, memory, collector } = await open();
  memory.hold();
  const sent = call(TRACES, request(span(1)));
  await memory.held(1);
  const closing = collector[Symbol.asyncDispose]();
  memory.release();

  expect((await sent).code).toBe(status.OK);
  await closing;
});

describe('the exporters of OpenTelemetry for JavaScript', () => {
  it.each([
    ['plain', CompressionAlgorithm.NONE],
    ['with gzip', CompressionAlgorithm.GZIP],
  ])('send spans %s, stored field by field', async (_, compression) => {
    const { memory, collector } = await open();
    const exporter = new OTLPTraceExporter({ url: `http://127.0.0.1:${collector.address.grpcPort}`, compression });
    onTestFinished(() => exporter.shutdown());

    expect(await exported(exporter)).toEqual({ code: 0 });
    expect(memory.rows('otel_traces')).toEqual([
      expect.objectContaining({
        Timestamp: '1700000000.000000001',
        SpanName: exportedSpan.name,
        SpanKind: 'Server',
        ServiceName: 'checkout',
        ScopeName: 'orders',
        ScopeVersion: '0.9',
        SpanAttributes: { text: 'größe', int: '42', list: '["a",1]' },
        Duration: 5,
        StatusCode: 'Error',
        StatusMessage: 'no route',
        'Events.Timestamp': ['1700000000.000000003'],
        'Events.Name': ['retry'],
        'Events.Attributes': [{ n: '1' }],
      }),
    ]);
  });

  it('send metrics', async () => {
    const { memory, collector } = await open();
    const exporter = new OTLPMetricExporter({ url: `http://127.0.0.1:${collector.address.grpcPort}` });
    const reader = new PeriodicExportingMetricReader({ exporter, exportIntervalMillis: 1_000_000 });
    const provider = new MeterProvider({ readers: [reader] });
    provider.getMeter('m').createCounter('orders', { unit: '1' }).add(3, { route: '/pay' });
    await provider.shutdown();

    expect(memory.rows('otel_metrics_sum')).toMatchObject([
      { MetricName: 'orders', MetricUnit: '1', Attributes: { route: '/pay' }, Value: 3, IsMonotonic: true },
    ]);
  });
});
