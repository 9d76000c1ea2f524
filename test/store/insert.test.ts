import { setTimeout as sleep } from 'node:timers/promises';
import { ClickHouseError } from '@clickhouse/client';
import { describe, expect, it } from 'vitest';
import { HingeError } from '../../errors.ts';
import type { InsertBlock } from '../../model.ts';
import { toHingeError } from '../../store/faults.ts';
import { openStore } from '../../store/store.ts';
import { silentLog, useEngine } from '../support/engine.ts';
import { type SpanSpec, spanBlocks, spanRow, T0_MS } from '../support/spans.ts';

const tests = useEngine();

const blockOf = (...specs: readonly Partial<SpanSpec>[]): InsertBlock => {
  const rows = specs.map((spec) =>
    spanRow({ trace: 't', span: 's', service: 'web', name: 'op', startMs: 0, durationMs: 1, ...spec }),
  );
  const [block] = spanBlocks(rows);
  if (block === undefined) throw new Error('no rows');
  return block;
};

describe('an insert', () => {
  it('is stored once it returns', async () => {
    const store = await tests.freshStore();
    expect(await store.dataRange()).toBeNull();
    await store.insert(blockOf({ span: 'a' }, { span: 'b', startMs: 1500 }));
    expect(await store.dataRange()).toEqual({ startMs: T0_MS, endMs: T0_MS + 60_000 });
    expect(await store.status()).toMatchObject({
      spans: 2,
      oldestSpanMs: T0_MS,
      newestSpanMs: T0_MS + 1500,
      sealedUntilMs: null,
    });
    expect((await store.status()).bytesOnDisk).toBeGreaterThan(0);
  });

  it('with a token that was stored before writes nothing', async () => {
    const store = await tests.freshStore();
    const block = blockOf({ span: 'a' });
    await store.insert(block);
    await store.insert(block);
    expect((await store.status()).spans).toBe(1);
    await store.insert({ ...block, token: 'another' });
    expect((await store.status()).spans).toBe(2);
  });

  it('of nothing is done', async () => {
    const store = await tests.freshStore();
    await store.insert({ ...blockOf({}), rows: 0, body: [] });
    expect((await store.status()).spans).toBe(0);
  });

  it.each<[string, Partial<InsertBlock>]>([
    ['a body that is no row', { body: [Buffer.from('not JSON')] }],
    ['a column of another type', { body: [Buffer.from('{"Timestamp":"2026-03-02 10:00:00","Duration":"long"}')] }],
    [
      'a column that the table does not have',
      { body: [Buffer.from('{"Timestamp":"2026-03-02 10:00:00","Colour":"red"}')] },
    ],
    ['a broken Native block', { format: 'Native', body: [Buffer.from([1, 2, 3, 4, 5])] }],
    ['a table that is not for telemetry', { table: 'journal' as 'otel_traces' }],
  ])('is refused for good with %s, and stores nothing', async (_, wrong) => {
    const store = await tests.freshStore();
    const error = await store.insert({ ...blockOf({}), ...wrong }).catch((thrown: unknown) => thrown);
    expect(error).toMatchObject({ code: 'STORE_REFUSED', retryable: false });
    expect((error as HingeError).message).not.toMatch(/\n/);
    expect((await store.status()).spans).toBe(0);
  });

  it('survives kill -9 of the engine at any moment, once: what was acknowledged is there, what was not may be sent again', async () => {
    const store = await tests.freshStore();
    const { engine } = tests;
    const blocks = Array.from({ length: 60 }, (_, i) =>
      blockOf(...Array.from({ length: 50 }, (_, k) => ({ trace: `t${i}`, span: `${k}`, startMs: i }))),
    );
    let kills = 0;
    for (const [i, block] of blocks.entries()) {
      if (i % 20 === 10) {
        setTimeout(() => process.kill(engine.pid, 'SIGKILL'), kills * 2);
        kills += 1;
      }
      await untilCommitted(() => store.insert(block));
    }
    expect(kills).toBe(3);
    expect((await store.status()).spans).toBe(60 * 50);
  }, 60_000);
});

async function untilCommitted(insert: () => Promise<void>): Promise<void> {
  for (;;) {
    try {
      return await insert();
    } catch (error) {
      if (!(error instanceof HingeError && error.retryable)) throw error;
      await sleep(50);
    }
  }
}

describe('a fault of ClickHouse', () => {
  const clickhouse = (code: string) => new ClickHouseError({ message: 'Something.\n And more.', code, type: 'X' });
  it.each<[string, unknown, string, boolean, RegExp]>([
    ['a full disk', clickhouse('243'), 'STORE_UNAVAILABLE', true, /disk is full: free space/],
    ['too many parts', clickhouse('252'), 'STORE_UNAVAILABLE', true, /too many parts/],
    ['memory', clickhouse('241'), 'STORE_UNAVAILABLE', true, /memory/],
    ['a wrong password', clickhouse('516'), 'STORE_REFUSED', false, /user and password/],
    ['a syntax error', clickhouse('62'), 'STORE_REFUSED', false, /Something. And more/],
    [
      'no connection',
      Object.assign(new Error(''), { code: 'ECONNREFUSED' }),
      'STORE_UNAVAILABLE',
      true,
      /ECONNREFUSED/,
    ],
    ['a timeout', new Error('Timeout error.'), 'STORE_UNAVAILABLE', true, /Timeout/],
  ])('%s is told in one line with what to do', (_, thrown, code, retryable, text) => {
    const error = toHingeError(thrown, 'insert 1 row', 'http://127.0.0.1:1');
    expect(error).toMatchObject({ code, retryable, cause: thrown });
    expect(error.message).toMatch(text);
    expect(error.message).not.toMatch(/\n/);
  });

  it('is kept as it is when it was told before', () => {
    const told = new HingeError('NOT_FOUND', 'no');
    expect(toHingeError(told, 'x', 'y')).toBe(told);
  });
});

it('waits a few seconds for a ClickHouse that is not there, then says so', async () => {
  const options = { database: 'hinge', slotSeconds: 60, sealDelaySeconds: 60, horizonSeconds: 60, log: silentLog };
  const store = openStore({ ...options, connection: { url: 'http://127.0.0.1:9', username: 'hinge', password: '' } });
  await expect(store).rejects.toMatchObject({ code: 'STORE_UNAVAILABLE', retryable: true });
});

it('answers a ping while the engine runs, and not while it is down', async () => {
  const store = await tests.freshStore();
  expect(await store.ping()).toBe(true);
  process.kill(tests.engine.pid, 'SIGKILL');
  const answers: boolean[] = [];
  while (!answers.includes(false)) answers.push(await store.ping());
  while (!answers.at(-1)) answers.push(await store.ping());
  expect(answers.at(-1)).toBe(true);
});
