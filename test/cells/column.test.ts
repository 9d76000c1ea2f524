/** A column gives back what was put in, over any number of pages, whether its numbers are short or not. */

import fc from 'fast-check';
import { expect, it } from 'vitest';
import { Column } from '../../cells/column.ts';

const PAGE = 2 ** 14;
const all = (column: Column) => Array.from({ length: column.length }, (_, index) => column.at(index));

it.each([
  ['within its first page', 63, -1],
  ['as its first page grows', 65, -1],
  ['at the end of a page', PAGE - 1, 0.5],
  ['at the begin of a page', PAGE, 2 ** 32],
  ['in the midst of a page', 2 * PAGE + 5_000, Number.MAX_SAFE_INTEGER],
])('a number that takes more than 32 bits, %s, changes no other', (_, at, long) => {
  const numbers = Array.from({ length: 3 * PAGE }, (__, index) => (index === at ? long : index));
  const column = new Column();
  column.append(numbers.slice(0, PAGE + 1));
  for (const number of numbers.slice(PAGE + 1)) column.push(number);
  expect(all(column)).toEqual(numbers);
  expect(column.at(numbers.length)).toBe(0);
});

it('any numbers come back, from typed arrays as from lists', () => {
  // There is one zero: counts have no sign.
  const number = fc.oneof(fc.nat(), fc.integer(), fc.maxSafeInteger(), fc.double({ noNaN: true })).map((of) => of + 0);
  fc.assert(
    fc.property(fc.array(number, { maxLength: 300 }), fc.array(number, { maxLength: 300 }), (some, others) => {
      const column = new Column();
      column.append(some);
      column.append(Float64Array.from(others));
      expect(all(column)).toEqual([...some, ...others]);
    }),
  );
});
