/** Lays columns out as one block of ClickHouse's format `Native`: column count, row count, then name, type and data of each. */

import { leb128 } from '../leb128.ts';
import type { Column } from './column.ts';

/** The pieces of the body of an `INSERT ... FORMAT Native`; views that are valid until the columns change. */
export function nativeBlock(columns: Readonly<Record<string, Column>>, rows: number): Uint8Array[] {
  const named = Object.entries(columns);
  const out: Uint8Array[] = [leb128(named.length), leb128(rows)];
  for (const [name, column] of named) {
    out.push(text(name), text(column.type));
    column.prefix(out);
    column.data(out);
  }
  return out;
}

/** Of a whole number below 2^53. */
export function uint64(value: number): Uint8Array {
  const bytes = Buffer.alloc(8);
  bytes.writeUInt32LE(value >>> 0, 0);
  bytes.writeUInt32LE(Math.floor(value / 2 ** 32), 4);
  return bytes;
}

function text(value: string): Uint8Array {
  const encoded = Buffer.from(value);
  return Buffer.concat([leb128(encoded.length), encoded]);
}
