/** What the OpenTelemetry exporters for JavaScript send is stored field by field: every combination of what a span can carry. */

import { AggregationTemporalityPreference } from '@opentelemetry/exporter-metrics-otlp-http';
import { AggregationType, MeterProvider, PeriodicExportingMetricReader } from '@opentelemetry/sdk-metrics';
import { describe, expect, it, onTestFinished } from 'vitest';
import { everyCombination } from '../support/combinations.ts';
import { ORIGIN_ROW, RESOURCE, readableSpan, SPAN_DIMENSIONS, spanRow } from './exporter-spans.ts';
import { exportOnce, type MetricExporter, metricExporter, traceExporter, WAYS, type Way } from './exporter-ways.ts';
import { createMemorySink, openTestCollector, type Row } from './support.ts';

const EVERY_WAY: readonly Way[] = everyCombination(WAYS);
const SPAN_CASES = everyCombination(SPAN_DIMENSIONS);

async function open() {
  const memory = createMemorySink();
  const collector = await openTestCollector(memory.sink, {}, { grpcPort: 0 });
  onTestFinished(() => collector[Symbol.asyncDispose]());
  return {
    memory,
    collector,
    doors: { url: collector.url, grpcUrl: `http://127.0.0.1:${collector.address.grpcPort}` },
  };
}

describe.each(EVERY_WAY)('spans by $transport, compression $compression', (way) => {
  it('are stored field by field in every combination', async () => {
    const { memory, collector, doors } = await open();
    const spans = SPAN_CASES.map((combination, i) => readableSpan(i + 1, combination));

    expect(await exportOnce(traceExporter(way, doors), spans)).toEqual({ code: 0 });
    expect(memory.rows('otel_traces')).toEqual(SPAN_CASES.map((combination, i) => spanRow(i + 1, combination)));
    expect(collector.counters().signals.traces).toMatchObject({
      received: spans.length,
      accepted: spans.length,
      rejected: 0,
    });
  });
});

describe.each(EVERY_WAY)('metrics by $transport, compression $compression', (way) => {
  it.each([
    ['cumulative', AggregationTemporalityPreference.CUMULATIVE, 2],
    ['delta', AggregationTemporalityPreference.DELTA, 1],
  ] as const)('are stored field by field, %s', async (_temporality, temporalityPreference, temporality) => {
    const { memory, doors } = await open();
    await recordMetrics(metricExporter(way, doors, temporalityPreference));

    const common = {
      ...ORIGIN_ROW,
      ScopeAttributes: {},
      ScopeDroppedAttrCount: 0,
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

async function recordMetrics(exporter: MetricExporter): Promise<void> {
  const provider = new MeterProvider({
    resource: RESOURCE,
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
