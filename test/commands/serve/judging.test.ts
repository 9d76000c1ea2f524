/** Judgements made in a thread are those made here, byte for byte; and its errors come with their code. */

import { expect, it, onTestFinished } from 'vitest';
import { DEFAULT_SETTINGS } from '../../../analysis/analyse.ts';
import type { Judgements } from '../../../commands/serve/judgements.ts';
import { openJudging } from '../../../commands/serve/open-judging.ts';
import { createUpgrades } from '../../../commands/serve/upgrades.ts';
import { HingeError } from '../../../errors.ts';
import { useEngine } from '../../support/engine.ts';
import { startFaultProxy } from '../../support/fault-proxy.ts';
import { insertSpans, type SpanSpec, T0_MS } from '../../support/spans.ts';

const tests = useEngine();
const MINUTE_MS = 60_000;
const HOUR_MS = 3_600_000;
const MINUTES = 4;
const CALLS_A_MINUTE = 24;
/** Four judgements. */
const TIMEOUT_MS = 120_000;
const judging = { settings: DEFAULT_SETTINGS, historyDays: 0, slotMs: MINUTE_MS, windowMs: MINUTES * MINUTE_MS };
const cutting = { slotSeconds: 60, sealDelaySeconds: 60, horizonSeconds: 60 };

/** Twice as slow from T0 on. */
function minuteOf(minute: number): SpanSpec[] {
  const isNew = minute >= 0;
  return Array.from({ length: CALLS_A_MINUTE }, (_, call) => ({
    ...{ trace: `${minute}.${call}`, span: 'a', service: 'shop', name: 'GET /', instance: `shop-${call % 6}` },
    ...{ startMs: minute * MINUTE_MS + call * 1_000, version: isNew ? 'v2' : 'v1' },
    durationMs: (isNew ? 2 : 1) * (10 + 5 * ((call * 7) % CALLS_A_MINUTE)),
  }));
}

async function upgraded() {
  const store = await tests.freshStore();
  await insertSpans(store, Array.from({ length: 2 * MINUTES }, (_, at) => at - MINUTES).flatMap(minuteOf));
  await store.seal(T0_MS + HOUR_MS);
  const here = createUpgrades({ ...judging, store, clock: () => T0_MS });
  const { id } = await here.start({ name: 'v2', changed: [{ service: 'shop', from: 'v1', to: 'v2' }] });
  await here.finish(id);
  return here;
}

function open(connection = tests.engine.connection) {
  const judgements = openJudging({ store: { connection, database: tests.database, ...cutting }, judging });
  onTestFinished(() => judgements[Symbol.asyncDispose]());
  return judgements;
}

it('the report and the evidence are the same', { timeout: TIMEOUT_MS }, async () => {
  const here = await upgraded();
  const there = open();
  const asked = await Promise.all([there.report('latest'), there.evidence()]);
  const expected = await Promise.all([here.report('latest'), here.evidence()]);

  expect(expected[0].verdict).toBe('regressed');
  expect(asked).toStrictEqual(expected);
  expect(JSON.stringify(asked)).toBe(JSON.stringify(expected));
});

it('what is not there is refused with the same words', async () => {
  const store = await tests.freshStore();
  const here = createUpgrades({ ...judging, store, clock: () => T0_MS });
  const thrownBy = (judgements: Judgements) => judgements.report('other').catch((thrown: unknown) => thrown);
  const thrown = await thrownBy(open());
  expect(thrown).toBeInstanceOf(HingeError);
  expect(thrown).toMatchObject({ code: 'NOT_FOUND', retryable: false });
  expect(thrown).toEqual(await thrownBy(here));
});

it('a store that does not answer is asked again at the next question', async () => {
  await tests.freshStore();
  const { connection } = tests.engine;
  const proxy = await startFaultProxy(connection.url);
  onTestFinished(() => proxy[Symbol.asyncDispose]());
  const there = open({ ...connection, url: proxy.url });
  proxy.break({ kind: 'reset' });
  await expect(there.evidence()).rejects.toMatchObject({ code: 'STORE_UNAVAILABLE', retryable: true });
  proxy.mend();
  expect(await there.evidence()).toBeNull();
});
