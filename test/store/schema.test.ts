import { describe, expect, it } from 'vitest';
import { connectDatabase } from '../../store/connect.ts';
import { migrate } from '../../store/migrate.ts';
import { MIGRATIONS } from '../../store/schema.ts';
import { openStore } from '../../store/store.ts';
import { silentLog, useEngine } from '../support/engine.ts';
import { insertSpans, T0_MS } from '../support/spans.ts';

const tests = useEngine();

async function read<Row>(sql: string): Promise<Row[]> {
  await using database = connectDatabase(tests.engine.connection, tests.database);
  return await database.rows<Row>({ sql, doing: 'look at the schema' });
}

/** Names and types as in the exporter's DDL, where its LowCardinality is a matter of storage and left out. */
const METRIC = [
  ...['ResourceAttributes Map(String, String)', 'ResourceSchemaUrl String', 'ScopeName String', 'ScopeVersion String'],
  ...[
    'ScopeAttributes Map(String, String)',
    'ScopeDroppedAttrCount UInt32',
    'ScopeSchemaUrl String',
    'ServiceName String',
  ],
  ...['MetricName String', 'MetricDescription String', 'MetricUnit String', 'Attributes Map(String, String)'],
  ...['StartTimeUnix DateTime64(9)', 'TimeUnix DateTime64(9)'],
];
const EXEMPLARS = [
  ...['Exemplars.FilteredAttributes Array(Map(String, String))', 'Exemplars.TimeUnix Array(DateTime64(9))'],
  ...['Exemplars.Value Array(Float64)', 'Exemplars.SpanId Array(String)', 'Exemplars.TraceId Array(String)'],
];
const EXPORTER: Readonly<Record<string, readonly string[]>> = {
  otel_traces: [
    ...[
      'Timestamp DateTime64(9)',
      'TraceId String',
      'SpanId String',
      'ParentSpanId String',
      'TraceState String',
      'SpanName String',
    ],
    ...[
      'SpanKind String',
      'ServiceName String',
      'ResourceAttributes Map(String, String)',
      'ScopeName String',
      'ScopeVersion String',
    ],
    ...['SpanAttributes Map(String, String)', 'Duration UInt64', 'StatusCode String', 'StatusMessage String'],
    ...[
      'Events.Timestamp Array(DateTime64(9))',
      'Events.Name Array(String)',
      'Events.Attributes Array(Map(String, String))',
    ],
    ...[
      'Links.TraceId Array(String)',
      'Links.SpanId Array(String)',
      'Links.TraceState Array(String)',
      'Links.Attributes Array(Map(String, String))',
    ],
  ],
  otel_traces_trace_id_ts: ['TraceId String', 'Start DateTime', 'End DateTime'],
  otel_metrics_gauge: [...METRIC, 'Value Float64', 'Flags UInt32', ...EXEMPLARS],
  otel_metrics_sum: [
    ...METRIC,
    'Value Float64',
    'Flags UInt32',
    ...EXEMPLARS,
    'AggregationTemporality Int32',
    'IsMonotonic Bool',
  ],
  otel_metrics_histogram: [
    ...[
      ...METRIC,
      'Count UInt64',
      'Sum Float64',
      'BucketCounts Array(UInt64)',
      'ExplicitBounds Array(Float64)',
      ...EXEMPLARS,
    ],
    ...['Flags UInt32', 'Min Float64', 'Max Float64', 'AggregationTemporality Int32'],
  ],
  otel_metrics_exponential_histogram: [
    ...[
      ...METRIC,
      'Count UInt64',
      'Sum Float64',
      'Scale Int32',
      'ZeroCount UInt64',
      'PositiveOffset Int32',
      'PositiveBucketCounts Array(UInt64)',
    ],
    ...['NegativeOffset Int32', 'NegativeBucketCounts Array(UInt64)', ...EXEMPLARS],
    ...['Flags UInt32', 'Min Float64', 'Max Float64', 'AggregationTemporality Int32'],
  ],
  otel_metrics_summary: [
    ...[
      ...METRIC,
      'Count UInt64',
      'Sum Float64',
      'ValueAtQuantiles.Quantile Array(Float64)',
      'ValueAtQuantiles.Value Array(Float64)',
    ],
    'Flags UInt32',
  ],
};

/** The lookup of a trace's times is a view. */
const STORED = Object.keys(EXPORTER)
  .filter((name) => name !== 'otel_traces_trace_id_ts')
  .sort();

describe('the schema', () => {
  it("has the columns of the OpenTelemetry Collector's exporter, and no others that an insert or SELECT * meets", async () => {
    await tests.freshStore();
    const columns = await read<{ table: string; column: string }>(
      `SELECT table, concat(name, ' ', replaceRegexpAll(type, 'LowCardinality\\\\((\\\\w+)\\\\)', '\\\\1')) AS column FROM system.columns
WHERE database = currentDatabase() AND table LIKE 'otel%' AND table NOT LIKE '%_mv'
  AND default_kind != 'MATERIALIZED' ORDER BY table, position`,
    );
    const found = Object.groupBy(columns, ({ table }) => table);
    const names = Object.entries(found).map(([table, of]) => [table, of?.map(({ column }) => column)]);
    expect(Object.fromEntries(names)).toEqual(EXPORTER);
  });

  it('remembers insert tokens wherever telemetry goes, whatever the server is set to', async () => {
    await tests.freshStore();
    const tables = await read<{ name: string }>(
      `SELECT name FROM system.tables WHERE database = currentDatabase() AND name LIKE 'otel%' AND engine = 'MergeTree'
AND create_table_query LIKE '%non_replicated_deduplication_window = 1000%' ORDER BY name`,
    );
    expect(tables.map(({ name }) => name)).toEqual(STORED);
  });

  it('finds a trace by its id through the exporter lookup', async () => {
    const store = await tests.freshStore();
    const span = { trace: 't', service: 's', name: 'op', durationMs: 1 };
    await insertSpans(store, [
      { ...span, span: 'a', startMs: 0 },
      { ...span, span: 'b', startMs: 5_000 },
    ]);
    expect(
      await read(
        'SELECT toUnixTimestamp(min(Start)) AS start, toUnixTimestamp(max(End)) AS end FROM otel_traces_trace_id_ts',
      ),
    ).toEqual([{ start: T0_MS / 1000, end: T0_MS / 1000 + 5 }]);
  });

  it('is applied once, migration by migration', async () => {
    await tests.freshStore();
    expect(await read('SELECT id FROM schema_migrations ORDER BY id')).toEqual(MIGRATIONS.map(({ id }) => ({ id })));
    await tests.freshStore({ database: tests.database });
    expect(await read('SELECT count() AS rows FROM schema_migrations')).toEqual([{ rows: MIGRATIONS.length }]);
    expect(MIGRATIONS.map(({ id }) => id)).toEqual(MIGRATIONS.map((_, i) => i + 1));
  });

  it('goes on after a crash between two statements of a migration', async () => {
    await tests.freshStore();
    await using database = connectDatabase(tests.engine.connection, tests.database);
    await database.run({ sql: 'TRUNCATE TABLE schema_migrations', doing: 'forget' });
    expect(await migrate(database, MIGRATIONS, silentLog)).toBe(MIGRATIONS.length);
  });

  it('of a newer Hinge is left alone', async () => {
    await tests.freshStore();
    await using database = connectDatabase(tests.engine.connection, tests.database);
    await database.run({
      sql: `INSERT INTO schema_migrations (id, name) VALUES (900, 'the future')`,
      doing: 'come from the future',
    });
    await expect(tests.freshStore({ database: tests.database })).rejects.toMatchObject({
      code: 'STORE_REFUSED',
      message: expect.stringMatching(/migration 900 \(the future\).*newer Hinge/),
    });
  });

  it.each(['', '1st', 'a b', 'a;DROP DATABASE b', 'a`b', 'x'.repeat(64)])(
    'is not made in a database called %j',
    async (database) => {
      const options = { slotSeconds: 60, sealDelaySeconds: 60, horizonSeconds: 60, log: silentLog };
      const store = openStore({ ...options, connection: tests.engine.connection, database });
      await expect(store).rejects.toMatchObject({ code: 'CONFIG_INVALID' });
    },
  );
});

describe('retention', () => {
  it('is for telemetry alone, and can be changed and lifted', async () => {
    await tests.freshStore();
    const { database } = tests;
    const expiring = async (days: number) => {
      await using connection = connectDatabase(tests.engine.connection, database);
      const tables = await connection.rows<{ name: string }>({
        sql: `SELECT name FROM system.tables WHERE database = currentDatabase()
AND engine_full LIKE concat('% TTL %toIntervalDay(', {days:String}, ')%') ORDER BY name`,
        parameters: { days: `${days}` },
        doing: 'list what expires',
      });
      return tables.map(({ name }) => name);
    };
    const telemetry = STORED;
    await tests.freshStore({ database, retentionDays: 14 });
    expect(await expiring(14)).toEqual(telemetry);
    await tests.freshStore({ database, retentionDays: 7 });
    expect([await expiring(14), await expiring(7)]).toEqual([[], telemetry]);
    await tests.freshStore({ database, retentionDays: null });
    expect(await expiring(7)).toEqual([]);
  });
});
