/** Native blocks of rows that were ingested before, as files: what the raw limit is measured with. */

import { createWriteStream } from 'node:fs';
import { join } from 'node:path';
import { pipeline } from 'node:stream/promises';
import type { ClickHouseClient } from '@clickhouse/client';
import { FACTS } from '../../store/facts.ts';

const BLOCK_ROWS = 65_536;

export interface RawBlock {
  readonly file: string;
  readonly rows: number;
}

/** Blocks in the order of their times: spans of all services are mixed in each, as in one that was received. */
export async function saveBlocks(client: ClickHouseClient, database: string, folder: string): Promise<RawBlock[]> {
  const result = await client.query({
    query: `SELECT intDiv(rowNumberInAllBlocks(), ${BLOCK_ROWS}) AS block, toString(min(Timestamp)) AS first,
  toString(max(Timestamp)) AS last, toFloat64(count()) AS rows
FROM (SELECT Timestamp FROM ${database}.otel_traces ORDER BY Timestamp) GROUP BY block ORDER BY block`,
    format: 'JSONEachRow',
    clickhouse_settings: { max_threads: 1 },
  });
  const blocks: RawBlock[] = [];
  for (const { block, first, last, rows } of await result.json<Slice>()) {
    const file = join(folder, `block-${block}.native`);
    const { stream } = await client.exec({
      query: `SELECT *, ${Object.keys(FACTS).join(', ')} FROM ${database}.otel_traces
WHERE Timestamp BETWEEN {first:DateTime64(9)} AND {last:DateTime64(9)} ORDER BY Timestamp FORMAT Native`,
      query_params: { first, last },
      clickhouse_settings: { max_block_size: String(BLOCK_ROWS) },
    });
    await pipeline(stream, createWriteStream(file));
    blocks.push({ file, rows });
  }
  return blocks;
}

interface Slice {
  readonly block: string;
  readonly first: string;
  readonly last: string;
  readonly rows: number;
}
