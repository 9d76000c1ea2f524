/** The report of an upgrade out of a real store: the same hours of earlier days stand as its control. */

import { describe, expect, it } from 'vitest';
import { DEFAULT_SETTINGS } from '../../analysis/analyse.ts';
import { createUpgrades } from '../../commands/serve/upgrades.ts';
import { chain } from '../../flags/journal.ts';
import type { ControllerState, JournalEntry } from '../../model.ts';
import { useEngine } from '../support/engine.ts';
import { insertSpans, type SpanSpec, T0_MS } from '../support/spans.ts';

const engine = useEngine();
const MINUTE_MS = 60_000;
const MINUTES = 10;
const DAY_MS = 86_400_000;
const DAYS = 4;
const CALLS_A_MINUTE = 24;
/** Every day the ten minutes from T0 on are slower by this. */
const RUSH = 1.3;
const TIMEOUT_MS = 120_000;

/** Latencies that spread alike in every minute. */
function minuteOf(startMs: number): SpanSpec[] {
  const daytimeMs = ((startMs % DAY_MS) + DAY_MS) % DAY_MS;
  const factor = daytimeMs < MINUTES * MINUTE_MS ? RUSH : 1;
  return Array.from({ length: CALLS_A_MINUTE }, (_, call) => ({
    ...{ trace: `${startMs / MINUTE_MS}.${call}`, span: 'a', service: 'shop', name: 'GET /' },
    ...{ startMs: startMs + call * 1_000, durationMs: factor * (10 + 5 * ((call * 7) % CALLS_A_MINUTE)) },
    ...{ instance: `shop-${call % 6}`, version: startMs >= 0 ? 'v2' : 'v1' },
  }));
}

async function reportWith(historyDays: number) {
  const upgrades = await upgradedOnce(historyDays, MINUTES);
  return upgrades.report('latest');
}

async function upgradedOnce(historyDays: number, windowMinutes: number) {
  const store = await engine.freshStore();
  const days = Array.from({ length: historyDays + 1 }, (_, day) => -day * DAY_MS);
  const starts = days.flatMap((dayMs) =>
    Array.from({ length: 2 * MINUTES + 1 }, (_, minute) => dayMs + (minute - MINUTES) * MINUTE_MS),
  );
  await insertSpans(store, starts.flatMap(minuteOf));
  const upgrades = createUpgrades({
    ...{ store, settings: DEFAULT_SETTINGS, historyDays, slotMs: MINUTE_MS, windowMs: windowMinutes * MINUTE_MS },
    clock: () => T0_MS,
  });
  const { id } = await upgrades.start({ name: 'v2', changed: [{ service: 'shop', from: 'v1', to: 'v2' }] });
  await upgrades.finish(id);
  return upgrades;
}

it('whose flag was turned down, and that helped, is reported with its suspect confirmed', async () => {
  const store = await engine.freshStore();
  const minutes = Array.from({ length: 11 }, (_, minute) => (minute - 5) * MINUTE_MS);
  await insertSpans(store, minutes.flatMap(minuteOf));
  const parts = { store, settings: DEFAULT_SETTINGS, historyDays: 0, slotMs: MINUTE_MS, windowMs: 5 * MINUTE_MS };
  const upgrades = createUpgrades({ ...parts, clock: () => T0_MS });
  const { id } = await upgrades.start({ name: 'v2', changed: [{ service: 'shop', from: 'v1', to: 'v2' }] });
  let last: JournalEntry | undefined;
  const write = async (seconds: number, state: ControllerState) => {
    const change = { change: { kind: 'disable' }, decidedMs: T0_MS + 120_000 };
    const carried = { service: 'shop', state: { breach: { slo: 's', badShare: 0.5 }, change, clearMs: 1 } };
    const readings = { slos: [{ slo: 's', recovery: { good: 99, total: 100 } }] };
    last = chain(last, {
      ...{ atMs: T0_MS + seconds * 1_000, actor: 'hinge', flag: 'shop.retry', environment: 'production', state },
      ...{ upgradeId: id, intent: state === 'KILL' ? '{}' : '', text: state },
      evidence: JSON.stringify({ ...carried, readings }),
    });
    await store.journal.append(last);
  };
  await write(120, 'KILL');
  await write(121, 'VERIFY_PUBLISHED');
  await write(122, 'VERIFY_RECOVERY');
  expect((await upgrades.report(id)).suspects.map(({ intervention }) => intervention)).not.toContain('confirmed');
  await write(150, 'HOLD');
  const report = await upgrades.report(id);
  expect(report.suspects[0]).toMatchObject({ rank: 1, service: 'shop', intervention: 'confirmed' });
  expect(report.suspects[0]?.evidence[0]).toMatch(/fell from 50\.0 % to 1\.00 % within 30 s \(journal line 4\)$/);
  expect(report.headline).toMatch(/ shop is confirmed by intervention\.$/);
});

describe('an upgrade at the hour of the rush', { timeout: TIMEOUT_MS }, () => {
  it('is blamed for the rush where no earlier day is known', async () => {
    const report = await reportWith(0);
    expect(report.control).toBe('before-after');
    expect(report.verdict).toBe('regressed');
  });

  it('is not, where four earlier days show it too', async () => {
    const report = await reportWith(DAYS);
    expect(report.control).toBe('history');
    expect(report.findings.filter(({ verdict }) => verdict === 'regressed')).toEqual([]);
    const median = report.findings.find(({ signal }) => signal === 'latency.p50');
    expect(median?.control).toBe('history');
    expect(median?.ratio).toBeCloseTo(1, 2);
  });

  it.each([
    ['complete', MINUTES, true],
    ['complete, though it is no whole number of slots', MINUTES - 0.5, true],
    ['open while telemetry is missing at its end', MINUTES + 1, false],
  ])('its evidence is %s', async (_, windowMinutes, isComplete) => {
    const upgrades = await upgradedOnce(0, windowMinutes);
    expect(await upgrades.evidence()).toMatchObject({ upgrade: { id: 'v2' }, isComplete });
  });
});
