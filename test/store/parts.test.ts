/** Telling merged rows from new ones by the names of parts, as ClickHouse gives them. */
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { type Part, partsWithNews } from '../../store/sealing/parts.ts';

const part = (name: string, rows: number, oldest: number, newest = oldest): Part => ({ name, rows, oldest, newest });
const names = (parts: readonly Part[]) => parts.map(({ name }) => name);

describe('parts with rows that were not there before', () => {
  it.each<[what: string, before: Part[], now: Part[], news: string[]]>([
    ['all, at first', [], [part('d1_1_1_0', 5, 10), part('d1_2_2_0', 5, 20)], ['d1_1_1_0', 'd1_2_2_0']],
    ['none, where nothing changed', [part('d1_1_1_0', 5, 10)], [part('d1_1_1_0', 5, 10)], []],
    [
      'one that was inserted',
      [part('d1_1_1_0', 5, 10)],
      [part('d1_1_1_0', 5, 10), part('d1_2_2_0', 1, 9)],
      ['d1_2_2_0'],
    ],
    ['not a merge of two', [part('d1_1_1_0', 5, 10), part('d1_2_2_0', 3, 20)], [part('d1_1_2_1', 8, 10, 20)], []],
    ['a merge with an insert that nobody saw', [part('d1_1_1_0', 5, 10)], [part('d1_1_2_1', 8, 10, 20)], ['d1_1_2_1']],
    ['not the same rows after a mutation', [part('d1_1_1_0', 5, 10)], [part('d1_1_1_0_7', 5, 10)], []],
    ['not of another partition', [part('d1_1_1_0', 5, 10)], [part('d2_1_1_0', 5, 10)], ['d2_1_1_0']],
    ['a number that begins anew', [part('d1_1_1_0', 5, 10)], [part('d1_1_1_0', 5, 70)], ['d1_1_1_0']],
    ['rows that a merge let go, to be safe', [part('d1_1_1_0', 5, 10)], [part('d1_1_1_1', 4, 10)], ['d1_1_1_1']],
    ['a name of another form', [part('one', 5, 10)], [part('two', 5, 10)], ['two']],
    ['none of those that went', [part('d1_1_1_0', 5, 10)], [], []],
  ])('are %s', (_, before, now, news) => {
    expect(names(partsWithNews(before, now))).toEqual(news);
  });

  it('are just those that hold an insert since the last look, however parts are merged', () => {
    fc.assert(
      fc.property(fc.array(step, { maxLength: 60 }), (steps) => {
        let table: Table = { parts: [], blocks: 0 };
        let seen = table;
        for (const each of steps) {
          table = each(table);
          if (each !== look) continue;
          const expected = table.parts.filter(({ last }) => last > seen.blocks);
          expect(names(partsWithNews(seen.parts, table.parts))).toEqual(names(expected));
          seen = table;
        }
      }),
    );
  });
});

/** A table that is inserted into and merged at random: parts with the first and the last insert that they hold. */
interface Table {
  readonly parts: readonly (Part & { readonly first: number; readonly last: number })[];
  readonly blocks: number;
}
type Step = (table: Table) => Table;

const look: Step = (table) => table;

const insert =
  (rows: number, at: number): Step =>
  ({ parts, blocks }) => {
    const block = blocks + 1;
    return {
      parts: [...parts, { ...part(`d_${block}_${block}_0`, rows, at), first: block, last: block }],
      blocks: block,
    };
  };

const merge =
  (from: number, count: number): Step =>
  (table) => {
    const merged = table.parts.slice(from, from + count);
    const [first, last] = [merged[0]?.first, merged.at(-1)?.last];
    if (merged.length < 2 || first === undefined || last === undefined) return table;
    const rows = merged.reduce((sum, each) => sum + each.rows, 0);
    const times = merged.flatMap(({ oldest, newest }) => [oldest, newest]);
    const whole = part(`d_${first}_${last}_1`, rows, Math.min(...times), Math.max(...times));
    const parts = [...table.parts.slice(0, from), { ...whole, first, last }, ...table.parts.slice(from + count)];
    return { ...table, parts };
  };

const step: fc.Arbitrary<Step> = fc.oneof(
  fc.tuple(fc.integer({ min: 1, max: 9 }), fc.nat(99)).map(([rows, at]) => insert(rows, at)),
  fc.tuple(fc.nat(9), fc.integer({ min: 2, max: 4 })).map(([from, count]) => merge(from, count)),
  fc.constant(look),
);
