/** Reads the data points of an `ExportMetricsServiceRequest` in OTLP/JSON. */

import { readAttributes, readJsonEnvelopes } from './json.ts';
import {
  array,
  bool,
  double,
  doubleOf,
  hex,
  int32,
  int64,
  object,
  objects,
  string,
  uint64,
  uint64Of,
} from './json-fields.ts';
import { isObject, type JsonObject } from './json-text.ts';
import type { Buckets, Exemplar, Metric, MetricPoint, PointVisitor } from './records.ts';

export function readJsonPoints(request: JsonObject, maxDepth: number, visit: PointVisitor): void {
  readJsonEnvelopes(request, ['resourceMetrics', 'scopeMetrics', 'metrics'], maxDepth, (origin, item) => {
    for (const [field, readPoint] of POINT_READERS) {
      if (!isObject(item[field])) continue;
      const metric = readMetric(item, item[field]);
      for (const point of objects(item[field], 'dataPoints')) visit(origin, metric, readPoint(point, maxDepth));
    }
  });
}

function readMetric(metric: JsonObject, data: JsonObject): Metric {
  return {
    name: string(metric, 'name'),
    description: string(metric, 'description'),
    unit: string(metric, 'unit'),
    temporality: int32(data, 'aggregationTemporality'),
    monotonic: bool(data, 'isMonotonic'),
  };
}

type PointReader = (point: JsonObject, maxDepth: number) => MetricPoint;

const POINT_READERS: readonly (readonly [string, PointReader])[] = [
  ['gauge', (point, maxDepth) => ({ kind: 'gauge', point: readNumberPoint(point, maxDepth) })],
  ['sum', (point, maxDepth) => ({ kind: 'sum', point: readNumberPoint(point, maxDepth) })],
  ['histogram', readHistogramPoint],
  ['exponentialHistogram', readExponentialHistogramPoint],
  ['summary', readSummaryPoint],
];

function readNumberPoint(point: JsonObject, maxDepth: number) {
  return { ...readPoint(point, maxDepth), value: readNumber(point), exemplars: readExemplars(point, maxDepth) };
}

function readHistogramPoint(point: JsonObject, maxDepth: number): MetricPoint {
  return {
    kind: 'histogram',
    point: {
      ...readDistribution(point, maxDepth),
      bucketCounts: array(point, 'bucketCounts').map((count) => uint64Of(count, 'bucketCounts')),
      explicitBounds: array(point, 'explicitBounds').map((bound) => doubleOf(bound, 'explicitBounds')),
    },
  };
}

function readExponentialHistogramPoint(point: JsonObject, maxDepth: number): MetricPoint {
  return {
    kind: 'exponential_histogram',
    point: {
      ...readDistribution(point, maxDepth),
      scale: int32(point, 'scale'),
      zeroCount: uint64(point, 'zeroCount'),
      positive: readBuckets(object(point, 'positive')),
      negative: readBuckets(object(point, 'negative')),
    },
  };
}

function readSummaryPoint(point: JsonObject, maxDepth: number): MetricPoint {
  return {
    kind: 'summary',
    point: {
      ...readPoint(point, maxDepth),
      count: uint64(point, 'count'),
      sum: double(point, 'sum'),
      quantiles: objects(point, 'quantileValues').map((each) => ({
        quantile: double(each, 'quantile'),
        value: double(each, 'value'),
      })),
    },
  };
}

function readPoint(point: JsonObject, maxDepth: number) {
  return {
    attributes: readAttributes(point, 'attributes', maxDepth),
    startNs: uint64(point, 'startTimeUnixNano'),
    timeNs: uint64(point, 'timeUnixNano'),
    flags: int32(point, 'flags') >>> 0,
  };
}

function readDistribution(point: JsonObject, maxDepth: number) {
  return {
    ...readPoint(point, maxDepth),
    count: uint64(point, 'count'),
    sum: double(point, 'sum'),
    min: double(point, 'min'),
    max: double(point, 'max'),
    exemplars: readExemplars(point, maxDepth),
  };
}

function readBuckets(buckets: JsonObject): Buckets {
  return {
    offset: int32(buckets, 'offset'),
    counts: array(buckets, 'bucketCounts').map((count) => uint64Of(count, 'bucketCounts')),
  };
}

function readExemplars(point: JsonObject, maxDepth: number): Exemplar[] {
  return objects(point, 'exemplars').map((exemplar) => ({
    timeNs: uint64(exemplar, 'timeUnixNano'),
    value: readNumber(exemplar),
    traceId: hex(exemplar, 'traceId'),
    spanId: hex(exemplar, 'spanId'),
    attributes: readAttributes(exemplar, 'filteredAttributes', maxDepth),
  }));
}

/** ClickHouse keeps one Float64 for either type of value, as the Collector's exporter does. */
function readNumber(point: JsonObject): number {
  return point.asInt === undefined || point.asInt === null ? double(point, 'asDouble') : Number(int64(point, 'asInt'));
}
