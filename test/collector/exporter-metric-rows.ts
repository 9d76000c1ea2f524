/** The rows that metrics must become, from what the SDK for JavaScript hands to an exporter. */

import type { HrTime } from '@opentelemetry/api';
import {
  AggregationTemporality,
  DataPointType,
  type MetricData,
  type ResourceMetrics,
} from '@opentelemetry/sdk-metrics';
import type { TelemetryTable } from '../../model.ts';
import type { Row } from '../support/native.ts';
import { ORIGIN_ROW } from './exporter-spans.ts';

/** With their tables, in the order of the data; the attributes as they are stored. */
export function metricRows(
  { scopeMetrics }: ResourceMetrics,
  attributesOf: (metric: string) => unknown,
): (readonly [TelemetryTable, Row])[] {
  return scopeMetrics.flatMap(({ scope, metrics }) =>
    metrics.flatMap((metric) => {
      const head: Row = {
        ...ORIGIN_ROW,
        ...METRIC_DEFAULTS,
        ScopeName: scope.name,
        ScopeVersion: scope.version ?? '',
        ScopeSchemaUrl: scope.schemaUrl ?? '',
        MetricName: metric.descriptor.name,
        MetricDescription: metric.descriptor.description,
        MetricUnit: metric.descriptor.unit,
        Attributes: attributesOf(metric.descriptor.name),
      };
      const [table, points] = pointRows(metric);
      return points.map((point, i): readonly [TelemetryTable, Row] => {
        const { startTime, endTime } = metric.dataPoints[i] ?? { startTime: [0, 0], endTime: [0, 0] };
        return [table, { ...head, StartTimeUnix: seconds(startTime), TimeUnix: seconds(endTime), ...point }];
      });
    }),
  );
}

const METRIC_DEFAULTS: Row = {
  ResourceSchemaUrl: '',
  ScopeAttributes: {},
  ScopeDroppedAttrCount: 0,
  Flags: 0,
  'Exemplars.FilteredAttributes': [],
  'Exemplars.TimeUnix': [],
  'Exemplars.Value': [],
  'Exemplars.SpanId': [],
  'Exemplars.TraceId': [],
};

/** What differs by the kind of metric. */
function pointRows(metric: MetricData): readonly [TelemetryTable, readonly Row[]] {
  const AggregationTemporality = TEMPORALITIES[metric.aggregationTemporality];
  switch (metric.dataPointType) {
    case DataPointType.GAUGE:
      return ['otel_metrics_gauge', metric.dataPoints.map(({ value }) => ({ Value: value }))];
    case DataPointType.SUM: {
      const of = { AggregationTemporality, IsMonotonic: metric.isMonotonic };
      return ['otel_metrics_sum', metric.dataPoints.map(({ value }) => ({ ...of, Value: value }))];
    }
    case DataPointType.HISTOGRAM:
      return [
        'otel_metrics_histogram',
        metric.dataPoints.map(({ value }) => ({
          ...distribution(value),
          AggregationTemporality,
          BucketCounts: value.buckets.counts,
          ExplicitBounds: value.buckets.boundaries,
        })),
      ];
    case DataPointType.EXPONENTIAL_HISTOGRAM:
      return [
        'otel_metrics_exponential_histogram',
        metric.dataPoints.map(({ value }) => ({
          ...distribution(value),
          AggregationTemporality,
          Scale: value.scale,
          ZeroCount: value.zeroCount,
          PositiveOffset: value.positive.offset,
          PositiveBucketCounts: value.positive.bucketCounts,
          NegativeOffset: value.negative.offset,
          NegativeBucketCounts: value.negative.bucketCounts,
        })),
      ];
  }
}

const TEMPORALITIES = { [AggregationTemporality.DELTA]: 1, [AggregationTemporality.CUMULATIVE]: 2 };

interface Distribution {
  readonly count: number;
  readonly sum?: number;
  readonly min?: number;
  readonly max?: number;
}

/** What was left out is stored as 0, as the Collector's exporter does. */
const distribution = ({ count, sum = 0, min = 0, max = 0 }: Distribution): Row => ({
  Count: count,
  Sum: sum,
  Min: min,
  Max: max,
});

const seconds = ([s, ns]: HrTime): string => `${s}.${String(ns).padStart(9, '0')}`;
