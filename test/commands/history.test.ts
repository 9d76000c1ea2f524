/** Which earlier days stand as a control, and that they are read once. */

import { describe, expect, it } from 'vitest';
import { createHistory, pastWindows } from '../../commands/history.ts';
import type { Cell, TimeRange, Upgrade } from '../../model.ts';
import { plainCell } from '../support/plain-cells.ts';

const HOUR_MS = 3_600_000;
const DAY_MS = 24 * HOUR_MS;
const NOW_MS = Date.UTC(2026, 2, 20, 12);
const WINDOWS = {
  baseline: { startMs: NOW_MS - HOUR_MS, endMs: NOW_MS },
  candidate: { startMs: NOW_MS, endMs: NOW_MS + HOUR_MS },
};
const upgrade = (startedMs: number, finishedMs: number | null): Upgrade => ({
  ...{ id: 'u', name: 'u', changed: [] },
  ...{ startedMs, finishedMs },
});
const daysAgo = (windows: ReturnType<typeof pastWindows>) =>
  windows.map(({ baseline }) => (WINDOWS.baseline.startMs - baseline.startMs) / DAY_MS);

describe('pastWindows', () => {
  it.each<[string, readonly Upgrade[], number, number[]]>([
    ['the same hours, yesterday first', [upgrade(NOW_MS, null)], 3, [1, 2, 3]],
    ['none are wanted', [], 0, []],
    ['a day with an upgrade in its windows is left out', [upgrade(NOW_MS - 2 * DAY_MS, null)], 3, [1, 3]],
    ['so are days through which an upgrade went on', [upgrade(NOW_MS - 3 * DAY_MS, NOW_MS - 2 * DAY_MS)], 4, [1, 4]],
    ['an upgrade at another hour matters not', [upgrade(NOW_MS - 2 * DAY_MS + 5 * HOUR_MS, null)], 2, [1, 2]],
  ])('%s', (_, upgrades, days, ago) => {
    expect(daysAgo(pastWindows(WINDOWS, upgrades, days))).toEqual(ago);
  });

  it('a candidate of one minute is matched by ten, and an empty one by nothing', () => {
    const growing = (ms: number) => ({ ...WINDOWS, candidate: { startMs: NOW_MS, endMs: NOW_MS + ms } });
    const [past] = pastWindows(growing(60_000), [], 1);
    expect(past?.candidate).toEqual({ startMs: NOW_MS - DAY_MS, endMs: NOW_MS - DAY_MS + 600_000 });
    expect(pastWindows(growing(0), [], 3)).toEqual([]);
  });

  it('days that would reach into the comparison are left out', () => {
    const long = { ...WINDOWS, baseline: { startMs: NOW_MS - 3 * DAY_MS, endMs: NOW_MS } };
    expect(pastWindows(long, [], 4).length).toBe(2 - 1);
  });
});

describe('createHistory', () => {
  const cell: Cell = {
    ...{ service: 'shop', endpoint: 'GET /', kind: 'SERVER', peer: '', build: 'v1', variant: '' },
    ...{ instance: 'a', slotMs: 0, calls: 2, errors: 1, retries: 0, logicalCalls: 2 },
    ...{ durations: { buckets: [5], counts: [1] }, retryGaps: { buckets: [], counts: [] } },
  };

  it('adds up instances and slots, and reads a window once', async () => {
    const asked: TimeRange[] = [];
    const history = createHistory({
      cells: async (range) => {
        asked.push(range);
        return [cell, { ...cell, instance: 'b', slotMs: 60_000 }];
      },
    });
    const windows = pastWindows(WINDOWS, [], 2);
    const [first] = await history.read(windows);
    await history.read(windows);
    expect(asked.length).toBe(4);
    expect(first?.baseline.cells.map(plainCell)).toEqual([
      expect.objectContaining({ calls: 4, errors: 2, durations: { buckets: [5], counts: [2] } }),
    ]);
  });

  it('a read that failed is tried again', async () => {
    let broken = true;
    const history = createHistory({
      cells: async () => {
        if (broken) throw new Error('away');
        return [cell];
      },
    });
    const windows = pastWindows(WINDOWS, [], 1);
    await expect(history.read(windows)).rejects.toThrow('away');
    broken = false;
    expect((await history.read(windows)).length).toBe(1);
  });
});
