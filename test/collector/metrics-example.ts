/** One request with every kind of metric, and the rows that it must become. */

import { attributes, metricsRequest } from '../support/otlp.ts';
import type { Row } from './support.ts';

const TIMES = { startTimeUnixNano: '1700000000000000001', timeUnixNano: '1700000060000000002' };
const EXEMPLARS = [
  {
    timeUnixNano: '1700000059000000000',
    asDouble: 1.5,
    traceId: 'a'.repeat(32),
    spanId: 'b'.repeat(16),
    filteredAttributes: attributes({ user: 'u1' }),
  },
  { timeUnixNano: '1700000059500000000', asInt: '2' },
];
const at = { ...TIMES, attributes: attributes({ route: '/pay' }) };
const distribution = { ...at, count: '3', sum: 101.5, min: 0.5, max: 100, exemplars: EXEMPLARS };

/** Every kind of metric and both temporalities, with gaps, infinities, exemplars and numbers beyond 2^53. */
export const METRICS_REQUEST = metricsRequest([
  {
    service: 'checkout',
    scope: { name: 'orders', version: '0.9' },
    items: [
      {
        name: 'queue',
        unit: '1',
        gauge: {
          dataPoints: [
            { ...at, asDouble: 12.5, exemplars: EXEMPLARS },
            { ...at, asInt: '-3' },
          ],
        },
      },
      { name: 'gap', gauge: { dataPoints: [{ ...at, flags: 1 }] } },
      { name: 'odd', gauge: { dataPoints: ['NaN', 'Infinity', '-Infinity'].map((asDouble) => ({ ...at, asDouble })) } },
      {
        name: 'paid',
        description: 'orders paid',
        sum: { aggregationTemporality: 1, isMonotonic: true, dataPoints: [{ ...at, asInt: '5' }] },
      },
      { name: 'open', sum: { aggregationTemporality: 2, isMonotonic: false, dataPoints: [{ ...at, asInt: '-2' }] } },
      {
        name: 'took',
        unit: 'ms',
        histogram: {
          aggregationTemporality: 2,
          dataPoints: [
            { ...distribution, bucketCounts: ['1', '18446744073709551615', '1'], explicitBounds: [0.5, 10] },
          ],
        },
      },
      {
        name: 'fine',
        exponentialHistogram: {
          aggregationTemporality: 1,
          dataPoints: [
            {
              ...distribution,
              scale: -2,
              zeroCount: '4',
              positive: { offset: -7, bucketCounts: ['1', '300', '0'] },
              negative: { offset: 2147483647, bucketCounts: ['9'] },
            },
          ],
        },
      },
      {
        name: 'old',
        summary: {
          dataPoints: [
            {
              ...at,
              count: '7',
              sum: 70,
              quantileValues: [
                { quantile: 0.5, value: 9 },
                { quantile: 1, value: 11 },
              ],
            },
          ],
        },
      },
    ],
  },
]);

const EXEMPLAR_COLUMNS = {
  'Exemplars.FilteredAttributes': [{ user: 'u1' }, {}],
  'Exemplars.TimeUnix': ['1700000059.000000000', '1700000059.500000000'],
  'Exemplars.Value': [1.5, 2],
  'Exemplars.SpanId': ['b'.repeat(16), '0'.repeat(16)],
  'Exemplars.TraceId': ['a'.repeat(32), '0'.repeat(32)],
};
const DISTRIBUTION_COLUMNS = { Count: 3, Sum: 101.5, Min: 0.5, Max: 100, ...EXEMPLAR_COLUMNS };

const common = {
  ResourceAttributes: { 'service.name': 'checkout' },
  ResourceSchemaUrl: '',
  ScopeName: 'orders',
  ScopeVersion: '0.9',
  ScopeAttributes: {},
  ScopeDroppedAttrCount: 0,
  ScopeSchemaUrl: '',
  ServiceName: 'checkout',
  MetricDescription: '',
  MetricUnit: '',
  Attributes: { route: '/pay' },
  StartTimeUnix: '1700000000.000000001',
  TimeUnix: '1700000060.000000002',
  Flags: 0,
};

export const METRIC_ROWS: Readonly<Record<string, readonly Row[]>> = {
  otel_metrics_gauge: [
    { ...common, MetricName: 'queue', MetricUnit: '1', Value: 12.5, ...EXEMPLAR_COLUMNS },
    { ...common, MetricName: 'queue', MetricUnit: '1', Value: -3 },
    { ...common, MetricName: 'gap', Value: 0, Flags: 1 },
    { ...common, MetricName: 'odd', Value: 'nan' },
    { ...common, MetricName: 'odd', Value: 'inf' },
    { ...common, MetricName: 'odd', Value: '-inf' },
  ],
  otel_metrics_sum: [
    {
      ...common,
      MetricName: 'paid',
      MetricDescription: 'orders paid',
      Value: 5,
      AggregationTemporality: 1,
      IsMonotonic: true,
    },
    { ...common, MetricName: 'open', Value: -2, AggregationTemporality: 2, IsMonotonic: false },
  ],
  otel_metrics_histogram: [
    {
      ...common,
      ...DISTRIBUTION_COLUMNS,
      MetricName: 'took',
      MetricUnit: 'ms',
      BucketCounts: [1, 18446744073709551615n, 1],
      ExplicitBounds: [0.5, 10],
      AggregationTemporality: 2,
    },
  ],
  otel_metrics_exponential_histogram: [
    {
      ...common,
      ...DISTRIBUTION_COLUMNS,
      MetricName: 'fine',
      Scale: -2,
      ZeroCount: 4,
      PositiveOffset: -7,
      PositiveBucketCounts: [1, 300, 0],
      NegativeOffset: 2147483647,
      NegativeBucketCounts: [9],
      AggregationTemporality: 1,
    },
  ],
  otel_metrics_summary: [
    {
      ...common,
      MetricName: 'old',
      Count: 7,
      Sum: 70,
      'ValueAtQuantiles.Quantile': [0.5, 1],
      'ValueAtQuantiles.Value': [9, 11],
    },
  ],
};
