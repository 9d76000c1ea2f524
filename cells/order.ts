/** Rows of a table in one order, whatever order they came in. */

import type { Texts } from './dictionary.ts';
import type { RowKind, RowsWithin } from './row.ts';
import type { Table } from './table.ts';

/** By key, instance, slot, build and variant: positions in `rows`. Of the passes the last is what counts first. */
export function inOrder<Key extends Texts<Key>>({ table, rows }: RowsWithin<Key>): Uint32Array {
  const instances = table.processes.ranks(['instance']);
  // Mostly an instance has one build and one variant, and what is in order of instances is in order of these.
  const isOneEach = new Set(instances).size === instances.length;
  const passes = [
    ...(isOneEach
      ? []
      : [() => ranksIn(rows, table.processes.ranks(['build', 'variant']), (row) => table.processOf(row))]),
    () => slotRanks(table, rows),
    () => ranksIn(rows, instances, (row) => table.processOf(row)),
    () => ranksIn(rows, table.keys.ranks(), (row) => table.keyOf(row)),
  ];
  return passes.reduce<Uint32Array>((order, ranksOf) => countingSort(order, ranksOf()), upTo(rows.length));
}

/** Whether rows stand in this order already, each at a place of its own: a look at each, where putting them in order takes a dozen. */
export function areInOrder<Key extends Texts<Key>>({ table, rows }: RowsWithin<Key>): boolean {
  const keys = table.keys.ranks();
  const [instances, versions] = [table.processes.ranks(['instance']), table.processes.ranks(['build', 'variant'])];
  let [key, process, slotMs] = [-1, -1, Number.NEGATIVE_INFINITY];
  for (let index = 0; index < rows.length; index++) {
    const row = rows[index] ?? 0;
    const [ownKey, ownProcess, ownSlotMs] = [table.keyOf(row), table.processOf(row), table.slotMsOf(row)];
    // Of neighbours mostly the slot differs alone.
    const ascent =
      (ownKey === key ? 0 : rise(keys, key, ownKey)) ||
      (ownProcess === process ? 0 : rise(instances, process, ownProcess)) ||
      ownSlotMs - slotMs ||
      rise(versions, process, ownProcess);
    if (ascent <= 0) return false;
    [key, process, slotMs] = [ownKey, ownProcess, ownSlotMs];
  }
  return true;
}

/** Above 0 where the rank of the second is higher; of none at all it is the lowest. */
const rise = (ranks: Uint32Array, before: number, after: number): number => (ranks[after] ?? 0) - (ranks[before] ?? -1);

/** What `rowsInOrder` gave, each row at a place of its own: a second look at half a million rows would tell nothing new. */
const inPlace = new WeakSet<readonly unknown[]>();

/** Whether a list is as it came from `rowsInOrder`, and has no two rows at one place. Of other lists `areInOrder` tells. */
export const isKnownInOrder = (members: readonly unknown[]): boolean => inPlace.has(members);

/** All rows of a table. The list must not change. */
export function rowsInOrder<T, Key extends Texts<Key>>(table: Table<Key>, kind: RowKind<T, Key>): readonly T[] {
  const order = inOrder({ table, rows: upTo(table.length) });
  const members = new Array<T>(order.length);
  let isOneEach = true;
  for (let index = 0; index < order.length; index++) {
    const row = order[index] ?? 0;
    members[index] = kind.at(table, row);
    isOneEach &&= index === 0 || !isSamePlace(table, order[index - 1] ?? 0, row);
  }
  if (isOneEach) inPlace.add(members);
  return members;
}

const upTo = (length: number): Uint32Array => new Uint32Array(length).map((_, position) => position);

/** By position. `ranks`: of the records that rows refer to. */
const ranksIn = (rows: Uint32Array, ranks: Uint32Array, recordOf: (row: number) => number): Uint32Array =>
  rows.map((row) => ranks[recordOf(row)] ?? 0);

/** Whether two rows stand at the same place of this order. Of neighbours mostly the slot differs. */
export function isSamePlace<Key extends Texts<Key>>(table: Table<Key>, one: number, other: number): boolean {
  return (
    table.slotMsOf(one) === table.slotMsOf(other) &&
    table.processOf(one) === table.processOf(other) &&
    table.keyOf(one) === table.keyOf(other)
  );
}

function slotRanks<Key extends Texts<Key>>(table: Table<Key>, rows: Uint32Array): Uint32Array {
  const slots = new Set<number>();
  for (let index = 0, last = Number.NaN; index < rows.length; index++) {
    const slotMs = table.slotMsOf(rows[index] ?? 0);
    if (slotMs !== last) slots.add(slotMs);
    last = slotMs;
  }
  const ranks = new Map([...slots].sort((one, other) => one - other).map((slot, rank) => [slot, rank]));
  let [last, rank] = [Number.NaN, 0];
  return rows.map((row) => {
    const slotMs = table.slotMsOf(row);
    if (slotMs !== last) rank = ranks.get(slotMs) ?? 0;
    last = slotMs;
    return rank;
  });
}

/** Stable. `ranks`: by position, small whole numbers. Plain loops, because an iterator makes an object of every number. */
function countingSort(order: Uint32Array, ranks: Uint32Array): Uint32Array {
  let most = 0;
  for (let position = 0; position < ranks.length; position++) most = Math.max(most, ranks[position] ?? 0);
  const next = new Uint32Array(most + 2);
  for (let position = 0; position < ranks.length; position++) {
    const after = (ranks[position] ?? 0) + 1;
    next[after] = (next[after] ?? 0) + 1;
  }
  for (let rank = 1; rank < next.length; rank++) next[rank] = (next[rank] ?? 0) + (next[rank - 1] ?? 0);
  const sorted = new Uint32Array(order.length);
  for (let index = 0; index < order.length; index++) {
    const position = order[index] ?? 0;
    const rank = ranks[position] ?? 0;
    const at = next[rank] ?? 0;
    next[rank] = at + 1;
    sorted[at] = position;
  }
  return sorted;
}
