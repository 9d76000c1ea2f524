import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { connectDatabase } from '../../store/connect.ts';
import { removeSuperseded } from '../../store/sealing/seal.ts';
import type { Store } from '../../store/store.ts';
import { useEngine } from '../support/engine.ts';
import { plainCell, plainSelfTime } from '../support/plain-cells.ts';
import { insertSpans, type SpanSpec, spanBlocks, spanRow, T0_MS } from '../support/spans.ts';

const tests = useEngine();
const MINUTE = 60_000;
const HOUR = { startMs: T0_MS, endMs: T0_MS + 60 * MINUTE };
const LATER = T0_MS + 24 * 60 * MINUTE;

const call = (span: string, startMs: number, more: Partial<SpanSpec> = {}): SpanSpec => ({
  ...{ trace: `t${span}`, span, service: 's', name: 'op', startMs, durationMs: 1, instance: 'i' },
  ...more,
});

const everything = async (store: Store) => ({
  cells: (await store.cells(HOUR)).map(plainCell),
  selfTimes: (await store.selfTimes(HOUR)).map(plainSelfTime),
});

/** Direct access to the newest test database. */
async function withDatabase<T>(work: (database: ReturnType<typeof connectDatabase>) => Promise<T>): Promise<T> {
  await using database = connectDatabase(tests.engine.connection, tests.database);
  return await work(database);
}
const count = (table: string) =>
  withDatabase(async (database) => {
    const [row] = await database.rows<{ rows: number }>({
      sql: `SELECT count() AS rows FROM ${table}`,
      doing: 'count',
    });
    return row?.rows;
  });

describe('a slot', () => {
  it('is sealed once it is due: after its end, the delay, and the reach of its neighbours', async () => {
    const store = await tests.freshStore({ sealDelaySeconds: 90, horizonSeconds: 60 });
    await insertSpans(store, [call('a', 0), call('b', 3 * MINUTE)]);
    expect(await store.seal(T0_MS + MINUTE + 89_999)).toEqual({ sealed: 0, resealed: 0 });
    expect(await store.seal(T0_MS + MINUTE + 90_000)).toEqual({ sealed: 1, resealed: 0 });
    expect(await store.seal(LATER)).toEqual({ sealed: 1, resealed: 0 });
    expect(await store.seal(LATER)).toEqual({ sealed: 0, resealed: 0 });
    expect((await store.status()).sealedUntilMs).toBe(T0_MS + 4 * MINUTE);
  });

  it('reads the same before and after it is sealed', async () => {
    const store = await tests.freshStore();
    await insertSpans(store, [call('a', 0), call('b', 61_000, { parent: 'a', trace: 'ta' }), call('c', 2 * MINUTE)]);
    const fresh = await everything(store);
    await store.seal(T0_MS + 3 * MINUTE);
    const half = await everything(store);
    await store.seal(LATER);
    expect(fresh.cells).toHaveLength(3);
    expect(half).toEqual(fresh);
    expect(await everything(store)).toEqual(fresh);
  });

  it('is in a range when it begins in it, and all are in the range of the data', async () => {
    const store = await tests.freshStore();
    await insertSpans(store, [call('a', 30_000), call('b', 90_000)]);
    const slots = async (startMs: number, endMs: number) =>
      (await store.cells({ startMs: T0_MS + startMs, endMs: T0_MS + endMs })).map(({ slotMs }) => slotMs - T0_MS);
    expect(await slots(0, MINUTE)).toEqual([0]);
    expect(await slots(1, MINUTE + 1)).toEqual([MINUTE]);
    expect(await slots(1, MINUTE)).toEqual([]);
    expect(await store.dataRange()).toEqual({ startMs: T0_MS, endMs: T0_MS + 2 * MINUTE });
  });

  it('holds what begins in its last millisecond, also when the next slot is not asked for', async () => {
    const store = await tests.freshStore();
    await insertSpans(store, [call('a', -1), call('b', 1)]);
    const before = { startMs: T0_MS - MINUTE, endMs: T0_MS };
    const fresh = (await store.cells(before)).map(plainCell);
    await store.seal(LATER);
    expect(fresh).toMatchObject([{ slotMs: T0_MS - MINUTE, calls: 1 }]);
    expect((await store.cells(before)).map(plainCell)).toEqual(fresh);
  });

  it('is sealed again when rows come late, and so is what can see them', async () => {
    const store = await tests.freshStore();
    await insertSpans(store, [call('a', 0), call('b', 2 * MINUTE), call('c', 10 * MINUTE)]);
    await store.seal(LATER);
    await insertSpans(store, [call('d', MINUTE)]);
    expect((await store.cells(HOUR)).map(({ calls }) => calls)).toEqual([1, 1, 1, 1]);
    expect(await store.seal(LATER)).toEqual({ sealed: 1, resealed: 2 });
    await insertSpans(store, [call('e', 10)]);
    expect(await store.seal(LATER)).toEqual({ sealed: 0, resealed: 2 });
    expect((await store.cells(HOUR)).map(({ calls }) => calls)).toEqual([2, 1, 1, 1]);
  });

  it('is read as it is now when rows came late, also before it is sealed again', async () => {
    const store = await tests.freshStore();
    const [early, late] = [call('a', 0), call('b', 1, { trace: 'ta', parent: 'a' })];
    await insertSpans(store, [early, call('far', 10 * MINUTE)]);
    await store.seal(LATER);
    await insertSpans(store, [late]);
    const unsealed = await everything(store);
    await store.seal(LATER);

    expect(unsealed.cells.reduce((sum, { calls }) => sum + calls, 0)).toBe(3);
    expect(await everything(store)).toEqual(unsealed);
  });

  it('counts a repeat that comes after sealing no second time', async () => {
    const store = await tests.freshStore();
    await insertSpans(store, [call('a', 0), call('b', 1)]);
    await store.seal(LATER);
    const before = await everything(store);
    // Another grouping has another token: only the ids tell that this is a repeat.
    await insertSpans(store, [call('b', 1)]);
    expect((await store.status()).spans).toBe(3);
    expect(await store.seal(LATER)).toEqual({ sealed: 0, resealed: 1 });
    expect(await everything(store)).toEqual(before);
  });

  it('does not count rows of a sealing that broke off', async () => {
    const store = await tests.freshStore();
    await insertSpans(store, [call('a', 0)]);
    const fresh = await everything(store);
    await withDatabase((database) =>
      database.run({
        sql: `INSERT INTO cells (slot, version, service, calls) VALUES (${T0_MS / 1000}, toUnixTimestamp64Micro(now64(6)), 'half', 9)`,
        doing: 'leave a row without a seal',
      }),
    );
    expect(await everything(store)).toEqual(fresh);
    await store.seal(LATER);
    expect(await everything(store)).toEqual(fresh);
  });

  it('is sealed anew for another width', async () => {
    const store = await tests.freshStore();
    await insertSpans(store, [call('a', 0), call('b', 30_000)]);
    await store.seal(LATER);
    const fine = await tests.freshStore({ slotSeconds: 5, database: tests.database });
    expect(await fine.seal(LATER)).toEqual({ sealed: 2, resealed: 0 });
    expect((await fine.cells(HOUR)).map(({ slotMs, calls }) => [slotMs - T0_MS, calls])).toEqual([
      [0, 1],
      [30_000, 1],
    ]);
    expect((await store.cells(HOUR)).map(({ slotMs, calls }) => [slotMs - T0_MS, calls])).toEqual([[0, 2]]);
  });

  it('keeps its cells when retention drops its spans', async () => {
    const store = await tests.freshStore();
    await insertSpans(store, [call('a', 0)]);
    await store.seal(LATER);
    await withDatabase((database) => database.run({ sql: 'TRUNCATE TABLE otel_traces', doing: 'drop the spans' }));
    expect(await store.seal(LATER)).toEqual({ sealed: 0, resealed: 0 });
    expect((await store.cells(HOUR)).map(plainCell)).toMatchObject([{ service: 's', calls: 1 }]);
  });

  it('is sealed by one of several passes at once', async () => {
    const store = await tests.freshStore();
    await insertSpans(store, [call('a', 0), call('b', 5 * MINUTE)]);
    const passes = await Promise.all([store.seal(LATER), store.seal(LATER), store.seal(LATER)]);
    expect(passes.reduce((total, { sealed }) => total + sealed, 0)).toBe(2);
    expect((await store.cells(HOUR)).map(({ calls }) => calls)).toEqual([1, 1]);
  });
});

it('removes rows of superseded sealings, and nothing that counts', async () => {
  const store = await tests.freshStore();
  await insertSpans(store, [call('a', 0), call('b', 5 * MINUTE)]);
  await store.seal(LATER);
  await insertSpans(store, [call('c', 1)]);
  await store.seal(LATER);
  const before = await everything(store);
  expect(await count('seals')).toBe(3);
  await withDatabase((database) => removeSuperseded(database, Number.MAX_SAFE_INTEGER));
  expect(await count('seals')).toBe(2);
  expect(await count('cells')).toBe(2);
  expect(await everything(store)).toEqual(before);
});

it('shows boards the newest sealing only', async () => {
  const store = await tests.freshStore();
  await insertSpans(store, [call('a', 0)]);
  await store.seal(LATER);
  await insertSpans(store, [call('b', 1)]);
  await store.seal(LATER);
  const rows = await withDatabase((database) =>
    database.rows({ sql: 'SELECT service, calls FROM sealed_cells', doing: 'read a view' }),
  );
  expect(rows).toEqual([{ service: 's', calls: 2 }]);
});

describe('the same spans give the same cells', () => {
  const generated = fc.record({
    span: fc.integer({ min: 0, max: 60 }),
    parent: fc.option(fc.integer({ min: 0, max: 60 })),
    trace: fc.integer({ min: 0, max: 3 }),
    service: fc.constantFrom('web', 'cart', 'pay'),
    kind: fc.constantFrom('Server', 'Client', 'Internal', 'Producer', 'Consumer'),
    startMs: fc.integer({ min: 0, max: 5 * MINUTE }),
    durationMs: fc.integer({ min: 0, max: 200 }),
    status: fc.constantFrom('Unset', 'Error'),
    name: fc.constantFrom('GET', 'POST'),
  });
  const specsOf = (drawn: readonly (typeof generated extends fc.Arbitrary<infer T> ? T : never)[]): SpanSpec[] =>
    [...new Map(drawn.map((one) => [`${one.trace}/${one.span}`, one])).values()].map(
      ({ parent, span, trace, kind, ...rest }) => ({
        ...rest,
        kind: kind as 'Server',
        trace: `${trace}`,
        span: `${span}`,
        instance: `${span % 2}`,
        ...(parent === null ? {} : { parent: `${parent}` }),
      }),
    );
  const deliveries = fc.array(generated, { minLength: 1, maxLength: 60 }).chain((drawn) => {
    const specs = specsOf(drawn);
    const order = fc.shuffledSubarray(specs, { minLength: specs.length, maxLength: specs.length });
    return fc.record({
      specs: fc.constant(specs),
      order,
      repeats: fc.subarray(specs),
      cut: fc.integer({ min: 1, max: 60 }),
      sealBetween: fc.boolean(),
    });
  });

  it('whatever their order, batching, repetition and the moments of sealing', async () => {
    await fc.assert(
      fc.asyncProperty(deliveries, async ({ specs, order, repeats, cut, sealBetween }) => {
        const plain = await tests.freshStore();
        await insertSpans(plain, specs);
        const expected = await everything(plain);

        const odd = await tests.freshStore();
        await insertSpans(odd, order.slice(0, cut));
        if (sealBetween) await odd.seal(T0_MS + 4 * MINUTE);
        for (const rest of [order.slice(cut), repeats]) {
          for (const block of spanBlocks(rest.map(spanRow)))
            await odd.insert({ ...block, token: `${block.token} again` });
        }
        await odd.seal(LATER);
        expect(await everything(odd)).toEqual(expected);
      }),
      { numRuns: 6, seed: 20260302 },
    );
  }, 120_000);
});
