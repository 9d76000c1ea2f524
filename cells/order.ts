/** Rows of a table in one order, whatever order they came in: by key, instance, slot, build and variant. */

import type { Texts } from './dictionary.ts';
import type { RowsWithin } from './row.ts';
import type { Table } from './table.ts';

/** Positions in `rows`, in order: the last of the passes is the first thing that counts. */
export function inOrder<Key extends Texts<Key>>({ table, rows }: RowsWithin<Key>): Uint32Array {
  const byRow = (ranks: Uint32Array, idOf: (row: number) => number) => rows.map((row) => ranks[idOf(row)] ?? 0);
  const process = (row: number) => table.processOf(row);
  const passes = [
    () => byRow(table.processes.ranks(['build', 'variant']), process),
    () => slotRanks(table, rows),
    () => byRow(table.processes.ranks(['instance']), process),
    () => byRow(table.keys.ranks(), (row) => table.keyOf(row)),
  ];
  return passes.reduce<Uint32Array>(
    (order, ranksOf) => countingSort(order, ranksOf()),
    rows.map((_, position) => position),
  );
}

/** Whether two rows stand at the same place of this order. */
export function isSamePlace<Key extends Texts<Key>>(table: Table<Key>, one: number, other: number): boolean {
  return (
    table.keyOf(one) === table.keyOf(other) &&
    table.processOf(one) === table.processOf(other) &&
    table.slotMsOf(one) === table.slotMsOf(other)
  );
}

function slotRanks<Key extends Texts<Key>>(table: Table<Key>, rows: Uint32Array): Uint32Array {
  const slots = new Set<number>();
  for (let index = 0; index < rows.length; index++) slots.add(table.slotMsOf(rows[index] ?? 0));
  const ranks = new Map([...slots].sort((one, other) => one - other).map((slot, rank) => [slot, rank]));
  return rows.map((row) => ranks.get(table.slotMsOf(row)) ?? 0);
}

/** Stable. `ranks`: by position, small whole numbers. Plain loops, because an iterator makes an object of every number. */
function countingSort(order: Uint32Array, ranks: Uint32Array): Uint32Array {
  let most = 0;
  for (let position = 0; position < ranks.length; position++) most = Math.max(most, ranks[position] ?? 0);
  const next = new Uint32Array(most + 2);
  const take = (rank: number) => {
    const at = next[rank] ?? 0;
    next[rank] = at + 1;
    return at;
  };
  for (let position = 0; position < ranks.length; position++) take((ranks[position] ?? 0) + 1);
  for (let rank = 1; rank < next.length; rank++) next[rank] = (next[rank] ?? 0) + (next[rank - 1] ?? 0);
  const sorted = new Uint32Array(order.length);
  for (let index = 0; index < order.length; index++) {
    const position = order[index] ?? 0;
    sorted[take(ranks[position] ?? 0)] = position;
  }
  return sorted;
}
