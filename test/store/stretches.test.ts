/** Stretches of time: joined, and cut at an instant. */
import fc from 'fast-check';
import { expect, it } from 'vitest';
import { before, from, joined, type Stretch } from '../../store/sealing/stretches.ts';

const of = (...pairs: readonly (readonly [number, number])[]): Stretch[] =>
  pairs.map(([start, end]) => ({ start, end }));

it.each<[what: string, stretches: Stretch[], most: number, expected: Stretch[]]>([
  ['in order', of([5, 6], [1, 2]), 9, of([1, 2], [5, 6])],
  ['as one where they overlap', of([1, 4], [3, 6]), 9, of([1, 6])],
  ['as one where they touch', of([1, 3], [3, 6]), 9, of([1, 6])],
  ['as one where one holds the other', of([1, 9], [3, 6]), 9, of([1, 9])],
  ['without empty ones', of([3, 3], [5, 4]), 9, []],
  ['as one that holds all, where there are too many', of([1, 2], [4, 5], [7, 9]), 2, of([1, 9])],
])('are joined %s', (_, stretches, most, expected) => {
  expect(joined(stretches, most)).toEqual(expected);
});

it('are cut at an instant without loss', () => {
  const stretch = fc.tuple(fc.nat(50), fc.nat(10)).map(([start, length]) => ({ start, end: start + length }));
  const moments = (stretches: readonly Stretch[]) =>
    Array.from({ length: 61 }, (_, at) => at).filter((at) =>
      stretches.some(({ start, end }) => at >= start && at < end),
    );
  fc.assert(
    fc.property(fc.array(stretch), fc.nat(60), (stretches, at) => {
      const whole = joined(stretches, Number.POSITIVE_INFINITY);
      expect(moments(whole)).toEqual(moments(stretches));
      expect([...moments(before(whole, at)), ...moments(from(whole, at))]).toEqual(moments(stretches));
      expect(moments(before(whole, at)).every((moment) => moment < at)).toBe(true);
    }),
  );
});
