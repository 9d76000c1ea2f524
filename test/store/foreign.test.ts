/** Tables of telemetry that others made, as they may lie on a server: in other partitions, zones and databases. */
import { expect, it } from 'vitest';
import { connectDatabase } from '../../store/connect.ts';
import type { Store } from '../../store/store.ts';
import { useEngine } from '../support/engine.ts';
import { createExporterTables, exportTraces } from '../support/exporter.ts';
import { spanId, traceId, tracesRequest } from '../support/otlp.ts';

const tests = useEngine();
/** In Tokyo it is the next day. */
const EVENING_MS = Date.UTC(2026, 2, 1, 20);
const HOUR_MS = 3_600_000;

const requestAt = (startMs: number, attributes = {}) =>
  tracesRequest([
    {
      service: 'shop',
      items: [{ traceId: traceId(1), spanId: spanId(1), name: 'op', startMs, durationMs: 5, attributes }],
    },
  ]);

async function run(database: string, ...statements: readonly string[]): Promise<void> {
  await using target = connectDatabase(tests.engine.connection, database);
  for (const sql of statements) await target.run({ sql, doing: 'prepare a test' });
}

const open = (database: string): Promise<Store> => tests.freshStore({ database, collects: false });

it.each([
  ['days_of_tokyo', `PARTITION BY toDate(Timestamp, 'Asia/Tokyo')`],
  ['months', 'PARTITION BY toYYYYMM(Timestamp)'],
  ['services', 'PARTITION BY ServiceName'],
  ['one', ''],
])('in partitions by %s are sealed as they come', async (name, partitions) => {
  const { connection } = tests.engine;
  await createExporterTables(connection, name);
  await run(
    name,
    'DROP TABLE otel_traces_trace_id_ts_mv',
    'RENAME TABLE otel_traces TO shape',
    `CREATE TABLE otel_traces AS shape ENGINE = MergeTree ${partitions} ORDER BY (ServiceName, SpanName, toDateTime(Timestamp))`,
  );
  const store = await open(name);
  for (const hours of [0, 2, 6]) {
    await exportTraces(connection, name, requestAt(EVENING_MS + hours * HOUR_MS));
    expect(await store.seal(EVENING_MS + (hours + 1) * HOUR_MS)).toEqual({ sealed: 1, resealed: 0 });
  }
  expect(await store.seal(EVENING_MS + 7 * HOUR_MS)).toEqual({ sealed: 0, resealed: 0 });
  // A late span of the first slot, after its partition was settled.
  await exportTraces(connection, name, requestAt(EVENING_MS + 1_000));
  expect(await store.seal(EVENING_MS + 7 * HOUR_MS)).toEqual({ sealed: 0, resealed: 1 });
});

it('tell the flag variants that spans know', async () => {
  await createExporterTables(tests.engine.connection, 'flagged');
  const variant = { 'feature_flag.key': 'pay.retry', 'feature_flag.result.variant': 'fast' };
  await exportTraces(tests.engine.connection, 'flagged', requestAt(EVENING_MS, variant));
  const store = await open('flagged');
  await store.seal(EVENING_MS + HOUR_MS);
  const cells = await store.cells({ startMs: EVENING_MS, endMs: EVENING_MS + HOUR_MS });
  expect(cells.map((cell) => cell.variant)).toEqual(['pay.retry=fast']);
});

it.each([
  ['Merge', `CREATE TABLE otel_traces AS theirs.otel_traces ENGINE = Merge('theirs', '^otel_traces$')`],
  ['View', 'CREATE VIEW otel_traces AS SELECT * FROM theirs.otel_traces'],
])('behind a %s are refused', async (engine, statement) => {
  await run('default', 'DROP DATABASE IF EXISTS theirs');
  await createExporterTables(tests.engine.connection, 'theirs');
  const name = `behind_${engine.toLowerCase()}`;
  await run('theirs', `CREATE DATABASE ${name} ENGINE = Atomic`);
  await run(name, statement);
  await expect(open(name)).rejects.toMatchObject({
    code: 'STORE_REFUSED',
    message: expect.stringContaining(`${name}.otel_traces is a ${engine}: set store.database to where`),
  });
});

it('with attributes as JSON are refused', async () => {
  await createExporterTables(tests.engine.connection, 'json');
  await run(
    'json',
    'DROP TABLE otel_traces_trace_id_ts_mv',
    'ALTER TABLE otel_traces DROP INDEX idx_span_attr_key, DROP INDEX idx_span_attr_value',
    'ALTER TABLE otel_traces MODIFY COLUMN SpanAttributes JSON',
  );
  await expect(open('json')).rejects.toThrow(/the attributes in json\.otel_traces are no maps/);
});
