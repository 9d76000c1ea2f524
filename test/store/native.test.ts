/** Answers in ClickHouse's format Native, as a real engine writes them and in whatever pieces they arrive. */

import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { connectDatabase } from '../../store/connect.ts';
import { type Block, readBlocks, selectAs, type Types } from '../../store/native/blocks.ts';
import { useEngine } from '../support/engine.ts';

const tests = useEngine();

const TYPES = {
  seconds: 'UInt32',
  many: 'UInt64',
  name: 'LowCardinality(String)',
  buckets: 'Array(Int32)',
  counts: 'Array(UInt64)',
} as const satisfies Types;

/** Of so many rows: numbers near the limits, texts that come again, lists of every length from none. */
const source = (rows: number) => `SELECT ${selectAs(TYPES)} FROM (
  SELECT 4000000000 + number AS seconds, 9007199254740991 - number AS many, concat('é', toString(number % 300)) AS name,
    arrayMap(i -> toInt32(-i * 1000000 - number), range(number % 4)) AS buckets, range(number % 4) AS counts
  FROM numbers(${rows}))`;

const expected = (rows: number) =>
  Array.from({ length: rows }, (_, number) => {
    const list = Array.from({ length: number % 4 }, (_each, index) => index);
    const buckets = list.map((each) => -each * 1_000_000 - number);
    return [4_000_000_000 + number, Number.MAX_SAFE_INTEGER - number, `é${number % 300}`, buckets, list];
  });

function rowsOf(block: Block): unknown[] {
  const { texts, codes } = block.texts('name');
  const list = (name: string, row: number) => {
    const { values, ends } = block.lists(name);
    return [...values.subarray(row === 0 ? 0 : ends[row - 1], ends[row])];
  };
  return Array.from({ length: block.rows }, (_, row) => [
    ...[block.numbers('seconds')[row], block.numbers('many')[row], texts[codes[row] ?? 0]],
    ...[list('buckets', row), list('counts', row)],
  ]);
}

async function read(chunks: AsyncIterable<Uint8Array>): Promise<unknown[]> {
  const rows: unknown[] = [];
  for await (const block of readBlocks(chunks, TYPES)) rows.push(...rowsOf(block));
  return rows;
}

async function answerTo(sql: string): Promise<Uint8Array> {
  const { url, username = '', password = '' } = tests.engine.connection;
  const authorization = `Basic ${Buffer.from(`${username}:${password}`).toString('base64')}`;
  const response = await fetch(url, { method: 'POST', body: `${sql} FORMAT Native`, headers: { authorization } });
  return new Uint8Array(await response.arrayBuffer());
}

async function* inPieces(bytes: Uint8Array, length: number): AsyncGenerator<Uint8Array> {
  for (let from = 0; from < bytes.length; from += length) yield bytes.subarray(from, from + length);
}

describe('blocks of columns', () => {
  it.each([0, 1, 1_000])('%i rows through the client, in blocks of a hundred', async (rows) => {
    await using database = connectDatabase(tests.engine.connection);
    const settings = { max_block_size: '100', output_format_parallel_formatting: 0 } as const;
    const read: unknown[] = [];
    for await (const block of database.blocks({ sql: source(rows), settings, doing: 'read' }, TYPES)) {
      expect(block.rows).toBeLessThanOrEqual(100);
      read.push(...rowsOf(block));
    }
    expect(read).toEqual(expected(rows));
  });

  it('are the same in whatever pieces they arrive', async () => {
    const bytes = await answerTo(source(700));
    await fc.assert(
      fc.asyncProperty(fc.integer({ min: 1, max: 5_000 }), async (length) => {
        expect(await read(inPieces(bytes, length))).toEqual(expected(700));
      }),
      { numRuns: 20, seed: 1 },
    );
  });

  it('an answer that breaks off is an error, wherever it does', async () => {
    const bytes = await answerTo(source(50));
    for (let length = 1; length < bytes.length; length += 7)
      await expect(read(inPieces(bytes.subarray(0, length), 64))).rejects.toThrow('breaks off');
  });

  it('an answer of other columns is an error', async () => {
    const other = await answerTo("SELECT 1, 2, 'three', [4], [5]");
    await expect(read(inPieces(other, 64))).rejects.toThrow('seconds is UInt8 instead of UInt32');
  });

  it('what the engine says in the middle of an answer is an error that may pass', async () => {
    await using database = connectDatabase(tests.engine.connection);
    const sql = `SELECT CAST(throwIf(number = 900000), 'UInt32') FROM numbers(1000000)`;
    const drain = async () => {
      for await (const _ of database.blocks({ sql, doing: 'read' }, { seconds: 'UInt32' }));
    };
    await expect(drain()).rejects.toMatchObject({ name: 'HingeError' });
  });
});
