/** The rows of the telemetry tables, derived in SQL from what ClickHouse's own protobuf parser reads: the second opinion on the decoder. */

import type { TelemetryTable } from '../../model.ts';

/** 2106 in nanoseconds, where times end. */
const END = '4294967296000000000';
const time = (ns: string) => `fromUnixTimestamp64Nano(toInt64(least(${ns}, toUInt64(${END}) - 1)), 'UTC')`;

const isId = (id: string, bytes: number) => `(length(${id}) = ${bytes} AND ${id} != unhex(repeat('00', ${bytes})))`;
const hexOr = (otherwise: string, id: string, bytes: number) =>
  `if(${isId(id, bytes)}, lower(hex(${id})), '${otherwise}')`;

/** ClickHouse writes 1e21 where the others write 1e+21. */
const doubleText = (value: string) =>
  `multiIf(isNaN(${value}), 'NaN', isInfinite(${value}), if(${value} > 0, '+Inf', '-Inf'),
    replaceRegexpOne(toString(${value}), 'e([0-9])', 'e+\\\\1'))`;

const valueText = (value: string) => `multiIf(
  ${value}.value = 'string', ${value}.string_value,
  ${value}.value = 'bool', if(${value}.bool_value, 'true', 'false'),
  ${value}.value = 'int', toString(${value}.int_value),
  ${value}.value = 'double', ${doubleText(`${value}.double_value`)},
  ${value}.value = 'bytes', base64Encode(${value}.bytes_value), '')`;

const map = (attributes: string) =>
  `CAST(arrayMap(kv -> (kv.key, ${valueText('kv.value')}), ${attributes}), 'Map(LowCardinality(String), String)')`;

/** Columns by name, as a SELECT takes them. */
type Columns = Readonly<Record<string, string>>;
const select = (columns: Columns) =>
  Object.entries(columns)
    .map(([name, sql]) => `${sql} AS \`${name}\``)
    .join(',\n');

const ORIGIN: Columns = {
  ServiceName: `${map('resource.attributes')}['service.name']`,
  ResourceAttributes: map('resource.attributes'),
  ScopeName: 'scope.name',
  ScopeVersion: 'scope.version',
};

const SPAN: Columns = {
  ...ORIGIN,
  Timestamp: time('item.start_time_unix_nano'),
  TraceId: 'lower(hex(item.trace_id))',
  SpanId: 'lower(hex(item.span_id))',
  ParentSpanId: hexOr('', 'item.parent_span_id', 8),
  TraceState: 'item.trace_state',
  SpanName: 'item.name',
  SpanKind: `transform(toInt8(item.kind), [1, 2, 3, 4, 5], ['Internal', 'Server', 'Client', 'Producer', 'Consumer'], 'Unspecified')`,
  SpanAttributes: map('item.attributes'),
  Duration:
    'toUInt64(if(item.end_time_unix_nano < item.start_time_unix_nano, 0, item.end_time_unix_nano - item.start_time_unix_nano))',
  StatusCode: `transform(toInt8(item.status.code), [1, 2], ['Ok', 'Error'], 'Unset')`,
  StatusMessage: 'item.status.message',
  'Events.Timestamp': `arrayMap(e -> ${time('e.time_unix_nano')}, item.events)`,
  'Events.Name': 'item.events.name',
  'Events.Attributes': `arrayMap(e -> ${map('e.attributes')}, item.events)`,
  'Links.TraceId': `arrayMap(l -> ${hexOr('', 'l.trace_id', 16)}, item.links)`,
  'Links.SpanId': `arrayMap(l -> ${hexOr('', 'l.span_id', 8)}, item.links)`,
  'Links.TraceState': 'item.links.trace_state',
  'Links.Attributes': `arrayMap(l -> ${map('l.attributes')}, item.links)`,
};

const IS_STORED_SPAN = `${isId('item.trace_id', 16)} AND ${isId('item.span_id', 8)}
  AND length(item.parent_span_id) IN (0, 8) AND item.start_time_unix_nano < ${END}`;

/** Rows of otel_traces from a table expression that yields ExportTraceServiceRequest. */
export const spansSql = (requests: string): string => `SELECT ${select(SPAN)}
  FROM (SELECT rs.resource AS resource, ss.scope AS scope, arrayJoin(ss.spans) AS item
    FROM (SELECT rs, arrayJoin(rs.scope_spans) AS ss FROM (SELECT arrayJoin(resource_spans) AS rs FROM ${requests})))
  WHERE ${IS_STORED_SPAN}`;

/** Of the two at most one was sent. */
const number = (of: string) => `if(${of}.as_int = 0, ${of}.as_double, toFloat64(${of}.as_int))`;
const EXEMPLARS: Columns = {
  'Exemplars.FilteredAttributes': `arrayMap(x -> ${map('x.filtered_attributes')}, point.exemplars)`,
  'Exemplars.TimeUnix': `arrayMap(x -> ${time('x.time_unix_nano')}, point.exemplars)`,
  'Exemplars.Value': `arrayMap(x -> ${number('x')}, point.exemplars)`,
  'Exemplars.SpanId': `arrayMap(x -> ${hexOr('0'.repeat(16), 'x.span_id', 8)}, point.exemplars)`,
  'Exemplars.TraceId': `arrayMap(x -> ${hexOr('0'.repeat(32), 'x.trace_id', 16)}, point.exemplars)`,
};
const POINT: Columns = {
  ...ORIGIN,
  ResourceSchemaUrl: 'resource_schema',
  ScopeAttributes: map('scope.attributes'),
  ScopeDroppedAttrCount: 'scope.dropped_attributes_count',
  ScopeSchemaUrl: 'scope_schema',
  MetricName: 'item.name',
  MetricDescription: 'item.description',
  MetricUnit: 'item.unit',
  Attributes: map('point.attributes'),
  StartTimeUnix: time('point.start_time_unix_nano'),
  TimeUnix: time('point.time_unix_nano'),
  Flags: 'point.flags',
};
const SUM_AND_COUNT: Columns = { Count: 'point.count', Sum: 'point.sum' };
const DISTRIBUTION: Columns = { ...SUM_AND_COUNT, Min: 'point.min', Max: 'point.max', ...EXEMPLARS };
const temporality = (field: string): Columns => ({
  AggregationTemporality: `toInt32(item.${field}.aggregation_temporality)`,
});

/**
 * By table: where the points of a metric stand, and the columns that differ by it. ClickHouse makes one field of a message that has only
 * one.
 */
const KINDS = {
  otel_metrics_gauge: ['gauge_data_points', { Value: number('point'), ...EXEMPLARS }],
  otel_metrics_sum: [
    'sum.data_points',
    { Value: number('point'), ...EXEMPLARS, ...temporality('sum'), IsMonotonic: "CAST(item.sum.is_monotonic, 'Bool')" },
  ],
  otel_metrics_histogram: [
    'histogram.data_points',
    {
      ...DISTRIBUTION,
      BucketCounts: 'point.bucket_counts',
      ExplicitBounds: 'point.explicit_bounds',
      ...temporality('histogram'),
    },
  ],
  otel_metrics_exponential_histogram: [
    'exponential_histogram.data_points',
    {
      ...DISTRIBUTION,
      Scale: 'point.scale',
      ZeroCount: 'point.zero_count',
      PositiveOffset: 'point.positive.offset',
      PositiveBucketCounts: 'point.positive.bucket_counts',
      NegativeOffset: 'point.negative.offset',
      NegativeBucketCounts: 'point.negative.bucket_counts',
      ...temporality('exponential_histogram'),
    },
  ],
  otel_metrics_summary: [
    'summary_data_points',
    {
      ...SUM_AND_COUNT,
      'ValueAtQuantiles.Quantile': 'point.quantile_values.quantile',
      'ValueAtQuantiles.Value': 'point.quantile_values.value',
    },
  ],
} as const satisfies Partial<Record<TelemetryTable, readonly [string, Columns]>>;

export const METRIC_TABLES = Object.keys(KINDS) as (keyof typeof KINDS)[];

/** Rows of a metrics table from a table expression that yields ExportMetricsServiceRequest. */
export function pointsSql(table: keyof typeof KINDS, requests: string): string {
  const [points, columns] = KINDS[table];
  return `SELECT ${select({ ...POINT, ...columns })}
    FROM (SELECT *, arrayJoin(item.${points}) AS point
      FROM (SELECT rs.resource AS resource, rs.schema_url AS resource_schema, ss.scope AS scope, ss.schema_url AS scope_schema,
          arrayJoin(ss.metrics) AS item
        FROM (SELECT rs, arrayJoin(rs.scope_metrics) AS ss FROM (SELECT arrayJoin(resource_metrics) AS rs FROM ${requests}))))
    WHERE point.time_unix_nano < ${END}`;
}
