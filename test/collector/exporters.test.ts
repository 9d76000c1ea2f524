/** What the OpenTelemetry exporters for JavaScript send is stored field by field: every combination of what a span can carry. */

import { type Attributes, createTraceState, SpanKind, SpanStatusCode, TraceFlags } from '@opentelemetry/api';
import {
  AggregationTemporalityPreference,
  OTLPMetricExporter as JsonMetrics,
} from '@opentelemetry/exporter-metrics-otlp-http';
import { OTLPMetricExporter as ProtobufMetrics } from '@opentelemetry/exporter-metrics-otlp-proto';
import { OTLPTraceExporter as JsonTraces } from '@opentelemetry/exporter-trace-otlp-http';
import { OTLPTraceExporter as ProtobufTraces } from '@opentelemetry/exporter-trace-otlp-proto';
import { resourceFromAttributes } from '@opentelemetry/resources';
import { AggregationType, MeterProvider, PeriodicExportingMetricReader } from '@opentelemetry/sdk-metrics';
import { describe, expect, it } from 'vitest';
import { spanId, traceId } from '../support/otlp.ts';
import { createMemorySink, openTestCollector, type Row } from './support.ts';

type ReadableSpan = Parameters<ProtobufTraces['export']>[0][number];

const KINDS = [SpanKind.INTERNAL, SpanKind.SERVER, SpanKind.CLIENT, SpanKind.PRODUCER, SpanKind.CONSUMER] as const;
const KIND_NAMES = ['Internal', 'Server', 'Client', 'Producer', 'Consumer'];
const PARENTS = [undefined, '00f067aa0ba902b7'] as const;
const TRACE_STATES = [undefined, 'congo=t61rcWkgMzE'] as const;
/** Attributes as they are set, and as they are stored. */
const ATTRIBUTES: readonly (readonly [unknown, Readonly<Record<string, string>>])[] = [
  [{}, {}],
  [
    { text: 'GET "/π"\n', empty: '' },
    { text: 'GET "/π"\n', empty: '' },
  ],
  [
    { int: 42, negative: -7, large: Number.MAX_SAFE_INTEGER },
    { int: '42', negative: '-7', large: '9007199254740991' },
  ],
  [
    { double: 0.1, tiny: 1e-7, huge: 1e21 },
    { double: '0.1', tiny: '1e-7', huge: '1e+21' },
  ],
  [
    { yes: true, no: false },
    { yes: 'true', no: 'false' },
  ],
  [{ bytes: Uint8Array.of(0, 255, 16) }, { bytes: 'AP8Q' }],
  [
    { list: ['a', 'b<c'], mixed: [1, 2.5] },
    { list: '["a","b\\u003cc"]', mixed: '[1,2.5]' },
  ],
  [{ map: { b: 1, a: { c: true } } }, { map: '{"a":{"c":true},"b":1}' }],
];
const COUNTS = [0, 1, 2] as const;
const STATUSES = [
  [{ code: SpanStatusCode.UNSET }, 'Unset', ''],
  [{ code: SpanStatusCode.OK }, 'Ok', ''],
  [{ code: SpanStatusCode.ERROR, message: 'no route' }, 'Error', 'no route'],
] as const;

const START_S = 1_700_000_000;
const resource = resourceFromAttributes({ 'service.name': 'checkout', 'service.version': '1.4.0', replicas: 3 });
const instrumentationScope = { name: 'orders', version: '0.9' };

/** Every combination, as the exporter takes it and as it must be stored. */
function spansAndRows(): { span: ReadableSpan; row: Row }[] {
  const kinds = KINDS.entries().toArray();
  return product(kinds, PARENTS, TRACE_STATES, ATTRIBUTES, COUNTS, COUNTS, STATUSES).map((combination, n) => {
    const [[kindIndex, kind], parent, traceState, [attributes, stored], events, links, [status, code, message]] =
      combination;
    return {
      span: readableSpan({
        n: n + 1,
        kind,
        parent,
        traceState,
        attributes: attributes as Attributes,
        events,
        links,
        status,
      }),
      row: {
        ...commonRow(n + 1),
        ParentSpanId: parent ?? '',
        TraceState: traceState ?? '',
        SpanKind: KIND_NAMES[kindIndex],
        SpanAttributes: stored,
        StatusCode: code,
        StatusMessage: message,
        ...storedEvents(events),
        ...storedLinks(links, traceState ?? ''),
      },
    };
  });
}

/** What is the same in every combination, up to the number of the span. */
const commonRow = (n: number): Row => ({
  Timestamp: `${START_S}.${String(n).padStart(9, '0')}`,
  TraceId: traceId(n),
  SpanId: spanId(n),
  SpanName: `operation ${n}`,
  ServiceName: 'checkout',
  ResourceAttributes: { 'service.name': 'checkout', 'service.version': '1.4.0', replicas: '3' },
  ScopeName: 'orders',
  ScopeVersion: '0.9',
  Duration: 2_000_000_007,
});

type Combination<Lists extends readonly (readonly unknown[])[]> = { [Index in keyof Lists]: Lists[Index][number] };

/** The Cartesian product: one combination for each way of taking one element of each list. */
function product<Lists extends readonly (readonly unknown[])[]>(...lists: Lists): Combination<Lists>[] {
  const combinations = lists.reduce<unknown[][]>(
    (done, list) => done.flatMap((combination) => list.map((element) => [...combination, element])),
    [[]],
  );
  return combinations as Combination<Lists>[];
}

interface SpanCase {
  readonly n: number;
  readonly kind: SpanKind;
  readonly parent: string | undefined;
  readonly traceState: string | undefined;
  readonly attributes: Attributes;
  readonly events: number;
  readonly links: number;
  readonly status: ReadableSpan['status'];
}

function readableSpan({ n, kind, parent, traceState, attributes, events, links, status }: SpanCase): ReadableSpan {
  const context = (id: number) => ({
    traceId: traceId(id),
    spanId: spanId(id),
    traceFlags: TraceFlags.SAMPLED,
    ...(traceState === undefined ? {} : { traceState: createTraceState(traceState) }),
  });
  return {
    name: `operation ${n}`,
    kind,
    spanContext: () => context(n),
    ...(parent === undefined ? {} : { parentSpanContext: { ...context(n), spanId: parent } }),
    startTime: [START_S, n],
    endTime: [START_S + 2, n + 7],
    duration: [2, 7],
    status,
    attributes,
    events: times(events, (i) => ({ time: [START_S + 1, i], name: `event ${i}`, attributes: { i } })),
    links: times(links, (i) => ({ context: context(1000 + i), attributes: { why: `link ${i}` } })),
    ended: true,
    resource,
    instrumentationScope,
    droppedAttributesCount: 0,
    droppedEventsCount: 0,
    droppedLinksCount: 0,
  };
}

function storedEvents(count: number): Row {
  if (count === 0) return {};
  return {
    'Events.Timestamp': times(count, (i) => `${START_S + 1}.00000000${i}`),
    'Events.Name': times(count, (i) => `event ${i}`),
    'Events.Attributes': times(count, (i) => ({ i: String(i) })),
  };
}

function storedLinks(count: number, traceState: string): Row {
  if (count === 0) return {};
  return {
    'Links.TraceId': times(count, (i) => traceId(1000 + i)),
    'Links.SpanId': times(count, (i) => spanId(1000 + i)),
    'Links.TraceState': times(count, () => traceState),
    'Links.Attributes': times(count, (i) => ({ why: `link ${i}` })),
  };
}

const times = <T>(count: number, make: (i: number) => T): T[] => Array.from({ length: count }, (_, i) => make(i));

describe.each([
  ['protobuf', ProtobufTraces, 'none'],
  ['protobuf, gzip', ProtobufTraces, 'gzip'],
  ['JSON', JsonTraces, 'none'],
  ['JSON, gzip', JsonTraces, 'gzip'],
] as const)('spans by %s', (_name, Exporter, compression) => {
  it('are stored field by field in every combination', async () => {
    const memory = createMemorySink();
    await using collector = await openTestCollector(memory.sink);
    const exporter = new Exporter({ url: `${collector.url}/v1/traces`, compression: compression as never });
    const cases = spansAndRows();

    const result = await new Promise<{ code: number; error?: Error }>((resolve) => {
      exporter.export(
        cases.map(({ span }) => span),
        resolve,
      );
    });
    await exporter.shutdown();

    expect(result).toEqual({ code: 0 });
    expect(memory.rows('otel_traces')).toEqual(cases.map(({ row }) => row));
    expect(collector.counters().signals.traces).toMatchObject({
      received: cases.length,
      accepted: cases.length,
      rejected: 0,
    });
  });
});

describe.each([
  ['protobuf', ProtobufMetrics],
  ['JSON', JsonMetrics],
] as const)('metrics by %s', (_name, Exporter) => {
  it.each([
    ['cumulative', AggregationTemporalityPreference.CUMULATIVE, 2],
    ['delta', AggregationTemporalityPreference.DELTA, 1],
  ] as const)('are stored field by field, %s', async (_temporality, temporalityPreference, temporality) => {
    const memory = createMemorySink();
    await using collector = await openTestCollector(memory.sink);
    const exporter = new Exporter({ url: `${collector.url}/v1/metrics`, temporalityPreference });
    await recordMetrics(exporter);

    const common = {
      ResourceAttributes: { 'service.name': 'checkout', 'service.version': '1.4.0', replicas: '3' },
      ScopeName: 'orders',
      ScopeVersion: '0.9',
      ScopeAttributes: {},
      ScopeDroppedAttrCount: 0,
      ServiceName: 'checkout',
      Attributes: { route: '/pay' },
      Flags: 0,
      TimeUnix: expect.stringMatching(/^\d{10}\.\d{9}$/),
      StartTimeUnix: expect.stringMatching(/^\d{10}\.\d{9}$/),
    };
    const distribution = { Count: 3, Sum: 101.5, Min: 0.5, Max: 100, AggregationTemporality: temporality };
    expect(memory.rows('otel_metrics_gauge')).toMatchObject([{ ...common, MetricName: 'queue', Value: 12.5 }]);
    expect(memory.rows('otel_metrics_sum')).toMatchObject([
      {
        ...common,
        MetricName: 'paid',
        MetricUnit: '{order}',
        MetricDescription: 'orders paid',
        Value: 5,
        IsMonotonic: true,
      },
      // Up-down counters stay cumulative when delta is preferred.
      { ...common, MetricName: 'open', Value: -2, IsMonotonic: false, AggregationTemporality: 2 },
    ]);
    expect(memory.rows('otel_metrics_histogram')).toMatchObject([
      { ...common, ...distribution, MetricName: 'took', BucketCounts: [1, 1, 1], ExplicitBounds: [0.5, 10] },
    ]);
    const [exponential] = memory.rows('otel_metrics_exponential_histogram');
    expect(exponential).toMatchObject({
      ...common,
      ...distribution,
      MetricName: 'fine',
      ZeroCount: 0,
      NegativeBucketCounts: [],
    });
    const base = 2 ** (2 ** -Number(exponential?.Scale));
    expect(upperBounds(exponential, base)).toEqual([0.5, 1, 100].map((value) => expect.toSatisfy(within(value, base))));
  });
});

async function recordMetrics(exporter: JsonMetrics | ProtobufMetrics): Promise<void> {
  const provider = new MeterProvider({
    resource,
    readers: [new PeriodicExportingMetricReader({ exporter, exportIntervalMillis: 3_600_000 })],
    views: [
      {
        instrumentName: 'took',
        aggregation: { type: AggregationType.EXPLICIT_BUCKET_HISTOGRAM, options: { boundaries: [0.5, 10] } },
      },
      { instrumentName: 'fine', aggregation: { type: AggregationType.EXPONENTIAL_HISTOGRAM } },
    ],
  });
  const meter = provider.getMeter('orders', '0.9');
  const route = { route: '/pay' };
  meter.createCounter('paid', { unit: '{order}', description: 'orders paid' }).add(5, route);
  meter.createUpDownCounter('open').add(-2, route);
  meter.createGauge('queue').record(12.5, route);
  for (const name of ['took', 'fine']) {
    const histogram = meter.createHistogram(name);
    for (const value of [0.5, 1, 100]) histogram.record(value, route);
  }
  await provider.shutdown();
}

/** The upper bounds of the occupied positive buckets of an exponential histogram. */
function upperBounds(row: Row | undefined, base: number): number[] {
  const counts = row?.PositiveBucketCounts as number[];
  return counts.flatMap((count, i) => (count === 0 ? [] : [base ** (Number(row?.PositiveOffset) + i + 1)]));
}

/** Whether an upper bound is that of the bucket of the value, to rounding. */
const within = (value: number, base: number) => (bound: number) =>
  bound > value * (1 - 1e-9) && bound < value * base * (1 + 1e-9);
