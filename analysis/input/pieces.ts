/** Rows of one kind, sorted and in one piece each. */

import type { Texts } from '../../cells/dictionary.ts';
import { areInOrder, inOrder, isKnownInOrder, isSamePlace } from '../../cells/order.ts';
import { inOneTable, type RowKind, type RowsWithin, rowsWithin } from '../../cells/row.ts';
import type { Table } from '../../cells/table.ts';

interface Pieces<T, Key extends Texts<Key>> {
  readonly kind: RowKind<T, Key>;
  readonly isWhole: (member: T) => boolean;
  readonly merge: (pieces: readonly T[]) => T;
}

/** Sorted, those of one key together; those that share their place become one. What a table holds was checked before it came there. */
export function inOnePiece<T, Key extends Texts<Key>>(given: readonly T[], { kind, isWhole, merge }: Pieces<T, Key>) {
  // As the store gives them.
  if (isKnownInOrder(given)) return { members: given, broken: 0 };
  const own = rowsWithin<Key>(given);
  const whole = own === null ? given.filter(isWhole) : given;
  const all = own === null ? inOneTable(whole, kind) : { ...own, members: given };
  const members = areInOrder(all) ? all.members : merged(all, kind, merge);
  return { members, broken: given.length - whole.length };
}

type Members<T, Key extends Texts<Key>> = RowsWithin<Key> & { readonly members: readonly T[] };

function merged<T, Key extends Texts<Key>>(
  all: Members<T, Key>,
  kind: RowKind<T, Key>,
  merge: (pieces: readonly T[]) => T,
): readonly T[] {
  const { table, rows, members } = sorted(all);
  const places = startsOfPlaces(table, rows);
  if (places.length === members.length) return members;
  const whole = kind.createTable();
  return places.map((from, index) => {
    const pieces = members.slice(from, places[index + 1]);
    return pieces.length === 1 ? (pieces[0] as T) : kind.at(whole, kind.append(whole, merge(pieces)));
  });
}

function sorted<T, Key extends Texts<Key>>({ table, rows, members }: Members<T, Key>) {
  const order = inOrder({ table, rows });
  const inPlace = { table, rows: new Uint32Array(order.length), members: new Array<T>(order.length) };
  for (let index = 0; index < order.length; index++) {
    const position = order[index] ?? 0;
    inPlace.rows[index] = rows[position] ?? 0;
    inPlace.members[index] = members[position] as T;
  }
  return inPlace;
}

/** Where each place begins. */
function startsOfPlaces<Key extends Texts<Key>>(table: Table<Key>, rows: Uint32Array): number[] {
  const starts = new Array<number>(rows.length);
  let [length, before] = [0, -1];
  for (let index = 0; index < rows.length; index++) {
    const row = rows[index] ?? 0;
    if (before < 0 || !isSamePlace(table, before, row)) starts[length++] = index;
    before = row;
  }
  starts.length = length;
  return starts;
}
