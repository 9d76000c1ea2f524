/** What a signal is to be back at, out of a real store. */

import { expect, it } from 'vitest';
import { DEFAULT_SETTINGS } from '../../../analysis/input/settings.ts';
import { createControl } from '../../../commands/serve/control.ts';
import { createUpgrades } from '../../../commands/serve/upgrades.ts';
import type { ControlQuestion } from '../../../flags/gather.ts';
import type { Slo, TimeRange } from '../../../model.ts';
import { useEngine } from '../../support/engine.ts';
import { insertSpans, type SpanSpec, T0_MS } from '../../support/spans.ts';

const engine = useEngine();
const MINUTE_MS = 60_000;
const CALLS = 40;
const SLO: Slo = { name: 'in time', service: 'shop', indicator: 'latency', thresholdMs: 100, objective: 0.99 };

/** Calls of one minute of one instance: so many are slow, so many just over the threshold. */
function minuteOf(minute: number, version: string, variant: string, slow: number, justOver = 0): SpanSpec[] {
  const durationOf = (call: number) => (call < slow ? 500 : call < slow + justOver ? 103 : 50);
  return Array.from({ length: CALLS }, (_, call) => ({
    ...{ trace: `${version}.${variant}.${minute}.${call}`, span: 'a', service: 'shop', name: 'GET /' },
    ...{ startMs: minute * MINUTE_MS + call, durationMs: durationOf(call) },
    ...{ instance: `${version}-${variant}`, version },
    attributes: { 'feature_flag.key': 'new', 'feature_flag.result.variant': variant },
  }));
}

const BEFORE = minuteOf(-2, 'v1', 'disabled', 1);
const question = (minute: number, more: Partial<ControlQuestion> = {}): ControlQuestion => {
  const startMs = T0_MS + minute * MINUTE_MS;
  const range: TimeRange = { startMs, endMs: startMs + MINUTE_MS };
  return { slo: SLO, flag: 'new', range, byVariant: false, minEvents: 30, ...more };
};

async function arrange(isUpgraded = true) {
  const store = await engine.freshStore();
  await insertSpans(store, [
    ...BEFORE,
    ...minuteOf(1, 'v1', 'disabled', 2),
    ...minuteOf(1, 'v2', 'disabled', 4, 3),
    ...minuteOf(3, 'v2', 'disabled', 4),
    ...minuteOf(3, 'v2', 'on', 6),
  ]);
  const reads: TimeRange[] = [];
  const counted = {
    eventsByInstance: (...given: Parameters<typeof store.eventsByInstance>) => {
      reads.push(given[2]);
      return store.eventsByInstance(...given);
    },
  };
  const [slotMs, windowMs] = [MINUTE_MS, 10 * MINUTE_MS];
  const upgrades = createUpgrades({
    ...{ store, slotMs, windowMs, settings: DEFAULT_SETTINGS, historyDays: 0, clock: () => T0_MS },
  });
  if (isUpgraded) await upgrades.start({ name: 'v2', changed: [{ service: 'shop', from: 'v1', to: 'v2' }] });
  return { control: createControl({ store: counted, upgrades, limits: DEFAULT_SETTINGS }), reads };
}

it('is builds of before in the same minutes, variants of one build, or the time before the upgrade', async () => {
  const { control, reads } = await arrange();
  const of = (good: number, total = CALLS) => ({ good, total });
  expect(await control(question(1))).toEqual({
    ...{ kind: 'build', changed: of(33), beyond: of(36), control: of(38) },
    tolerated: expect.closeTo(0.05, 9),
  });
  expect(await control(question(3, { byVariant: true }))).toMatchObject({
    ...{ kind: 'variant', changed: of(34), control: of(36) },
  });
  expect(await control(question(3))).toMatchObject({ kind: 'before', changed: of(70, 80), control: of(39) });
  expect(await control(question(5))).toBeNull();
  // What is over is read once.
  expect(reads.filter(({ startMs }) => startMs < T0_MS)).toHaveLength(1);
});

it('is nobody without an upgrade', async () => {
  const { control } = await arrange(false);
  expect(await control(question(1))).toBeNull();
});
