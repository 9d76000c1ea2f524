import fc from 'fast-check';
import { expect, it } from 'vitest';
import { growthOf, type Stretch } from '../../store/growth.ts';

const HOUR = 3_600_000;
const DAY = 24 * HOUR;
/** A day's noon, counted from today's. */
const NOON = Date.UTC(2026, 10, 20, 12);
/** A partition between two times, in days from this noon. */
const part = (fromDay: number, untilDay: number, bytes: number): Stretch => ({
  fromMs: NOON + fromDay * DAY,
  untilMs: NOON + untilDay * DAY,
  bytes,
});
/** A UTC day, from its first to its last millisecond. */
const day = (daysAgo: number, bytes: number): Stretch => part(-daysAgo - 0.5, -daysAgo + 0.5 - 1 / DAY, bytes);

it.each<[string, readonly Stretch[], ReturnType<typeof growthOf>]>([
  ['nothing', [], null],
  ['today alone', [part(-0.5, 0, 100)], null],
  ['a first day that began late, and today', [part(-1.2, -0.5, 90), part(-0.5, 0, 50)], null],
  ['one full day between', [part(-2.2, -1.5, 70), day(1, 100), part(-0.5, 0, 50)], { bytesPerDay: 100, days: 1 }],
  ['a first day that is full', [day(2, 60), day(1, 100)], { bytesPerDay: 80, days: 2 }],
  ['a day without rows', [day(4, 7), day(3, 90), day(1, 90)], { bytesPerDay: 187 / 4, days: 4 }],
  ['nothing since a week', [day(10, 100)], { bytesPerDay: 0, days: 7 }],
  ['more than a week', Array.from({ length: 14 }, (_, i) => day(i, i <= 7 ? 100 : 900)), { bytesPerDay: 100, days: 7 }],
  ['a month in one partition', [part(-19.5, 0.5, 2_000)], { bytesPerDay: 100, days: 7 }],
  ['single moments', [part(-5, -5, 900), part(-2, -2, 700)], { bytesPerDay: 175, days: 4 }],
])('the growth of %s', (_, partitions, expected) => {
  const growth = growthOf(partitions, NOON);
  if (growth === null || expected === null) expect(growth).toBe(expected);
  else {
    expect(growth.days).toBe(expected.days);
    expect(growth.bytesPerDay).toBeCloseTo(expected.bytesPerDay, 3);
  }
});

it('of even traffic is its rate, however it is cut into partitions', () => {
  const cuts = fc.uniqueArray(fc.integer({ min: -499, max: 0 }), { minLength: 1, maxLength: 30 });
  fc.assert(
    fc.property(cuts, fc.integer({ min: 1, max: 1_000 }), (hours, bytesPerHour) => {
      const edges = [-500, ...hours].sort((a, b) => a - b);
      const partitions = edges.slice(1).map((until, i) => {
        const from = edges[i] ?? 0;
        return { fromMs: NOON + from * HOUR, untilMs: NOON + until * HOUR, bytes: (until - from) * bytesPerHour };
      });
      const untilNow = [...partitions, { fromMs: NOON + (edges.at(-1) ?? 0) * HOUR, untilMs: NOON, bytes: 0 }];
      const lacking = -(edges.at(-1) ?? 0) * bytesPerHour;
      const whole = untilNow.map((each, i) => (i === untilNow.length - 1 ? { ...each, bytes: lacking } : each));
      expect(growthOf(whole, NOON)?.bytesPerDay).toBeCloseTo(24 * bytesPerHour, 3);
    }),
  );
});
