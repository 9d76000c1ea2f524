/** Replays out of a real store: an upgrade that made its service slow, one that did nothing, and one that somebody else spoilt. */
import { expect, it, vi } from 'vitest';
import { DEFAULT_SETTINGS } from '../../../analysis/analyse.ts';
import { createAsOf } from '../../../commands/replay/as-of.ts';
import { type ReplayPolicy, replayUpgrade } from '../../../commands/replay/replay.ts';
import { replayApart } from '../../../commands/replay/replay-apart.ts';
import { createUpgrades } from '../../../commands/serve/upgrades.ts';
import { chain } from '../../../flags/journal.ts';
import type { Readable } from '../../../store/reader.ts';
import { useEngine } from '../../support/engine.ts';
import { insertSpans, type SpanSpec, T0_MS } from '../../support/spans.ts';

const engine = useEngine();
vi.setConfig({ testTimeout: 120_000 });
const MINUTE_MS = 60_000;
const CUTTING = { slotSeconds: 60, sealDelaySeconds: 60, horizonSeconds: 60 };
const BEFORE = 10;
const AFTER = 10;
const CALLS_A_MINUTE = 60;

const SLO = { name: 'shop', service: 'shop', indicator: 'latency', thresholdMs: 60, objective: 0.95 } as const;
const POLICY: ReplayPolicy = {
  behaviours: [
    {
      ...{ name: 'retries', service: 'shop', flag: 'shop.retry', environment: 'production', slos: [SLO.name] },
      ...{ mode: 'dry-run', burn: [{ longMs: 2 * MINUTE_MS, shortMs: MINUTE_MS, rate: 4 }], minEvents: 20 },
    },
  ],
  slos: [SLO],
  lateMs: 5 * MINUTE_MS,
};

/** A minute of calls on six instances; the new build is slower by the factor from a minute on. */
function minuteOf(minute: number, factor: number, fromMinute: number): SpanSpec[] {
  const startMs = minute * MINUTE_MS;
  return Array.from({ length: CALLS_A_MINUTE }, (_, call) => ({
    ...{ trace: `${minute}.${call}`, span: 'a', service: 'shop', name: 'GET /', startMs: startMs + call * 1_000 },
    durationMs: (minute >= fromMinute ? factor : 1) * (10 + 2 * ((call * 7) % 20)),
    ...{ instance: `shop-${call % 6}`, version: minute >= 0 ? 'v2' : 'v1' },
  }));
}

async function upgraded(factor: number, changed = 'shop', fromMinute = 0) {
  const store = await engine.freshStore();
  const minutes = Array.from({ length: BEFORE + AFTER + 1 }, (_, index) => index - BEFORE);
  await insertSpans(
    store,
    minutes.flatMap((minute) => minuteOf(minute, factor, fromMinute)),
  );
  const shape = { settings: DEFAULT_SETTINGS, historyDays: 0, slotMs: MINUTE_MS, windowMs: AFTER * MINUTE_MS };
  const upgrades = createUpgrades({ store, ...shape, clock: () => T0_MS });
  const { id } = await upgrades.start({ name: 'v2', changed: [{ service: changed, from: 'v1', to: 'v2' }] });
  await upgrades.finish(id);
  const times = { settledMs: 0, intervalMs: 10_000 };
  const place = { connection: engine.engine.connection, database: engine.database, ...CUTTING };
  return {
    ...{ store, id },
    replay: (policy = POLICY) => replayUpgrade({ store, upgrades, ...shape, ...times }, id, policy),
    replayApart: (signal: AbortSignal) =>
      replayApart({ store: place, judging: shape, ...times, id, policy: POLICY }, signal),
  };
}

it('of an upgrade that made its service slow: right, and soon after the first breach', async () => {
  const { replay, id } = await upgraded(4);
  const { upgrade, report, items } = await replay();
  expect([upgrade.id, report.verdict]).toEqual([id, 'regressed']);
  const [item] = items;
  expect(item).toMatchObject({
    verdict: 'right',
    flag: 'shop.retry',
    text: expect.stringContaining('turn shop.retry off'),
  });
  expect(item?.firstBreachMs).toBeGreaterThan(T0_MS);
  expect(item?.actedMs).toBeGreaterThanOrEqual(item?.firstBreachMs ?? Number.POSITIVE_INFINITY);
  expect(item?.actedMs).toBeLessThanOrEqual(T0_MS + 4 * MINUTE_MS);
  expect(await replay()).toMatchObject({ items });
});

it('with a rule that asks for more than the fault burns: missed', async () => {
  const { replay } = await upgraded(4);
  const [behaviour] = POLICY.behaviours;
  if (behaviour === undefined) throw new Error('the policy has a behaviour');
  const deaf = { ...behaviour, burn: [{ longMs: 9 * MINUTE_MS, shortMs: MINUTE_MS, rate: 19.99 }], minEvents: 10_000 };
  const { items } = await replay({ ...POLICY, behaviours: [deaf] });
  expect(items).toMatchObject([{ verdict: 'missed', actedMs: null, because: expect.stringContaining('blames shop') }]);
});

it('of an upgrade that changed nothing for the worse: quiet', async () => {
  const { replay } = await upgraded(1);
  expect((await replay()).items).toMatchObject([{ verdict: 'quiet', actedMs: null, firstBreachMs: null }]);
});

it('says the same in a thread', async () => {
  const { replay, replayApart } = await upgraded(4);
  const closing = new AbortController();
  expect(await replayApart(closing.signal)).toStrictEqual(await replay());
  const cutOff = replayApart(closing.signal);
  closing.abort();
  await expect(cutOff).rejects.toMatchObject({ code: 'INTERNAL' });
});

it('ends where the flag was turned down in fact', async () => {
  const { replay, store, id } = await upgraded(4, 'shop', 6);
  const line = chain(undefined, {
    ...{ atMs: T0_MS + 3 * MINUTE_MS, actor: 'hinge', flag: 'shop.retry', environment: 'production', upgradeId: id },
    ...{ state: 'KILL', intent: '{"kind":"disable"}', text: '', evidence: '{}' },
  });
  await store.journal.append(line);
  const { range, items } = await replay();
  expect(range).toEqual({ startMs: T0_MS, endMs: T0_MS + 3 * MINUTE_MS });
  expect(items).toMatchObject([{ actedMs: null }]);
});

it('knows nothing of what came later', async () => {
  const { store } = await upgraded(4);
  const time = { nowMs: T0_MS + 90_000 };
  const range = { startMs: T0_MS - BEFORE * MINUTE_MS, endMs: T0_MS + AFTER * MINUTE_MS };
  const asOf: Readable = (await createAsOf({ store, time, range, slotMs: MINUTE_MS })).store;
  expect((await asOf.status()).newestSpanMs).toBe(time.nowMs);
  expect(Math.max(...(await asOf.cells(range)).map(({ slotMs }) => slotMs))).toBe(T0_MS);
  expect((await asOf.eventCounts(SLO, [range]))[0]?.total).toBe((BEFORE + 1.5) * CALLS_A_MINUTE);
  time.nowMs = T0_MS - 1;
  expect(await asOf.upgrades.list()).toEqual([]);
});

it('counts from cells what spans tell no longer, whichever endpoint comes first', async () => {
  const store = await engine.freshStore();
  const [minutes, endpoints] = [
    10,
    [
      { name: 'POST /old', from: 0 },
      { name: 'GET /fresh', from: 6 },
    ] as const,
  ];
  const spans = Array.from({ length: minutes }, (_, minute) => minute).flatMap((minute) =>
    endpoints.flatMap(({ name, from }): SpanSpec[] => {
      const span = { trace: `${name} ${minute}`, span: 'a', service: 'shop', name, durationMs: 10 };
      return minute < from ? [] : [{ ...span, startMs: minute * MINUTE_MS + 1 }];
    }),
  );
  await insertSpans(store, spans);
  const [range, oldestSpanMs] = [{ startMs: T0_MS, endMs: T0_MS + minutes * MINUTE_MS }, T0_MS + 6 * MINUTE_MS];
  const expired: Readable = {
    ...store,
    status: async () => ({ ...(await store.status()), oldestSpanMs }),
    eventSeries: (slo, { endMs }) => store.eventSeries(slo, { startMs: oldestSpanMs, endMs }),
  };
  const asOf = await createAsOf({ store: expired, time: { nowMs: range.endMs }, range, slotMs: MINUTE_MS });
  const [counts] = await asOf.store.eventCounts(SLO, [range]);
  expect(counts).toEqual({ good: spans.length, total: spans.length });
});
