/** What OpenTelemetry Collector's ClickHouse exporter leaves in a database: its tables, and the rows of a request. */

import protobuf from 'protobufjs';
import { TRACES_PROTO } from '../../bench/ingest/ordinary-proto.ts';
import { rowsOf, type TracesRequest } from '../../bench/ingest/ordinary-rows.ts';
import { ORDINARY_TABLES } from '../../bench/ingest/ordinary-tables.ts';
import type { Connection } from '../../model.ts';
import { connectDatabase } from '../../store/connect.ts';
import { encodeRequest } from './otlp-protobuf.ts';

const MAP = 'Map(LowCardinality(String), String)';
const EXEMPLARS = `Exemplars Nested (FilteredAttributes ${MAP}, TimeUnix DateTime64(9), Value Float64, SpanId String, TraceId String)`;
const COUNT_AND_SUM = 'Count UInt64, Sum Float64';
const LIMITS = 'Min Float64, Max Float64, AggregationTemporality Int32';

/** Values of each kind of metric, between the columns that all share. */
const VALUES: Readonly<Record<string, string>> = {
  gauge: `Value Float64, Flags UInt32, ${EXEMPLARS}`,
  sum: `Value Float64, Flags UInt32, ${EXEMPLARS}, AggregationTemporality Int32, IsMonotonic Bool`,
  histogram: `${COUNT_AND_SUM}, BucketCounts Array(UInt64), ExplicitBounds Array(Float64), ${EXEMPLARS}, Flags UInt32, ${LIMITS}`,
  exponential_histogram: `${COUNT_AND_SUM}, Scale Int32, ZeroCount UInt64, PositiveOffset Int32, PositiveBucketCounts Array(UInt64),
  NegativeOffset Int32, NegativeBucketCounts Array(UInt64), ${EXEMPLARS}, Flags UInt32, ${LIMITS}`,
  summary: `${COUNT_AND_SUM}, ValueAtQuantiles Nested (Quantile Float64, Value Float64), Flags UInt32`,
};

const METRICS_TABLES = Object.entries(VALUES).map(
  ([kind, values]) => `CREATE TABLE otel_metrics_${kind} (
  ResourceAttributes ${MAP}, ResourceSchemaUrl String, ScopeName String, ScopeVersion String, ScopeAttributes ${MAP},
  ScopeDroppedAttrCount UInt32, ScopeSchemaUrl String, ServiceName LowCardinality(String), MetricName String,
  MetricDescription String, MetricUnit String, Attributes ${MAP}, StartTimeUnix DateTime64(9), TimeUnix DateTime64(9),
  ${values},
  INDEX idx_attr_key mapKeys(Attributes) TYPE bloom_filter(0.01) GRANULARITY 1
) ENGINE = MergeTree
PARTITION BY toDate(TimeUnix)
ORDER BY (ServiceName, MetricName, Attributes, toUnixTimestamp64Nano(TimeUnix))
SETTINGS index_granularity = 8192, ttl_only_drop_parts = 1`,
);

/** Makes a database as the exporter leaves it before the first row. */
export async function createExporterTables(connection: Connection, database: string): Promise<void> {
  await runAll(connection, undefined, [`CREATE DATABASE ${database} ENGINE = Atomic`]);
  await runAll(connection, database, [...ORDINARY_TABLES, ...METRICS_TABLES]);
}

/** Stores an OTLP/JSON request of traces as the exporter does. */
export async function exportTraces(connection: Connection, database: string, request: object): Promise<void> {
  const rows = rowsOf(Request.decode(encodeRequest(request)) as unknown as TracesRequest);
  await using target = connectDatabase(connection, database);
  const body = [Buffer.from(rows.map((row) => JSON.stringify(row)).join('\n'))];
  await target.load({ sql: 'INSERT INTO otel_traces FORMAT JSONEachRow', doing: 'export traces' }, body);
}

/** What SHOW CREATE TABLE says of each table of telemetry. */
export async function statementsOf(connection: Connection, database: string): Promise<Record<string, string>> {
  await using target = connectDatabase(connection, database);
  const doing = 'read the statements of the tables';
  const tables = await target.rows<{ name: string }>({ sql: `SHOW TABLES LIKE 'otel%'`, doing });
  const statements: Record<string, string> = {};
  for (const { name } of tables) {
    const [row] = await target.rows<{ statement: string }>({ sql: `SHOW CREATE TABLE ${name}`, doing });
    statements[name] = row?.statement ?? '';
  }
  return statements;
}

const Request = protobuf.parse(TRACES_PROTO).root.lookupType('ExportTraceServiceRequest');

async function runAll(connection: Connection, database: string | undefined, statements: readonly string[]) {
  await using target = connectDatabase(connection, database);
  for (const sql of statements) await target.run({ sql, doing: 'do as the exporter does' });
}
