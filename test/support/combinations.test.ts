/** Whatever the dimensions: each two values of different dimensions meet. */

import fc from 'fast-check';
import { expect, it } from 'vitest';
import { everyCombination, everyPair, pairCount } from './combinations.ts';

/** Two to six dimensions of one to six values, which are numbers. */
const dimensions = fc
  .array(fc.integer({ min: 1, max: 6 }), { minLength: 2, maxLength: 6 })
  .map((sizes) => Object.fromEntries(sizes.map((size, d) => [`d${d}`, Array.from({ length: size }, (_, i) => i)])));

const pairsOf = (combination: Readonly<Record<string, unknown>>): string[] => {
  const entries = Object.entries(combination);
  return entries.flatMap((a, at) => entries.slice(at + 1).map((b) => `${a} ${b}`));
};

it('every pair of values is in some case, and there are no more cases than combinations', () => {
  fc.assert(
    fc.property(dimensions, (table) => {
      const cases = everyPair(table);
      const all = everyCombination(table);

      expect(new Set(cases.flatMap(pairsOf))).toEqual(new Set(all.flatMap(pairsOf)));
      expect(new Set(cases.flatMap(pairsOf)).size).toBe(pairCount(table));
      expect(cases.length).toBeLessThanOrEqual(all.length);
    }),
    { seed: 1 },
  );
});

it('ten dimensions of four values take less than 64 cases of a million combinations', () => {
  const table = Object.fromEntries(Array.from({ length: 10 }, (_, d) => [`d${d}`, [0, 1, 2, 3]]));

  expect(everyPair(table).length).toBeLessThan(64);
});
