import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { slotWidthSeconds, wholeSlots } from '../../commands/slots.ts';
import { windowsOf } from '../../commands/windows.ts';
import type { Upgrade } from '../../model.ts';

const MINUTE = 60_000;
const upgradeAt = (startedMs: number, finishedMs: number | null, id = 'u'): Upgrade => ({
  id,
  name: id,
  startedMs,
  finishedMs,
  changed: [],
});

function windows(change: Partial<Parameters<typeof windowsOf>[0]> = {}) {
  const upgrade = change.upgrade ?? upgradeAt(100 * MINUTE, 110 * MINUTE);
  const base = {
    upgrade,
    upgrades: [upgrade],
    newestSpanMs: 500 * MINUTE,
    turnedDownMs: null,
    windowMs: 60 * MINUTE,
    slotMs: MINUTE,
  };
  const { baseline, candidate } = windowsOf({ ...base, ...change });
  return [baseline.startMs, baseline.endMs, candidate.startMs, candidate.endMs].map((ms) => ms / MINUTE);
}

describe('windows of an upgrade', () => {
  it.each([
    ['compare an hour before the start with an hour after the end', {}, [40, 100, 110, 170]],
    ['end with the data', { newestSpanMs: 130.5 * MINUTE }, [40, 100, 110, 130]],
    [
      'end where a flag was turned down: then two changes overlap',
      { turnedDownMs: 125.9 * MINUTE },
      [40, 100, 110, 125],
    ],
    ['start with the upgrade while it goes on', { upgrade: upgradeAt(100 * MINUTE, null) }, [40, 100, 100, 160]],
    ['are empty without data', { newestSpanMs: null }, [40, 100, 110, 110]],
    [
      'leave out the slots in which the upgrade began and ended',
      { upgrade: upgradeAt(100.4 * MINUTE, 110.4 * MINUTE) },
      [40, 100, 111, 171],
    ],
    [
      'do not reach into the upgrade before',
      { upgrades: [upgradeAt(100 * MINUTE, 110 * MINUTE), upgradeAt(60 * MINUTE, 75.5 * MINUTE, 'p')] },
      [76, 100, 110, 170],
    ],
    [
      'do not reach into the upgrade after',
      { upgrades: [upgradeAt(100 * MINUTE, 110 * MINUTE), upgradeAt(140 * MINUTE, null, 'n')] },
      [40, 100, 110, 140],
    ],
  ])('%s', (_, change, expected) => {
    expect(windows(change)).toEqual(expected);
  });

  it('are whole slots, in order, and never longer than asked', () => {
    const minutes = fc.integer({ min: 1, max: 10_000_000 });
    fc.assert(
      fc.property(
        minutes,
        minutes,
        fc.option(minutes),
        fc.option(minutes),
        fc.constantFrom(5_000, 15_000, 60_000),
        (at, length, newest, down, slotMs) => {
          const upgrade = upgradeAt(at, at + length);
          const { baseline, candidate } = windowsOf({
            upgrade,
            upgrades: [upgrade],
            newestSpanMs: newest,
            turnedDownMs: down,
            windowMs: 60 * MINUTE,
            slotMs,
          });
          for (const range of [baseline, candidate]) {
            expect(range.startMs % slotMs).toBe(0);
            expect(range.endMs % slotMs).toBe(0);
            expect(range.endMs).toBeGreaterThanOrEqual(range.startMs);
            expect(range.endMs - range.startMs).toBeLessThanOrEqual(60 * MINUTE);
          }
          expect(baseline.endMs).toBeLessThanOrEqual(candidate.startMs);
        },
      ),
    );
  });
});

describe('slots for data of a given extent', () => {
  it.each([
    [3_600_000, 60],
    [12 * MINUTE, 60],
    [12 * MINUTE - 1, 30],
    [170_000, 10],
    [60_000, 5],
    [1_000, 5],
  ])('%d ms are cut into slots of %d s', (extentMs, expected) => {
    expect(
      slotWidthSeconds([
        { startMs: 0, endMs: extentMs },
        { startMs: 0, endMs: 100 * MINUTE },
      ]),
    ).toBe(expected);
  });

  it('are whole', () => {
    expect(wholeSlots({ startMs: 7_001, endMs: 12_000 }, 5_000)).toEqual({ startMs: 5_000, endMs: 15_000 });
  });
});
