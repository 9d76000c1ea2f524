import { describe, expect, it } from 'vitest';
import { connectDatabase, type Database } from '../../store/connect.ts';
import { applyRetention, keptBy, type Retention, ttlOf } from '../../store/retention.ts';
import type { Store, StoreOptions } from '../../store/store.ts';
import { useEngine } from '../support/engine.ts';
import { createExporterTables, statementsOf } from '../support/exporter.ts';
import { plainCell, plainSelfTime } from '../support/plain-cells.ts';
import { insertSpans, type SpanSpec, T0_MS } from '../support/spans.ts';

const tests = useEngine();
const DAY_MS = 86_400_000;
const TODAY_MS = Math.floor(Date.now() / DAY_MS) * DAY_MS;

/** A call at a time of day, some days ago. */
const call = (span: string, daysAgo: number, timeMs: number): SpanSpec => ({
  ...{ trace: `t${span}`, span, service: 's', name: 'op', durationMs: 1, instance: 'i' },
  startMs: TODAY_MS - daysAgo * DAY_MS + timeMs - T0_MS,
});

async function withDatabase<T>(work: (database: Database) => Promise<T>, name = tests.database): Promise<T> {
  await using database = connectDatabase(tests.engine.connection, name);
  return await work(database);
}

const run = (sql: string) => withDatabase((database) => database.run({ sql, doing: 'prepare a test' }));
/** Lets ClickHouse drop now what it would drop within hours. */
const expire = (table = 'otel_traces') => run(`OPTIMIZE TABLE ${table} FINAL`);

const daysStored = () =>
  withDatabase(async (database) => {
    const rows = await database.rows<{ daysAgo: number }>({
      sql: `SELECT DISTINCT toDate({today:UInt32}) - toDate(Timestamp, 'UTC') AS daysAgo FROM otel_traces ORDER BY daysAgo`,
      parameters: { today: TODAY_MS / 1000 },
      doing: 'list the days',
    });
    return rows.map(({ daysAgo }) => daysAgo);
  });

const again = (overrides: Partial<StoreOptions>) => tests.freshStore({ database: tests.database, ...overrides });

describe('the rule of a table', () => {
  const asked: Retention = { spanDays: 14, metricDays: 30, cellMonths: 13 };
  it.each<[string, Partial<Retention>, ReturnType<typeof keptBy>]>([
    ['otel_traces', {}, { count: 14, unit: 'day' }],
    ['otel_traces_trace_id_ts', {}, { count: 14, unit: 'day' }],
    ['otel_metrics_sum', {}, { count: 30, unit: 'day' }],
    ['cells', {}, { count: 13, unit: 'month' }],
    ['self_times', {}, { count: 13, unit: 'month' }],
    ['cells', { spanDays: 365, cellMonths: 3 }, { count: 14, unit: 'month' }],
    ['cells', { spanDays: 27, cellMonths: 1 }, { count: 1, unit: 'month' }],
    ['cells', { spanDays: 28, cellMonths: 1 }, { count: 2, unit: 'month' }],
    ['cells', { cellMonths: null }, null],
    ['cells', { spanDays: null }, null],
    ['otel_traces', { spanDays: null }, null],
    ['otel_metrics_gauge', { metricDays: null }, null],
    ['journal', {}, null],
    ['upgrades', {}, null],
    ['seals', {}, null],
  ])('%s, asked for %j, keeps %j', (table, change, kept) => {
    expect(keptBy(ttlOf(table, { ...asked, ...change }))).toEqual(kept);
  });

  it.each<[string, ReturnType<typeof keptBy>]>([
    ['', null],
    ['toDateTime(Timestamp) + toIntervalDay(3)', { count: 3, unit: 'day' }],
    ['toDateTime(Timestamp) + toIntervalHour(72)', { count: 72, unit: 'hour' }],
    ["t + toIntervalDay(3) TO VOLUME 'cold', t + toIntervalMonth(6)", { count: 6, unit: 'month' }],
    ["t + toIntervalMonth(6), t + toIntervalDay(3) TO DISK 'cold'", { count: 6, unit: 'month' }],
    ["t + toIntervalDay(3) TO VOLUME 'cold'", null],
  ])('written by others as %j keeps %j', (ttl, kept) => {
    expect(keptBy(ttl)).toEqual(kept);
  });
});

describe('retention', () => {
  it('drops whole days of spans, and months of cells, once they are over', async () => {
    const store = await tests.freshStore({ retentionDays: 14, cellRetentionMonths: 13 });
    await insertSpans(store, [call('a', 15, DAY_MS - 1), call('b', 14, 0), call('c', 0, 0)]);
    await run(`INSERT INTO cells (slot, service) SELECT toStartOfMonth(now('UTC')) - toIntervalMonth(n), toString(n)
FROM (SELECT arrayJoin([0, 13, 14]) AS n)`);
    await expire();
    await expire('cells');
    expect(await daysStored()).toEqual([0, 14]);
    expect(
      await withDatabase((database) =>
        database.rows({ sql: 'SELECT service FROM cells ORDER BY toUInt8(service)', doing: 'list cells' }),
      ),
    ).toEqual([{ service: '0' }, { service: '13' }]);
  });

  it.each([
    ['longer: what the shorter one would have dropped stays', 14, 30, [2, 20]],
    ['shorter: what the longer one would have kept goes', 30, 14, [2]],
  ])('can become %s', async (_, before, after, kept) => {
    const store = await tests.freshStore({ retentionDays: before });
    await run('SYSTEM STOP TTL MERGES otel_traces');
    await insertSpans(store, [call('a', 20, 0), call('b', 2, 0)]);
    await again({ retentionDays: after });
    await mutated();
    await run('SYSTEM START TTL MERGES otel_traces');
    await expire();
    expect(await daysStored()).toEqual(kept);
  });

  it('is changed only where it differs', async () => {
    await tests.freshStore({ retentionDays: 14, cellRetentionMonths: 13 });
    const asked = { spanDays: 14, metricDays: 14, cellMonths: 13 };
    expect(await statementsFor(asked)).toEqual([]);
    const changed = await statementsFor({ ...asked, metricDays: 3 });
    expect([...new Set(changed.map((sql) => sql.split(' ')[2]))]).toEqual(
      ['exponential_histogram', 'gauge', 'histogram', 'sum', 'summary'].map((kind) => `otel_metrics_${kind}`),
    );
    expect(await statementsFor({ ...asked, metricDays: 3 })).toEqual([]);
  });

  it('reaches tables from before the mark of Hinge, and none that it did not make', async () => {
    await tests.freshStore();
    await run("ALTER TABLE otel_traces MODIFY COMMENT ''");
    await again({ retentionDays: 14 });
    expect((await statementsOf(tests.engine.connection, tests.database)).otel_traces).toMatch(
      /^TTL .*toIntervalDay\(14\)$/m,
    );

    await createExporterTables(tests.engine.connection, 'theirs');
    const before = await statementsOf(tests.engine.connection, 'theirs');
    await tests.freshStore({ database: 'theirs', retentionDays: 14 });
    expect(await statementsOf(tests.engine.connection, 'theirs')).toEqual(before);
  });
});

describe('a slot whose spans are gone', () => {
  const NOON = DAY_MS / 2;
  const MINUTE = 60_000;
  /** On both sides of the midnight at which the older day ends; and a slot of few spans on the older day. */
  const specs = [
    ...Array.from({ length: 20 }, (_, i) => call(`n${i}`, 20, NOON + i)),
    call('lone', 20, NOON - 10 * MINUTE),
    call('last', 20, DAY_MS - 1),
    call('child', 19, 1_000),
    { ...call('parent', 20, DAY_MS - 2_000), trace: 'tchild' },
    call('first', 19, 2_000),
    call('later', 19, 2 * MINUTE),
  ];
  const range = { startMs: TODAY_MS - 21 * DAY_MS, endMs: TODAY_MS - 18 * DAY_MS };
  const derived = async (store: Store) => [
    (await store.cells(range)).map(plainCell),
    (await store.selfTimes(range)).map(plainSelfTime),
  ];

  async function sealedAndExpired(): Promise<{ store: Store; before: unknown }> {
    const sealing = await tests.freshStore({ retentionDays: null });
    await insertSpans(sealing, specs);
    await sealing.seal(Date.now());
    const before = await derived(sealing);
    expect(await sealing.cells(range)).toHaveLength(5);
    // The older day goes, the younger one stays.
    const store = await again({ retentionDays: 19 });
    await mutated();
    await expire();
    expect(await daysStored()).toEqual([19]);
    return { store, before };
  }

  it('is not sealed again, and reads as before, also at the edge of what expired', async () => {
    const { store, before } = await sealedAndExpired();
    expect(await store.seal(Date.now())).toEqual({ sealed: 0, resealed: 0 });
    expect(await derived(store)).toEqual(before);
  });

  it('is not sealed again for spans that come too late, however many', async () => {
    const { store, before } = await sealedAndExpired();
    await run('SYSTEM STOP TTL MERGES otel_traces');
    await insertSpans(
      store,
      Array.from({ length: 50 }, (_, i) => call(`late${i}`, 20, NOON - 10 * MINUTE + i)),
    );
    expect(await store.seal(Date.now())).toEqual({ sealed: 0, resealed: 0 });
    expect(await derived(store)).toEqual(before);
  });
});

async function mutated(): Promise<void> {
  const open = () =>
    withDatabase((database) =>
      database.rows({
        sql: 'SELECT table FROM system.mutations WHERE database = currentDatabase() AND NOT is_done',
        doing: 'list mutations',
      }),
    );
  await expect.poll(open, { timeout: 10_000 }).toEqual([]);
}

/** What is run to bring the tables to a retention. */
async function statementsFor(retention: Retention): Promise<string[]> {
  return withDatabase(async (database) => {
    const statements: string[] = [];
    const watched: Database = {
      ...database,
      run: (statement) => {
        statements.push(statement.sql);
        return database.run(statement);
      },
    };
    await applyRetention(watched, retention);
    return statements;
  });
}
