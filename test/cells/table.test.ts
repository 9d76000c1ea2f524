/** Cells in columns are the cells that were put in, and stand in one order whatever order they came in. */

import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { CELLS } from '../../cells/cell.ts';
import { Dictionary } from '../../cells/dictionary.ts';
import { areInOrder, inOrder, isKnownInOrder, rowsInOrder } from '../../cells/order.ts';
import { Pack } from '../../cells/pack.ts';
import { inOneTable } from '../../cells/row.ts';
import { SELF_TIMES } from '../../cells/self-time.ts';
import type { Cell, Histogram, SelfTimeCell } from '../../model.ts';
import { plainCell, plainSelfTime } from '../support/plain-cells.ts';

const bucket = fc.oneof(fc.integer({ min: 1_500, max: 1_700 }), fc.integer());
const count = fc.oneof(fc.integer({ min: 0, max: 200 }), fc.maxSafeNat());
const histogram: fc.Arbitrary<Histogram> = fc
  .array(fc.tuple(bucket, count), { maxLength: 20 })
  .map((entries) => ({ buckets: entries.map(([at]) => at), counts: entries.map(([, of]) => of) }));
const text = fc.constantFrom('', 'a', 'b', 'ab', 'é', '\u{1f600}', '\uffff', '"],["');
const process = { build: text, variant: text, instance: text, slotMs: fc.integer({ min: -3, max: 3 }) };
const cell: fc.Arbitrary<Cell> = fc.record({
  ...{ service: text, endpoint: text, kind: fc.constantFrom('SERVER', 'CLIENT'), peer: text, ...process },
  ...{ calls: count, errors: count, retries: count, logicalCalls: count, durations: histogram, retryGaps: histogram },
});
const selfTime: fc.Arbitrary<SelfTimeCell> = fc.record({
  ...{ rootService: text, rootEndpoint: text, unit: text, ...process },
  ...{ requests: count, spans: count, selfTimes: histogram },
});

const sorted = <T>(members: readonly T[], of: readonly (keyof T)[]) =>
  [...members].sort((one, other) => {
    const field = of.find((each) => one[each] !== other[each]);
    return field === undefined ? 0 : one[field] < other[field] ? -1 : 1;
  });
const ORDER = ['service', 'endpoint', 'kind', 'peer', 'instance', 'slotMs', 'build', 'variant'] as const;
/** Those that share their place may stand in any order among each other. */
const places = (cells: readonly Cell[]) =>
  cells.map((each) => [
    each.slotMs,
    each.service,
    each.endpoint,
    each.kind,
    each.peer,
    each.build,
    each.variant,
    each.instance,
  ]);

describe('a table', () => {
  it('gives back the cells that it was given', () => {
    fc.assert(
      fc.property(fc.array(cell), (cells) => {
        expect(inOneTable(cells, CELLS).members.map(plainCell)).toEqual(cells);
      }),
    );
  });

  it('gives back self times likewise', () => {
    fc.assert(
      fc.property(fc.array(selfTime), (cells) => {
        expect(inOneTable(cells, SELF_TIMES).members.map(plainSelfTime)).toEqual(cells);
      }),
    );
  });

  it('is not copied where all are rows of it, and is where they are of two', () => {
    fc.assert(
      fc.property(fc.array(cell, { minLength: 1 }), fc.array(cell, { minLength: 1 }), (some, others) => {
        const [one, other] = [inOneTable(some, CELLS), inOneTable(others, CELLS)];
        expect(inOneTable(one.members.toReversed(), CELLS).table).toBe(one.table);
        const both = inOneTable([...one.members, ...other.members], CELLS);
        expect(both.members.map(plainCell)).toEqual([...some, ...others]);
      }),
    );
  });

  it('orders rows by key, instance and slot', () => {
    fc.assert(
      fc.property(fc.array(cell, { maxLength: 40 }), (cells) => {
        const { table } = inOneTable(cells, CELLS);
        const expected = sorted(cells, ORDER);
        expect(places(rowsInOrder(table, CELLS))).toEqual(places(expected));
      }),
    );
  });

  it('remembers what it put in order, where no two rows share their place, and no copy of it', () => {
    fc.assert(
      fc.property(fc.array(cell, { maxLength: 6 }), fc.constantFrom(1, 2), (cells, times) => {
        const given = Array.from({ length: times }, () => cells).flat();
        const ordered = rowsInOrder(inOneTable(given, CELLS).table, CELLS);
        expect(isKnownInOrder(ordered)).toBe(areInOrder(inOneTable(ordered, CELLS)));
        expect(isKnownInOrder([...ordered])).toBe(false);
      }),
    );
  });

  it('knows rows that are in order, each at a place of its own', () => {
    fc.assert(
      fc.property(fc.array(cell, { maxLength: 6 }), (cells) => {
        const [found, expected] = [places(cells), places(sorted(cells, ORDER))].map((each) => each.map(String));
        const isInOrder = String(found) === String(expected) && new Set(found).size === cells.length;
        expect(areInOrder(inOneTable(cells, CELLS))).toBe(isInOrder);
        const apart = sorted(cells, ORDER).filter((_, at) => expected?.[at] !== expected?.[at - 1]);
        expect(areInOrder(inOneTable(apart, CELLS))).toBe(true);
      }),
    );
  });

  it('orders rows of one instance and slot by build and variant', () => {
    const process = fc.record({
      instance: fc.constantFrom('one', 'two'),
      build: fc.constantFrom('', 'old', 'new'),
      variant: fc.constantFrom('', 'on', 'off'),
      slotMs: fc.constantFrom(0, 60_000),
    });
    fc.assert(
      fc.property(cell, fc.array(process, { maxLength: 12 }), (first, processes) => {
        const { table, rows, members } = inOneTable(
          processes.map((own) => ({ ...first, ...own })),
          CELLS,
        );
        const ordered = [...inOrder({ table, rows })].map((at) => members[at] as Cell);
        const expected = sorted(members.map(plainCell), ['instance', 'slotMs', 'build', 'variant']);
        expect(places(ordered)).toEqual(places(expected));
      }),
    );
  });
});

describe('a pack', () => {
  it.each([
    ['one byte for a bucket near the one before, with few calls', [1, 2, 33], [1, 7, 2], 3],
    ['two for a bucket with many', [1, 2], [8, 127], 4],
    ['two for a bucket without a call', [1], [0], 2],
    ['two for a bucket further on, or back', [32, 31], [1, 1], 4],
    ['three for a bucket further on with many', [32], [8], 3],
  ])('takes %s', (_, buckets, counts, bytes) => {
    const pack = new Pack();
    expect(pack.add(buckets, counts)).toBe(0);
    expect(pack.end).toBe(bytes);
    const packed = pack.histogram(0, bytes);
    expect([packed.buckets, packed.counts]).toEqual([buckets, counts]);
  });

  it('takes a part of longer arrays', () => {
    const pack = new Pack();
    const start = pack.add([1, -(2 ** 31), 2 ** 31 - 1, 4], [5, Number.MAX_SAFE_INTEGER, 300, 8], 1, 3);
    const { buckets, counts } = pack.histogram(start, pack.end);
    expect([buckets, counts]).toEqual([
      [-(2 ** 31), 2 ** 31 - 1],
      [Number.MAX_SAFE_INTEGER, 300],
    ]);
  });

  it('keeps histograms over many pages, longer ones than a page among them', () => {
    const pack = new Pack();
    const lengths = [0, 3, 70_000, 90_000, 0, 200_000, 1, 40_000, 40_000, 40_000];
    const added = lengths.map((length) => {
      const buckets = Array.from({ length }, (_, index) => 100 * index);
      return { buckets, start: pack.add(buckets, buckets), end: pack.end };
    });
    for (const { buckets, start, end } of added) {
      const packed = pack.histogram(start, end);
      expect([packed.buckets, packed.counts]).toEqual([buckets, buckets]);
    }
  });
});

describe('a dictionary', () => {
  it('tells records apart by their fields, and ranks them by some', () => {
    const dictionary = new Dictionary<{ name: string; at: string }>(['name', 'at']);
    const records = [
      ['b', 'x'],
      ['a', 'y'],
      ['b', 'x'],
      ['a', 'x'],
      ['ay', ''],
    ].map(([name = '', at = '']) => ({ name, at }));
    expect(records.map((record) => dictionary.idOf(record))).toEqual([0, 1, 0, 2, 3]);
    expect(dictionary.at(3)).toEqual({ name: 'ay', at: '' });
    expect([...dictionary.ranks()]).toEqual([3, 1, 0, 2]);
    expect([...dictionary.ranks(['at'])]).toEqual([1, 2, 1, 0]);
    expect(() => dictionary.at(4)).toThrow(RangeError);
  });
});
