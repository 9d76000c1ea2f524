/** Turns data points into rows of the otel_metrics tables, as the Collector's ClickHouse exporter writes them. */

import type {
  Exemplar,
  ExponentialHistogramPoint,
  HistogramPoint,
  Metric,
  MetricPoint,
  NumberPoint,
  Origin,
  SummaryPoint,
} from './records.ts';
import { doubleText, list, MAX_TIME_NS, type RowText, timeText } from './row-text.ts';
import { serviceName } from './service-name.ts';

const TRACE_ID = /^[0-9a-f]{32}$/;
const SPAN_ID = /^[0-9a-f]{16}$/;

/** Why a point cannot be stored, in words for its sender; undefined when it can. */
export function faultOfPoint(metric: Metric, { point }: MetricPoint): string | undefined {
  if (point.timeNs > MAX_TIME_NS)
    return `time ${point.timeNs} ns of ${metric.name.slice(0, 64)} is after the year 2106`;
  return undefined;
}

/** What all points of one resource and scope share, written once. */
export function pointOriginText({ resource, scope }: Origin, text: RowText): string {
  return (
    `"ResourceAttributes":${text.attributes(resource.attributes)},"ResourceSchemaUrl":${text.string(resource.schemaUrl)}` +
    `,"ScopeName":${text.string(scope.name)},"ScopeVersion":${text.string(scope.version)}` +
    `,"ScopeAttributes":${text.attributes(scope.attributes)},"ScopeDroppedAttrCount":${scope.droppedAttributes}` +
    `,"ScopeSchemaUrl":${text.string(scope.schemaUrl)},"ServiceName":${text.string(serviceName(resource))}`
  );
}

export function pointRow(originText: string, metric: Metric, metricPoint: MetricPoint, text: RowText): string {
  const { point } = metricPoint;
  return (
    `{${originText},"MetricName":${text.string(metric.name)},"MetricDescription":${text.string(metric.description)}` +
    `,"MetricUnit":${text.string(metric.unit)},"Attributes":${text.attributes(point.attributes)}` +
    `,"StartTimeUnix":${timeText(point.startNs)},"TimeUnix":${timeText(point.timeNs)},"Flags":${point.flags}` +
    `${ownColumns(metric, metricPoint, text)}}\n`
  );
}

function ownColumns(metric: Metric, metricPoint: MetricPoint, text: RowText): string {
  switch (metricPoint.kind) {
    case 'gauge':
      return numberColumns(metricPoint.point, text);
    case 'sum':
      return `${numberColumns(metricPoint.point, text)}${temporality(metric)},"IsMonotonic":${metric.monotonic}`;
    case 'histogram':
      return histogramColumns(metricPoint.point, text) + temporality(metric);
    case 'exponential_histogram':
      return exponentialHistogramColumns(metricPoint.point, text) + temporality(metric);
    case 'summary':
      return summaryColumns(metricPoint.point);
  }
}

const temporality = (metric: Metric) => `,"AggregationTemporality":${metric.temporality}`;

function numberColumns(point: NumberPoint, text: RowText): string {
  return `,"Value":${doubleText(point.value)}${exemplarColumns(point.exemplars, text)}`;
}

function histogramColumns(point: HistogramPoint, text: RowText): string {
  return (
    `${distributionColumns(point, text)},"BucketCounts":${list(point.bucketCounts.map(String))}` +
    `,"ExplicitBounds":${list(point.explicitBounds.map(doubleText))}`
  );
}

function exponentialHistogramColumns(point: ExponentialHistogramPoint, text: RowText): string {
  const { positive, negative } = point;
  return (
    `${distributionColumns(point, text)},"Scale":${point.scale},"ZeroCount":${point.zeroCount}` +
    `,"PositiveOffset":${positive.offset},"PositiveBucketCounts":${list(positive.counts.map(String))}` +
    `,"NegativeOffset":${negative.offset},"NegativeBucketCounts":${list(negative.counts.map(String))}`
  );
}

function distributionColumns(point: HistogramPoint | ExponentialHistogramPoint, text: RowText): string {
  return (
    `,"Count":${point.count},"Sum":${doubleText(point.sum)},"Min":${doubleText(point.min)}` +
    `,"Max":${doubleText(point.max)}${exemplarColumns(point.exemplars, text)}`
  );
}

function summaryColumns({ count, sum, quantiles }: SummaryPoint): string {
  return (
    `,"Count":${count},"Sum":${doubleText(sum)}` +
    `,"ValueAtQuantiles.Quantile":${list(quantiles.map((each) => doubleText(each.quantile)))}` +
    `,"ValueAtQuantiles.Value":${list(quantiles.map((each) => doubleText(each.value)))}`
  );
}

/** An exemplar without a span has ids of zeros, as the exporter writes them. */
function exemplarColumns(exemplars: readonly Exemplar[], text: RowText): string {
  if (exemplars.length === 0) return '';
  return (
    `,"Exemplars.FilteredAttributes":${list(exemplars.map((each) => text.attributes(each.attributes)))}` +
    `,"Exemplars.TimeUnix":${list(exemplars.map((each) => timeText(each.timeNs)))}` +
    `,"Exemplars.Value":${list(exemplars.map((each) => doubleText(each.value)))}` +
    `,"Exemplars.SpanId":${list(exemplars.map((each) => id(each.spanId, SPAN_ID, 16)))}` +
    `,"Exemplars.TraceId":${list(exemplars.map((each) => id(each.traceId, TRACE_ID, 32)))}`
  );
}

function id(hex: string, pattern: RegExp, digits: number): string {
  return `"${pattern.test(hex) ? hex : '0'.repeat(digits)}"`;
}
