/** Reads blocks of ClickHouse's format Native back into rows, as JSONEachRow would print them: the counterpart of the columns under test. */

export type Row = Readonly<Record<string, unknown>>;

class Reader {
  private readonly bytes: Buffer;
  private at = 0;

  constructor(pieces: readonly Uint8Array[]) {
    this.bytes = Buffer.concat(pieces);
  }

  get isAtEnd(): boolean {
    return this.at === this.bytes.length;
  }

  take(length: number): Buffer {
    if (this.at + length > this.bytes.length) throw new Error(`the block is cut off at byte ${this.at}`);
    this.at += length;
    return this.bytes.subarray(this.at - length, this.at);
  }

  varint(): number {
    let value = 0;
    for (let factor = 1; ; factor *= 128) {
      const byte = this.take(1).readUInt8();
      value += (byte & 127) * factor;
      if (byte < 128) return value;
    }
  }

  text(): string {
    return new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(this.take(this.varint()));
  }

  uint64(): bigint {
    return this.take(8).readBigUInt64LE();
  }

  count(): number {
    return Number(this.uint64());
  }
}

const times = <T>(count: number, read: (index: number) => T): T[] => Array.from({ length: count }, (_, i) => read(i));

const narrow = (value: bigint) => (Number.isSafeInteger(Number(value)) ? Number(value) : value);

function time(ns: bigint): string {
  return `${String(ns / 1_000_000_000n).padStart(10, '0')}.${String(ns % 1_000_000_000n).padStart(9, '0')}`;
}

function double(value: number): number | string {
  if (Number.isFinite(value)) return value;
  return Number.isNaN(value) ? 'nan' : value > 0 ? 'inf' : '-inf';
}

const SCALARS: Readonly<Record<string, (reader: Reader) => unknown>> = {
  String: (reader) => reader.text(),
  UInt64: (reader) => narrow(reader.uint64()),
  Float64: (reader) => double(reader.take(8).readDoubleLE()),
  UInt32: (reader) => reader.take(4).readUInt32LE(),
  Int32: (reader) => reader.take(4).readInt32LE(),
  UInt16: (reader) => reader.take(2).readUInt16LE(),
  UInt8: (reader) => reader.take(1).readUInt8(),
  Bool: (reader) => reader.take(1).readUInt8() === 1,
  'DateTime64(9)': (reader) => time(reader.uint64()),
};

/** The parts of `Map(K, V)`; neither part that is used here holds a comma. */
function mapParts(type: string): [string, string] {
  const [key = '', value = ''] = type.slice('Map('.length, -1).split(', ');
  return [key, value];
}

const innerOf = (type: string) => type.slice(type.indexOf('(') + 1, -1);

function readPrefix(reader: Reader, type: string): void {
  if (type.startsWith('LowCardinality')) {
    if (reader.uint64() !== 1n) throw new Error('an unknown version of LowCardinality');
  } else if (type.startsWith('Array')) readPrefix(reader, innerOf(type));
  else if (type.startsWith('Map')) for (const part of mapParts(type)) readPrefix(reader, part);
}

function readColumn(reader: Reader, type: string, rows: number): unknown[] {
  const scalar = SCALARS[type];
  if (scalar !== undefined) return times(rows, () => scalar(reader));
  if (type.startsWith('LowCardinality')) return readLowCardinality(reader, rows);
  const ends = times(rows, () => reader.count());
  const elements = ends.at(-1) ?? 0;
  const rowOf = <T>(values: readonly T[], i: number) => values.slice(ends[i - 1] ?? 0, ends[i]);
  if (type.startsWith('Array')) {
    const values = readColumn(reader, innerOf(type), elements);
    return ends.map((_, i) => rowOf(values, i));
  }
  const [keyType, valueType] = mapParts(type);
  const keys = readColumn(reader, keyType, elements);
  const values = readColumn(reader, valueType, elements);
  return ends.map((_, i) => Object.fromEntries(rowOf(keys, i).map((key, j) => [key, rowOf(values, i)[j]])));
}

function readLowCardinality(reader: Reader, rows: number): string[] {
  if (rows === 0) return [];
  const flags = reader.count();
  if (flags >> 8 !== 6) throw new Error(`unexpected flags ${flags}`);
  const entries = times(reader.count(), () => reader.text());
  const width = 1 << (flags & 255);
  return times(reader.count(), () => {
    const id = reader.take(width).readUIntLE(0, width);
    const entry = entries[id];
    if (entry === undefined) throw new Error(`entry ${id} of ${entries.length}`);
    return entry;
  });
}

/** What Hinge makes of a span stands in columns of its own: test/collector/facts.test.ts reads them from the engine. */
const isFact = (name: string) => name.startsWith('Hinge');

/**
 * All rows of the blocks without the facts; empty lists of a Nested are left out, as those who write JSON leave them out.
 */
export function readNative(pieces: readonly Uint8Array[]): Row[] {
  const reader = new Reader(pieces);
  const all: Row[] = [];
  while (!reader.isAtEnd) {
    const columns = reader.varint();
    const rows = reader.varint();
    const named = times(columns, (): [string, unknown[]] => {
      const name = reader.text();
      const type = reader.text();
      readPrefix(reader, type);
      return [name, readColumn(reader, type, rows)];
    });
    all.push(...times(rows, (i) => rowAt(named, i)));
  }
  return all;
}

function rowAt(named: readonly [string, unknown[]][], i: number): Row {
  const values = named.map(([name, column]): [string, unknown] => [name, column[i]]);
  return Object.fromEntries(
    values.filter(
      ([name, value]) => !isFact(name) && !(name.includes('.') && Array.isArray(value) && value.length === 0),
    ),
  );
}
