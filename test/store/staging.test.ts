/** Spans at hand while their slots are sealed: read once, given up in time, and nobody else's. */
import { describe, expect, it } from 'vitest';
import { connectDatabase } from '../../store/connect.ts';
import { useEngine } from '../support/engine.ts';
import { insertSpans, type SpanSpec, T0_MS } from '../support/spans.ts';

const tests = useEngine();
const MINUTE = 60_000;
const HOUR = { startMs: T0_MS, endMs: T0_MS + 60 * MINUTE };
/** When the slot that begins `minute` minutes after the first is due. */
const dueMs = (minute: number) => T0_MS + (minute + 2) * MINUTE;

const call = (span: string, minute: number, more: Partial<SpanSpec> = {}): SpanSpec => ({
  ...{ trace: `t${span}`, span, service: 's', name: 'op', startMs: minute * MINUTE, durationMs: 1, instance: 'i' },
  ...more,
});

async function atHand(): Promise<{ slot: number; rows: number }[]> {
  await using database = connectDatabase(tests.engine.connection, tests.database);
  return await database.rows({
    sql: `SELECT intDiv(slot - ${T0_MS / 1000}, 60) AS slot, count() AS rows FROM staged_spans GROUP BY slot ORDER BY slot`,
    doing: 'look',
  });
}

describe('the spans at hand', () => {
  it('are those that the next slots can still see', async () => {
    const store = await tests.freshStore({ sealDelaySeconds: 60, horizonSeconds: 60 });
    await insertSpans(
      store,
      [0, 1, 2, 3, 4].map((minute) => call(`s${minute}`, minute)),
    );
    await store.seal(dueMs(0));
    expect(await atHand()).toEqual([0, 1].map((slot) => ({ slot, rows: 1 })));
    await store.seal(dueMs(1));
    await store.seal(dueMs(2));
    expect((await atHand()).map(({ slot }) => slot)).toEqual([2, 3]);
  });

  it('are read again where rows came since, each once', async () => {
    const store = await tests.freshStore({ sealDelaySeconds: 60, horizonSeconds: 60 });
    await insertSpans(store, [call('a', 0), call('b', 1), call('c', 2)]);
    await store.seal(dueMs(0));
    await insertSpans(store, [call('d', 1), call('b', 1)]);
    await store.seal(dueMs(1));
    expect(await atHand()).toEqual([
      { slot: 0, rows: 1 },
      { slot: 1, rows: 2 },
      { slot: 2, rows: 1 },
    ]);
    expect((await store.cells(HOUR)).map(({ calls }) => calls)).toEqual([1, 2, 1]);
  });

  it('stay when rows come before and after them, each with the variants of its slot', async () => {
    const store = await tests.freshStore({ sealDelaySeconds: 60, horizonSeconds: 60 });
    const flagged = (span: string, minute: number) =>
      call(span, minute, {
        attributes: { 'feature_flag.key': 'f', 'feature_flag.result.variant': `v${minute}` },
      });
    await insertSpans(store, [flagged('b', 1)]);
    await store.seal(dueMs(1));
    await insertSpans(store, [flagged('a', 0), flagged('c', 2)]);
    await store.seal(dueMs(1));
    expect((await atHand()).map(({ rows }) => rows)).toEqual([1, 1, 1]);
    expect((await store.cells(HOUR)).map(({ calls, variant }) => [calls, variant])).toEqual([
      [1, 'f=v0'],
      [1, 'f=v1'],
      [1, 'f=v2'],
    ]);
  });

  it('tell the variants of a span that gave way to another of the same id', async () => {
    const store = await tests.freshStore({ sealDelaySeconds: 60, horizonSeconds: 60 });
    const flagged = call('a', 0, { attributes: { 'feature_flag.key': 'f', 'feature_flag.result.variant': 'on' } });
    await insertSpans(store, [call('a', 0), flagged]);
    await store.seal(dueMs(0));
    expect((await store.cells(HOUR)).map(({ calls, variant }) => [calls, variant])).toEqual([[1, 'f=on']]);
  });

  it('of one sealer are not those of another', async () => {
    const first = await tests.freshStore({ sealDelaySeconds: 60, horizonSeconds: 60 });
    const second = await tests.freshStore({ database: tests.database, sealDelaySeconds: 60, horizonSeconds: 60 });
    await insertSpans(first, [call('a', 0), call('b', 1), call('c', 2)]);
    await first.seal(dueMs(0));
    await second.seal(dueMs(1));
    await first.seal(dueMs(5));
    expect((await first.cells(HOUR)).map(({ calls }) => calls)).toEqual([1, 1, 1]);
  });

  it('that a restart of the engine took are missed, and read again', async () => {
    const store = await tests.freshStore({ sealDelaySeconds: 60, horizonSeconds: 60 });
    await insertSpans(store, [call('a', 0), call('b', 1), call('c', 2), call('d', 3)]);
    await store.seal(dueMs(0));
    await using database = connectDatabase(tests.engine.connection, tests.database);
    // A restart leaves the table, and nothing in it.
    await database.run({ sql: 'TRUNCATE TABLE staged_spans', doing: 'forget' });
    await expect(store.seal(dueMs(1))).rejects.toMatchObject({ code: 'STORE_UNAVAILABLE', retryable: true });
    expect(await store.seal(dueMs(1))).toEqual({ sealed: 1, resealed: 0 });
    expect((await store.cells(HOUR)).map(({ calls }) => calls)).toEqual([1, 1, 1, 1]);
  });

  it('that should be gone and are not are missed as well', async () => {
    const store = await tests.freshStore({ sealDelaySeconds: 60, horizonSeconds: 60 });
    await insertSpans(store, [call('a', 0), call('b', 1), call('c', 2)]);
    await store.seal(dueMs(0));
    await using database = connectDatabase(tests.engine.connection, tests.database);
    await database.run({
      sql: 'INSERT INTO staged_spans SELECT * REPLACE (99 AS load) FROM staged_spans',
      doing: 'leave a load there',
    });
    await expect(store.seal(dueMs(1))).rejects.toMatchObject({ code: 'STORE_UNAVAILABLE', retryable: true });
    expect(await store.seal(dueMs(1))).toEqual({ sealed: 1, resealed: 0 });
    expect((await store.cells(HOUR)).map(({ calls }) => calls)).toEqual([1, 1, 1]);
  });

  it('are given up when the store closes', async () => {
    const store = await tests.freshStore();
    await insertSpans(store, [call('a', 0), call('b', 1)]);
    await store.seal(dueMs(0));
    expect(await atHand()).toHaveLength(2);
    await store[Symbol.asyncDispose]();
    expect(await atHand()).toEqual([]);
  });

  it('of a sealer that ended are removed by another, hours later', async () => {
    const store = await tests.freshStore();
    await insertSpans(store, [call('a', 0)]);
    await using database = connectDatabase(tests.engine.connection, tests.database);
    for (const [sealer, hours] of Object.entries({ 7: 4, 8: 2 })) {
      await database.run({
        sql: `INSERT INTO staged_spans (sealer, load, slot, brought) SELECT ${sealer}, 1, ${T0_MS / 1000}, now() - INTERVAL ${hours} HOUR`,
        doing: 'leave a load behind',
      });
    }
    await store.seal(dueMs(10));
    const left = await database.rows({
      sql: 'SELECT DISTINCT sealer FROM staged_spans WHERE sealer IN (7, 8)',
      doing: 'look',
    });
    expect(left).toEqual([{ sealer: 8 }]);
    expect((await store.cells(HOUR)).map(({ calls }) => calls)).toEqual([1]);
  });
});
