import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { type ForecastTable, forecast } from '../../../commands/doctor/forecast.ts';

const DAY_MS = 86_400_000;
const NOW_MS = Date.UTC(2026, 10, 20);

/** A table of `ageDays` that keeps spans for `keptDays`. */
const table = (o: {
  bytes: number;
  ageDays: number;
  perDay: number | null;
  keptDays?: number;
  name?: string;
  foreign?: boolean;
}): ForecastTable => ({
  name: o.name ?? 'otel_traces',
  bytes: o.bytes,
  oldestMs: NOW_MS - o.ageDays * DAY_MS,
  kept: o.keptDays === undefined ? null : { count: o.keptDays, unit: 'day' },
  madeByHinge: o.foreign !== true,
  growth: o.perDay === null ? null : { bytesPerDay: o.perDay, days: 7 },
});

/** The tables keep a partition longer than they promise, and a tenth of the disk is for merges. */
describe('the disk', () => {
  const young = { bytes: 30, ageDays: 3, perDay: 10, keptDays: 14 };
  const old = { bytes: 150, ageDays: 15, perDay: 10, keptDays: 14 };
  const metrics = { ...young, name: 'otel_metrics_sum' };
  it.each<[string, ForecastTable[], number, ReturnType<typeof forecast>]>([
    ['before the first full day', [table({ ...young, perDay: null })], 1e9, { kind: 'unknown' }],
    ['that is empty', [], 1e9, { kind: 'unknown' }],
    [
      'whose largest table has no full day yet',
      [table({ ...young, perDay: null }), table({ ...young, bytes: 1, name: 'journal' })],
      1e9,
      { kind: 'unknown' },
    ],
    ['that holds 15 days of 10', [table(young)], 134, { kind: 'fits', bytes: 150 }],
    ['that holds one byte less than that', [table(young)], 133, { kind: 'full', inDays: 11.97, retentionDays: 13 }],
    ['that holds 5 days more', [table(young)], 50 / 0.9, { kind: 'full', inDays: 5, retentionDays: 7 }],
    ['of a table that keeps what it may', [table(old)], 1, { kind: 'fits', bytes: 150 }],
    ['without an end', [table({ ...young, perDay: 1e15 })], Number.POSITIVE_INFINITY, { kind: 'fits', bytes: 1.5e16 }],
    [
      'where traffic has doubled',
      [table({ ...old, perDay: 20 })],
      100 / 0.9,
      { kind: 'full', inDays: 10, retentionDays: 11 },
    ],
    ['where traffic has halved', [table({ ...old, perDay: 5 })], 1, { kind: 'fits', bytes: 75 }],
    [
      'that is full: what is stored is all that may be',
      [table(young)],
      0,
      { kind: 'full', inDays: 0, retentionDays: 2 },
    ],
    [
      'where even the shortest retention is too long',
      [table({ ...young, perDay: 1_000 })],
      100,
      { kind: 'full', inDays: 0.09, retentionDays: null },
    ],
    [
      'of tables that others made',
      [table({ ...young, foreign: true })],
      50 / 0.9,
      { kind: 'full', inDays: 5, retentionDays: null },
    ],
    [
      'of a table that is kept for ever',
      [table({ ...young, keptDays: undefined as never })],
      100 / 0.9,
      { kind: 'full', inDays: 10, retentionDays: null },
    ],
    [
      'of points that are kept like the spans',
      [table(young), table(metrics)],
      100 / 0.9,
      { kind: 'full', inDays: 5, retentionDays: 7 },
    ],
    [
      'of points that have a retention of their own',
      [table(young), table({ ...metrics, keptDays: 5 })],
      100 / 0.9,
      { kind: 'full', inDays: 7, retentionDays: 9 },
    ],
    [
      'filled by what is kept for ever, in two years',
      [table(old), { ...table({ ...young, bytes: 1, perDay: 0.1 }), kept: null, name: 'seals' }],
      80,
      { kind: 'fits', bytes: 152.5 },
    ],
  ])('%s', (_, tables, freeBytes, expected) => {
    const found = forecast(tables, freeBytes, NOW_MS);
    const rounded = Object.fromEntries(
      Object.entries(found).map(([key, value]) => [
        key,
        typeof value === 'number' ? Math.round(value * 100) / 100 : value,
      ]),
    );
    expect(rounded).toEqual(expected);
  });
});

/** Room for half a byte more, so that no day fills the disk to the byte. */
it('agrees with tables that are grown and dropped day by day', () => {
  const arbitrary = fc.record({
    ageDays: fc.integer({ min: 1, max: 15 }),
    perDay: fc.integer({ min: 1, max: 100 }),
    before: fc.integer({ min: 1, max: 100 }),
    keptDays: fc.integer({ min: 1, max: 14 }),
  });
  fc.assert(
    fc.property(
      fc.array(arbitrary, { minLength: 1, maxLength: 3 }),
      fc.integer({ min: 1, max: 2_000 }).map((bytes) => bytes + 0.5),
      (drawn, room) => {
        const tables = drawn.map(({ ageDays, before, ...each }) => {
          const age = Math.min(ageDays, each.keptDays + 1);
          return { ...each, ageDays: age, before, bytes: age * before };
        });
        const stored = (day: number) =>
          tables.reduce((sum, { ageDays, before, perDay, keptDays }) => {
            const held = Array.from({ length: ageDays + day }, (_, i) => (i < ageDays ? before : perDay));
            return sum + held.slice(-(keptDays + 1)).reduce((total, bytes) => total + bytes, 0);
          }, 0);
        const fullOn = Array.from({ length: 40 }, (_, day) => day).find((day) => stored(day) - stored(0) > room);
        const found = forecast(tables.map(table), room / 0.9, NOW_MS);
        if (fullOn === undefined) expect(found.kind).toBe('fits');
        else expect(found.kind === 'full' && Math.ceil(found.inDays)).toBe(fullOn);
      },
    ),
  );
});
