/** An answer in ClickHouse's format Native, block by block: columns, of which no row becomes an object. */

import { ByteStream } from './byte-stream.ts';
import { type Column, type ColumnType, type Lists, type Numbers, readColumn, type Texts } from './columns.ts';

/** Of the columns that are asked for, by name. */
export type Types = Readonly<Record<string, ColumnType>>;

export const TEXT = 'LowCardinality(String)';
/**
 * Half of what the tables hold, and most of what is sent: buckets of 64-bit nanoseconds end at 4095, and a bucket of one slot has
 * fewer than 2^32 calls.
 */
export const BUCKETS = 'Array(Int16)';
export const COUNTS = 'Array(UInt32)';

/** Good until the next block is asked for. */
export interface Block {
  readonly rows: number;
  numbers(name: string): Numbers;
  texts(name: string): Texts;
  lists(name: string): Lists;
}

/** The types are asked for, so that the answer has no others. */
export const selectAs = (types: Types): string =>
  Object.entries(types)
    .map(([name, type]) => `CAST(${name}, '${type}')`)
    .join(', ');

/** `types`: as in `selectAs`, by which the columns were asked for. @throws where the answer breaks off or is another */
export async function* readBlocks(chunks: AsyncIterable<Uint8Array>, types: Types): AsyncGenerator<Block> {
  const bytes = new ByteStream(chunks);
  while (!(await bytes.isAtEnd())) {
    const [count, rows] = [await bytes.varint(), await bytes.varint()];
    const asked = Object.entries(types);
    if (count !== asked.length) throw new Error(`the answer has ${count} columns instead of ${asked.length}`);
    const columns = new Map<string, Column>();
    for (const [name, type] of asked) {
      await bytes.text();
      const own = await bytes.text();
      if (own !== type) throw new Error(`the column ${name} is ${own.slice(0, 100)} instead of ${type}`);
      if (rows > 0) columns.set(name, await readColumn(bytes, type, rows));
    }
    if (rows > 0) yield blockOf(rows, columns);
    bytes.release();
  }
}

function blockOf(rows: number, columns: ReadonlyMap<string, Column>): Block {
  const find = <T extends Column>(name: string, is: (column: Column) => column is T): T => {
    const column = columns.get(name);
    if (column === undefined || !is(column)) throw new TypeError(`there is no such column ${name}`);
    return column;
  };
  return {
    rows,
    numbers: (name) => find(name, (column): column is Numbers => !('ends' in column) && !('codes' in column)),
    texts: (name) => find(name, (column): column is Texts => 'codes' in column),
    lists: (name) => find(name, (column): column is Lists => 'ends' in column),
  };
}
