/** Columns of ClickHouse's format Native, of the few types that derived rows have. */

import { type ByteStream, uint64s } from './byte-stream.ts';

export type NumberType = 'Int16' | 'UInt32' | 'Int32' | 'UInt64';
export type ColumnType = NumberType | 'LowCardinality(String)' | `Array(${NumberType})`;

export type Numbers = Int16Array | Uint32Array | Int32Array | Float64Array;

/** The distinct texts of a block, and which of them each row has. */
export interface Texts {
  readonly texts: readonly string[];
  readonly codes: Uint8Array | Uint16Array | Uint32Array;
}

/** The lists of all rows one after the other, and where each ends. */
export interface Lists {
  readonly values: Numbers;
  readonly ends: Float64Array;
}

export type Column = Numbers | Texts | Lists;

const KINDS = { Int16: Int16Array, UInt32: Uint32Array, Int32: Int32Array } as const;

/** @throws where the bytes are not of that type */
export async function readColumn(bytes: ByteStream, type: ColumnType, rows: number): Promise<Column> {
  if (type === 'LowCardinality(String)') return await readTexts(bytes, rows);
  if (!type.startsWith('Array(')) return await readNumbers(bytes, type as NumberType, rows);
  const ends = uint64s(await bytes.take(8 * rows));
  const elements = type.slice('Array('.length, -1) as NumberType;
  return { ends, values: await readNumbers(bytes, elements, ends.at(-1) ?? 0) };
}

async function readNumbers(bytes: ByteStream, type: NumberType, count: number): Promise<Numbers> {
  if (type === 'UInt64') return uint64s(await bytes.take(8 * count));
  const Values = KINDS[type];
  const { buffer, byteOffset } = await bytes.take(Values.BYTES_PER_ELEMENT * count);
  return new Values(buffer, byteOffset, count);
}

const CODES = [Uint8Array, Uint16Array, Uint32Array] as const;
/** The dictionary stands in the block itself and is complete. */
const OWN_DICTIONARY = 6;

async function readTexts(bytes: ByteStream, rows: number): Promise<Texts> {
  const version = await bytes.uint64();
  const flags = await bytes.uint64();
  const Codes = CODES[flags & 0xff];
  if (version !== 1 || flags >> 8 !== OWN_DICTIONARY || Codes === undefined)
    throw new Error(`texts come in a way that is not known (version ${version}, flags ${flags})`);
  const texts = await bytes.texts(await bytes.uint64());
  if ((await bytes.uint64()) !== rows) throw new Error('a column has another length than its block');
  const { buffer, byteOffset } = await bytes.take(rows * Codes.BYTES_PER_ELEMENT);
  return { texts, codes: new Codes(buffer, byteOffset, rows) };
}
