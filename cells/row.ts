/** A row of a table as an object: two words that look everything else up. */

import type { Texts } from './dictionary.ts';
import type { PackedHistogram } from './packed.ts';
import type { Process, Table } from './table.ts';

/** What subclasses give is read through the table: copy a row field by field, because a spread finds none. */
export abstract class Row<Key extends Texts<Key>> {
  readonly #table: Table<Key>;
  readonly #row: number;

  constructor(table: Table<Key>, row: number) {
    this.#table = table;
    this.#row = row;
  }

  get build(): string {
    return this.process.build;
  }

  get variant(): string {
    return this.process.variant;
  }

  get instance(): string {
    return this.process.instance;
  }

  get slotMs(): number {
    return this.#table.slotMsOf(this.#row);
  }

  protected get key(): Key {
    return this.#table.keys.at(this.#table.keyOf(this.#row));
  }

  protected get process(): Process {
    return this.#table.processes.at(this.#table.processOf(this.#row));
  }

  protected count(index: number): number {
    return this.#table.countOf(this.#row, index);
  }

  protected histogram(index: number): PackedHistogram {
    return this.#table.histogramOf(this.#row, index);
  }

  static haveSameKey(one: unknown, other: unknown): boolean | null {
    if (!(one instanceof Row && other instanceof Row) || one.#table !== other.#table) return null;
    return one.#table.keyOf(one.#row) === one.#table.keyOf(other.#row);
  }

  static within<Key extends Texts<Key>>(members: readonly unknown[]): RowsWithin<Key> | null {
    const [first] = members;
    if (!(first instanceof Row)) return null;
    const table: Table<Key> = first.#table;
    const rows = new Uint32Array(members.length);
    for (let index = 0; index < members.length; index++) {
      const member = members[index];
      if (!(member instanceof Row) || member.#table !== table) return null;
      rows[index] = member.#row;
    }
    return { table, rows };
  }
}

/** Whether two rows of one table have one key; null where they are no such rows. */
export const haveSameKey = (one: unknown, other: unknown): boolean | null => Row.haveSameKey(one, other);

/** The table that all of these are rows of, and which; null where they are of several, or no rows of a table at all. */
export const rowsWithin = <Key extends Texts<Key>>(members: readonly unknown[]): RowsWithin<Key> | null =>
  Row.within<Key>(members);

export interface RowsWithin<Key extends Texts<Key>> {
  readonly table: Table<Key>;
  readonly rows: Uint32Array;
}

/** How members of one kind are kept in a table. */
export interface RowKind<T, Key extends Texts<Key>> {
  createTable(): Table<Key>;
  /** Returns the number of the row. */
  append(table: Table<Key>, member: T): number;
  at(table: Table<Key>, row: number): T;
}

/** All rows of a table, in its order. */
export function rowsOf<T, Key extends Texts<Key>>(table: Table<Key>, { at }: RowKind<T, Key>): T[] {
  const rows: T[] = [];
  for (let row = 0; row < table.length; row++) rows.push(at(table, row));
  return rows;
}

/** The members as rows of one table, in their order; themselves where they are that already. */
export function inOneTable<T, Key extends Texts<Key>>(members: readonly T[], kind: RowKind<T, Key>) {
  const within = rowsWithin<Key>(members);
  if (within !== null) return { ...within, members };
  const table = kind.createTable();
  for (const member of members) kind.append(table, member);
  return { table, rows: Uint32Array.from({ length: table.length }, (_, row) => row), members: rowsOf(table, kind) };
}
