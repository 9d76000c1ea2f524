/** The live test out of a real store: what it reads, when it speaks, and that a restart changes nothing. */

import { describe, expect, it } from 'vitest';
import { DEFAULT_SETTINGS } from '../../../analysis/input/settings.ts';
import { createLive } from '../../../commands/serve/live.ts';
import { createUpgrades } from '../../../commands/serve/upgrades.ts';
import type { TimeRange } from '../../../model.ts';
import { useEngine } from '../../support/engine.ts';
import { insertSpans, type SpanSpec, T0_MS } from '../../support/spans.ts';

const engine = useEngine();
const MINUTE_MS = 60_000;
/** Of telemetry before the upgrade and since; the test goes on for two less. */
const MINUTES = 10;
const WINDOW = MINUTES - 2;
const INSTANCES = 5;
const CALLS = 40;
const SLOWER = 3;
const SETTLED_MS = 30_000;

/** Calls of one minute by one build, on instances of its own. */
function minuteOf(minute: number, version: 'v1' | 'v2', factor: number): SpanSpec[] {
  return Array.from({ length: INSTANCES * CALLS }, (_, call) => ({
    ...{ trace: `${version}.${minute}.${call}`, span: 'a', service: 'shop', name: 'GET /' },
    ...{ startMs: minute * MINUTE_MS + call * 200, durationMs: factor * (10 + ((call * 7) % CALLS)) },
    ...{ instance: `${version}-${call % INSTANCES}`, version },
  }));
}

const minutes = (from: number, until: number) => Array.from({ length: until - from }, (_, index) => from + index);

/** Before T0 the old build alone, from then on both. */
async function arrange(factor: number) {
  const store = await engine.freshStore();
  await insertSpans(store, [
    ...minutes(-MINUTES, MINUTES + 1).flatMap((minute) => minuteOf(minute, 'v1', 1)),
    ...minutes(0, MINUTES + 1).flatMap((minute) => minuteOf(minute, 'v2', factor)),
  ]);
  await store.seal(T0_MS + 2 * MINUTES * MINUTE_MS);
  const time = { nowMs: T0_MS };
  const clock = () => time.nowMs;
  const fixed = { settings: DEFAULT_SETTINGS, slotMs: MINUTE_MS, windowMs: WINDOW * MINUTE_MS, clock };
  const upgrades = createUpgrades({ store, historyDays: 0, ...fixed });
  await upgrades.start({ name: 'v2', changed: [{ service: 'shop', from: 'v1', to: 'v2' }] });
  const read: TimeRange[] = [];
  const recorded: Pick<typeof store, 'cells' | 'status'> = {
    status: store.status,
    cells: (range) => {
      read.push(range);
      return store.cells(range);
    },
  };
  const open = () => createLive({ store: recorded, upgrades, services: ['shop'], settledMs: SETTLED_MS, ...fixed });
  return { time, read, open };
}

const settled = (minute: number, ms = SETTLED_MS) => T0_MS + minute * MINUTE_MS + ms;

describe('the live test', { timeout: 120_000 }, () => {
  it('acts on a build that is three times slower, and a restart reads the same out of the store', async () => {
    const { time, read, open } = await arrange(SLOWER);
    const live = open();
    const decisions: (string | undefined)[] = [];
    for (const minute of minutes(0, WINDOW + 1)) {
      time.nowMs = settled(minute);
      decisions.push((await live('shop', null))?.decision);
      if (minute === 6) expect(await open()('shop', null)).toEqual(await live('shop', null));
    }
    expect(decisions.slice(0, 2)).toEqual(['wait', 'wait']);
    expect(decisions).toContain('suspect');
    expect(decisions.at(-1)).toBe('act');
    const own = read
      .slice(0, 3)
      .map(({ startMs, endMs }) => [(startMs - T0_MS) / MINUTE_MS, (endMs - T0_MS) / MINUTE_MS]);
    expect(own).toEqual([
      [-WINDOW, 0],
      [0, 1],
      [1, 2],
    ]);
  });

  it('begins anew when the flag was changed, and ends with the window: it acts no more, and whom it suspected stays', async () => {
    const { time, open } = await arrange(SLOWER);
    const live = open();
    const changedMs = T0_MS + 6.5 * MINUTE_MS;
    time.nowMs = settled(WINDOW);
    expect(await live('shop', null)).toMatchObject({ decision: 'act' });
    expect(await live('shop', changedMs)).toMatchObject({ decision: 'wait' });
    time.nowMs = settled(WINDOW + 1);
    const lastWord = { decision: 'wait', text: 'the live test is over', findings: [{ key: { endpoint: 'GET /' } }] };
    expect(await live('shop', null)).toMatchObject(lastWord);
    expect(await live('shop', changedMs)).toMatchObject({ decision: 'suspect' });
    expect(await open()('shop', null)).toEqual(await live('shop', null));
    time.nowMs = settled(3 * WINDOW);
    expect(await live('shop', null)).toMatchObject(lastWord);
    // Old and new never served together.
    expect(await live('cart', null)).toBeNull();
  });

  it('says nothing of a service that the upgrade left alone, and waits where nothing is worse', async () => {
    const { time, open } = await arrange(1);
    time.nowMs = settled(6);
    expect(await open()('shop', null)).toMatchObject({ decision: 'wait', findings: [] });
    expect(await open()('cart', null)).toMatchObject({
      decision: 'wait',
      text: expect.stringContaining('same minutes'),
    });
  });
});
