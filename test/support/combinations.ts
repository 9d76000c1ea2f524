/** Test cases out of dimensions: every combination of their values, or a few in which any two values meet. */

export type Dimensions = Readonly<Record<string, readonly unknown[]>>;

/** One value of each dimension. */
export type Combination<D extends Dimensions> = { readonly [Name in keyof D]: D[Name][number] };

/** The Cartesian product. */
export function everyCombination<D extends Dimensions>(dimensions: D): Combination<D>[] {
  const combinations = Object.entries(dimensions).reduce<object[]>(
    (done, [name, values]) => done.flatMap((combination) => values.map((value) => ({ ...combination, [name]: value }))),
    [{}],
  );
  return combinations as Combination<D>[];
}

/**
 * Combinations in which each two values of different dimensions meet at least once: most faults need no more than two
 * (Kuhn, Wallace and Gallo, IEEE TSE 30 (2004) 418). Greedy: each starts with the first pair that has not met, and takes in every other
 * dimension the value that makes most pairs meet. At least two dimensions, none empty.
 */
export function everyPair<D extends Dimensions>(dimensions: D): Combination<D>[] {
  const names = Object.keys(dimensions);
  const sizes = Object.values(dimensions).map((values) => values.length);
  const open = new Set(allPairs(sizes));
  const chosen: number[][] = [];
  for (const pair of open) chosen.push(greedyChoice(pair, sizes, open));
  return chosen.map((indexes) => {
    const values = names.map((name, d) => [name, dimensions[name]?.[indexes[d] ?? 0]]);
    return Object.fromEntries(values) as Combination<D>;
  });
}

/** How many pairs of values of different dimensions there are. */
export const pairCount = (dimensions: Dimensions): number =>
  allPairs(Object.values(dimensions).map((values) => values.length)).length;

const pairOf = (a: number, i: number, b: number, j: number): string =>
  a < b ? `${a} ${i} ${b} ${j}` : `${b} ${j} ${a} ${i}`;

function allPairs(sizes: readonly number[]): string[] {
  const values = sizes.flatMap((size, d) => Array.from({ length: size }, (_, i) => [d, i] as const));
  return values.flatMap(([a, i]) => values.flatMap(([b, j]) => (a < b ? [pairOf(a, i, b, j)] : [])));
}

/** The index of a value in every dimension; what meets is taken from `open`. */
function greedyChoice(start: string, sizes: readonly number[], open: Set<string>): number[] {
  const [a = 0, i = 0, b = 0, j = 0] = start.split(' ').map(Number);
  const chosen = new Map([
    [a, i],
    [b, j],
  ]);
  const meets = (dimension: number, index: number): string[] =>
    [...chosen].map(([other, at]) => pairOf(dimension, index, other, at)).filter((pair) => open.has(pair));
  open.delete(start);
  for (const [dimension, size] of sizes.entries()) {
    if (chosen.has(dimension)) continue;
    const gains = Array.from({ length: size }, (_, index) => meets(dimension, index));
    const most = Math.max(...gains.map((pairs) => pairs.length));
    const best = gains.findIndex((pairs) => pairs.length === most);
    for (const pair of gains[best] ?? []) open.delete(pair);
    chosen.set(dimension, best);
  }
  return sizes.map((_, dimension) => chosen.get(dimension) ?? 0);
}
