/** Which texts stand together: the distinct combinations of several columns of texts, numbered. */

import type { Texts } from './columns.ts';

export interface Tuples {
  /** Of each row. */
  readonly ids: Uint32Array;
  /** By number: a row that has this combination. */
  readonly examples: readonly number[];
}

/** `columns`: one or more. */
export function tuplesOf(columns: readonly Texts[], rows: number): Tuples {
  const whole = { ids: new Uint32Array(rows), examples: [0] };
  return columns.reduce<Tuples>((before, column) => combine(before, column, rows), whole);
}

/** Neighbours often have the same texts: a combination is looked up where it changes. */
function combine({ ids }: Tuples, { texts, codes }: Texts, rows: number): Tuples {
  const known = new Map<number, number>();
  const examples: number[] = [];
  const combined = new Uint32Array(rows);
  let [last, id] = [-1, 0];
  for (let row = 0; row < rows; row++) {
    const pair = (ids[row] ?? 0) * texts.length + (codes[row] ?? 0);
    if (pair !== last) {
      id = known.get(pair) ?? examples.push(row) - 1;
      known.set(pair, id);
      last = pair;
    }
    combined[row] = id;
  }
  return { ids: combined, examples };
}
