/** Reads the data points of an `ExportMetricsServiceRequest` in protobuf (opentelemetry/proto/metrics/v1/metrics.proto). */

import type { Cursor, Fields } from './cursor.ts';
import { readAttribute, readEnvelopes } from './protobuf.ts';
import {
  type Buckets,
  type Exemplar,
  type ExponentialHistogramPoint,
  type HistogramPoint,
  type Metric,
  type MetricPoint,
  type NumberPoint,
  newExemplar,
  newExponentialHistogramPoint,
  newHistogramPoint,
  newMetric,
  newNumberPoint,
  newSummaryPoint,
  type Origin,
  type PointVisitor,
  type SummaryPoint,
} from './records.ts';

export function readProtobufPoints(cursor: Cursor, visit: PointVisitor): void {
  readEnvelopes(cursor, (origin, c) => readMetric(c, origin, visit));
}

/** The name, unit and temporality of a metric may stand behind its points, so they are read first. */
function readMetric(cursor: Cursor, origin: Origin, visit: PointVisitor): void {
  const metric = newMetric();
  const emit = (point: MetricPoint) => visit(origin, metric, point);
  cursor.twice(METRIC_HEAD, metric, {
    5: points((c) => emit({ kind: 'gauge', point: c.message(NUMBER_POINT, newNumberPoint()) })),
    7: points((c) => emit({ kind: 'sum', point: c.message(NUMBER_POINT, newNumberPoint()) })),
    9: points((c) => emit({ kind: 'histogram', point: c.message(HISTOGRAM_POINT, newHistogramPoint()) })),
    10: points((c) =>
      emit({
        kind: 'exponential_histogram',
        point: c.message(EXPONENTIAL_HISTOGRAM_POINT, newExponentialHistogramPoint()),
      }),
    ),
    11: points((c) => emit({ kind: 'summary', point: c.message(SUMMARY_POINT, newSummaryPoint()) })),
  });
}

const points = (readPoint: (cursor: Cursor) => void) => (cursor: Cursor) => {
  cursor.message({ 1: readPoint }, null);
};

/** Fields that gauge, sum and the histograms share, without their points. */
const DATA_HEAD: Fields<Metric> = {
  2: (c, metric) => {
    metric.temporality = c.int32();
  },
  3: (c, metric) => {
    metric.monotonic = c.bool();
  },
};

const readDataHead = (c: Cursor, metric: Metric) => c.message(DATA_HEAD, metric);

const METRIC_HEAD: Fields<Metric> = {
  1: (c, metric) => {
    metric.name = c.string();
  },
  2: (c, metric) => {
    metric.description = c.string();
  },
  3: (c, metric) => {
    metric.unit = c.string();
  },
  7: readDataHead,
  9: readDataHead,
  10: readDataHead,
};

type Timed = Pick<NumberPoint, 'startNs' | 'timeNs'>;

const TIMES: Fields<Timed> = {
  2: (c, point) => {
    point.startNs = c.fixed64();
  },
  3: (c, point) => {
    point.timeNs = c.fixed64();
  },
};

/** Count and sum have the numbers 4 and 5 in all three kinds of distribution. */
const COUNT_AND_SUM: Fields<Timed & { count: bigint; sum: number }> = {
  ...TIMES,
  4: (c, point) => {
    point.count = c.fixed64();
  },
  5: (c, point) => {
    point.sum = c.double();
  },
};

const readFlags = (c: Cursor, point: { flags: number }) => {
  point.flags = c.uint32();
};
const readMin = (c: Cursor, point: { min: number }) => {
  point.min = c.double();
};
const readMax = (c: Cursor, point: { max: number }) => {
  point.max = c.double();
};
const readExemplar = (c: Cursor, point: { exemplars: Exemplar[] }) => {
  point.exemplars.push(c.message(EXEMPLAR, newExemplar()));
};
const readDouble = (c: Cursor, target: { value: number }) => {
  target.value = c.double();
};
/** ClickHouse keeps one Float64 for either type of value, as the Collector's exporter does. */
const readInt = (c: Cursor, target: { value: number }) => {
  target.value = Number(c.sfixed64());
};

const NUMBER_POINT: Fields<NumberPoint> = {
  ...TIMES,
  4: readDouble,
  5: readExemplar,
  6: readInt,
  7: readAttribute,
  8: readFlags,
};

const HISTOGRAM_POINT: Fields<HistogramPoint> = {
  ...COUNT_AND_SUM,
  6: (c, point) => c.repeated('fixed64', point.bucketCounts, (each) => each.fixed64()),
  7: (c, point) => c.repeated('fixed64', point.explicitBounds, (each) => each.double()),
  8: readExemplar,
  9: readAttribute,
  10: readFlags,
  11: readMin,
  12: readMax,
};

const EXPONENTIAL_HISTOGRAM_POINT: Fields<ExponentialHistogramPoint> = {
  ...COUNT_AND_SUM,
  1: readAttribute,
  6: (c, point) => {
    point.scale = c.sint32();
  },
  7: (c, point) => {
    point.zeroCount = c.fixed64();
  },
  8: (c, point) => c.message(BUCKETS, point.positive),
  9: (c, point) => c.message(BUCKETS, point.negative),
  10: readFlags,
  11: readExemplar,
  12: readMin,
  13: readMax,
};

const BUCKETS: Fields<Buckets> = {
  1: (c, buckets) => {
    buckets.offset = c.sint32();
  },
  2: (c, buckets) => c.repeated('varint', buckets.counts, (each) => each.uint64()),
};

const SUMMARY_POINT: Fields<SummaryPoint> = {
  ...COUNT_AND_SUM,
  6: (c, point) => point.quantiles.push(c.message(QUANTILE, { quantile: 0, value: 0 })),
  7: readAttribute,
  8: readFlags,
};

const QUANTILE: Fields<SummaryPoint['quantiles'][number]> = {
  1: (c, quantile) => {
    quantile.quantile = c.double();
  },
  2: readDouble,
};

const EXEMPLAR: Fields<Exemplar> = {
  2: (c, exemplar) => {
    exemplar.timeNs = c.fixed64();
  },
  3: readDouble,
  4: (c, exemplar) => {
    exemplar.spanId = c.hex();
  },
  5: (c, exemplar) => {
    exemplar.traceId = c.hex();
  },
  6: readInt,
  7: readAttribute,
};
