/**
 * Migration 1: telemetry as OpenTelemetry Collector's ClickHouse exporter lays it out, so that Grafana's ClickHouse plugin
 * and existing pipelines work: same names, order and types of columns. Sorting, codecs and indexes are free to choose.
 * Source: opentelemetry-collector-contrib, exporter/clickhouseexporter.
 */
import { FACTS } from '../facts.ts';
import type { Migration } from '../migrate.ts';
import { MADE_BY_HINGE } from '../telemetry-tables.ts';

const MAP = 'Map(LowCardinality(String), String)';
const RESOURCE_MAP = 'Map(LowCardinality(String), LowCardinality(String))';

/**
 * Merging parts costs more than inserting them, so that it is kept rare and cheap (measured with `npm run bench:ingest`):
 * merges of at least 16 parts rewrite a row half as often as the default's; inserts make parts of few files (compact ones,
 * up to the size of a full group), and larger ones are merged column by column.
 */
const SETTINGS = `SETTINGS index_granularity = 8192, ttl_only_drop_parts = 1, non_replicated_deduplication_window = 1000,
  min_parts_to_merge_at_once = 16, min_bytes_for_wide_part = 40000000, vertical_merge_algorithm_min_rows_to_activate = 1
COMMENT '${MADE_BY_HINGE}'`;

const FACT_COLUMNS = Object.entries(FACTS).map(
  ([name, { type, sql }]) => `${name} ${type} MATERIALIZED ${sql} CODEC(ZSTD(1))`,
);

/** The exporter's server may run in any zone: partitions are UTC days, as an insert block's are. */
const traces = `CREATE TABLE IF NOT EXISTS otel_traces (
  Timestamp DateTime64(9) CODEC(Delta(8), ZSTD(1)),
  TraceId String CODEC(ZSTD(1)),
  SpanId String CODEC(ZSTD(1)),
  ParentSpanId String CODEC(ZSTD(1)),
  TraceState String CODEC(ZSTD(1)),
  SpanName LowCardinality(String) CODEC(ZSTD(1)),
  SpanKind LowCardinality(String) CODEC(ZSTD(1)),
  ServiceName LowCardinality(String) CODEC(ZSTD(1)),
  ResourceAttributes ${RESOURCE_MAP} CODEC(ZSTD(1)),
  ScopeName LowCardinality(String) CODEC(ZSTD(1)),
  ScopeVersion LowCardinality(String) CODEC(ZSTD(1)),
  SpanAttributes ${MAP} CODEC(ZSTD(1)),
  Duration UInt64 CODEC(T64, ZSTD(1)),
  StatusCode LowCardinality(String) CODEC(ZSTD(1)),
  StatusMessage String CODEC(ZSTD(1)),
  Events Nested (Timestamp DateTime64(9), Name LowCardinality(String), Attributes ${MAP}) CODEC(ZSTD(1)),
  Links Nested (TraceId String, SpanId String, TraceState String, Attributes ${MAP}) CODEC(ZSTD(1)),
  ${FACT_COLUMNS.join(',\n  ')},
  INDEX idx_trace_id TraceId TYPE bloom_filter(0.001) GRANULARITY 1
) ENGINE = MergeTree
PARTITION BY toDate(Timestamp, 'UTC')
ORDER BY (toStartOfMinute(Timestamp), ServiceName, SpanName, Timestamp)
${SETTINGS}`;

/**
 * Where the exporter keeps a table, a view does: the index on TraceId finds a trace among 16 million spans in 12 ms, the
 * table in 8, and an insert need not write to two tables.
 */
const traceTimes = `CREATE VIEW IF NOT EXISTS otel_traces_trace_id_ts AS
SELECT TraceId, toDateTime(min(Timestamp)) AS Start, toDateTime(max(Timestamp)) AS End
FROM otel_traces WHERE TraceId != '' GROUP BY TraceId`;

const EXEMPLARS = `Exemplars Nested (
    FilteredAttributes ${MAP}, TimeUnix DateTime64(9), Value Float64, SpanId String, TraceId String
  ) CODEC(ZSTD(1))`;
const TEMPORALITY = 'AggregationTemporality Int32 CODEC(ZSTD(1))';
const FLAGS = 'Flags UInt32 CODEC(ZSTD(1))';
const COUNT_AND_SUM = 'Count UInt64 CODEC(Delta(8), ZSTD(1)),\n  Sum Float64 CODEC(ZSTD(1))';
const MIN_AND_MAX = 'Min Float64 CODEC(ZSTD(1)),\n  Max Float64 CODEC(ZSTD(1))';

/** The columns before and after the value are those of every metrics table. */
const metrics = (name: string, values: readonly string[]) => `CREATE TABLE IF NOT EXISTS otel_metrics_${name} (
  ResourceAttributes ${RESOURCE_MAP} CODEC(ZSTD(1)),
  ResourceSchemaUrl LowCardinality(String) CODEC(ZSTD(1)),
  ScopeName LowCardinality(String) CODEC(ZSTD(1)),
  ScopeVersion LowCardinality(String) CODEC(ZSTD(1)),
  ScopeAttributes ${MAP} CODEC(ZSTD(1)),
  ScopeDroppedAttrCount UInt32 CODEC(ZSTD(1)),
  ScopeSchemaUrl LowCardinality(String) CODEC(ZSTD(1)),
  ServiceName LowCardinality(String) CODEC(ZSTD(1)),
  MetricName LowCardinality(String) CODEC(ZSTD(1)),
  MetricDescription LowCardinality(String) CODEC(ZSTD(1)),
  MetricUnit LowCardinality(String) CODEC(ZSTD(1)),
  Attributes ${MAP} CODEC(ZSTD(1)),
  StartTimeUnix DateTime64(9) CODEC(Delta(8), ZSTD(1)),
  TimeUnix DateTime64(9) CODEC(Delta(8), ZSTD(1)),
  ${values.join(',\n  ')}
) ENGINE = MergeTree
PARTITION BY toDate(TimeUnix, 'UTC')
ORDER BY (ServiceName, MetricName, toStartOfMinute(TimeUnix), TimeUnix)
${SETTINGS}`;

export const telemetry: Migration = {
  id: 1,
  name: 'telemetry in the layout of the OpenTelemetry Collector',
  statements: [
    traces,
    traceTimes,
    metrics('gauge', ['Value Float64 CODEC(ZSTD(1))', FLAGS, EXEMPLARS]),
    metrics('sum', ['Value Float64 CODEC(ZSTD(1))', FLAGS, EXEMPLARS, TEMPORALITY, 'IsMonotonic Bool CODEC(ZSTD(1))']),
    metrics('histogram', [
      COUNT_AND_SUM,
      'BucketCounts Array(UInt64) CODEC(ZSTD(1))',
      'ExplicitBounds Array(Float64) CODEC(ZSTD(1))',
      EXEMPLARS,
      FLAGS,
      MIN_AND_MAX,
      TEMPORALITY,
    ]),
    metrics('exponential_histogram', [
      COUNT_AND_SUM,
      'Scale Int32 CODEC(ZSTD(1))',
      'ZeroCount UInt64 CODEC(ZSTD(1))',
      'PositiveOffset Int32 CODEC(ZSTD(1))',
      'PositiveBucketCounts Array(UInt64) CODEC(ZSTD(1))',
      'NegativeOffset Int32 CODEC(ZSTD(1))',
      'NegativeBucketCounts Array(UInt64) CODEC(ZSTD(1))',
      EXEMPLARS,
      FLAGS,
      MIN_AND_MAX,
      TEMPORALITY,
    ]),
    metrics('summary', [
      COUNT_AND_SUM,
      'ValueAtQuantiles Nested (Quantile Float64, Value Float64) CODEC(ZSTD(1))',
      FLAGS,
    ]),
  ],
};
