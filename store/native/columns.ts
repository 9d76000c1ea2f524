/** Columns of ClickHouse's format Native, of the few types that derived rows have. */

import { type ByteStream, uint64s } from './byte-stream.ts';

export type NumberType = 'UInt32' | 'Int32' | 'UInt64';
export type ColumnType = NumberType | 'LowCardinality(String)' | `Array(${NumberType})`;

export type Numbers = Uint32Array | Int32Array | Float64Array;

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

const WIDTHS: Readonly<Record<NumberType, number>> = { UInt32: 4, Int32: 4, UInt64: 8 };

/** @throws where the bytes are not of that type */
export async function readColumn(bytes: ByteStream, type: ColumnType, rows: number): Promise<Column> {
  if (type === 'LowCardinality(String)') return await readTexts(bytes, rows);
  if (type === 'UInt32' || type === 'Int32' || type === 'UInt64') return await readNumbers(bytes, type, rows);
  const ends = uint64s(await bytes.take(8 * rows));
  const elements = type.slice('Array('.length, -1) as NumberType;
  return { ends, values: await readNumbers(bytes, elements, ends.at(-1) ?? 0) };
}

async function readNumbers(bytes: ByteStream, type: NumberType, count: number): Promise<Numbers> {
  const taken = await bytes.take(WIDTHS[type] * count);
  if (type === 'UInt64') return uint64s(taken);
  const Values = type === 'UInt32' ? Uint32Array : Int32Array;
  return new Values(taken.buffer, taken.byteOffset, count);
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
