/** The report of an upgrade out of a real store: the same hours of earlier days stand as its control. */

import { describe, expect, it } from 'vitest';
import { DEFAULT_SETTINGS } from '../../analysis/analyse.ts';
import { createUpgrades } from '../../commands/serve/upgrades.ts';
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
