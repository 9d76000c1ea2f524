/** The raw limit: prepared Native blocks posted straight to the engine, into Hinge's own tables with its own settings. */

import { readFileSync } from 'node:fs';
import { FACTS } from '../../store/facts.ts';
import { createHttpSender } from '../support/http-sender.ts';
import type { Shipment } from '../support/load.ts';
import { startHinge } from './hinge-process.ts';
import { type Measurement, measure } from './measure.ts';
import type { RawBlock } from './raw-blocks.ts';

/** Two cores: while one block is read from the network another is sorted and written. */
const LANES = 2;
const DATABASE = 'hinge';

/** The first block warms up; the others are measured. */
export async function rawWay([first, ...others]: readonly RawBlock[], holdsMerges: boolean): Promise<Measurement> {
  if (first === undefined || others.length === 0) throw new Error('the raw limit needs two blocks at least');
  await using hinge = await startHinge('durable');
  const { url, username, password, client } = hinge.engine;
  const query = new URLSearchParams({
    database: DATABASE,
    query: `INSERT INTO otel_traces (*, ${Object.keys(FACTS).join(', ')}) FORMAT Native`,
    insert_allow_materialized_columns: '1',
    async_insert: '0',
    deduplicate_blocks_in_dependent_materialized_views: '1',
  });
  using sender = createHttpSender({
    url: `${url}/?${query}`,
    headers: { 'x-clickhouse-user': username, 'x-clickhouse-key': password },
    connections: LANES,
  });
  const warmUp = [first].values();
  const blocks = others.values();
  return await measure({
    send: sender.send,
    lanes: LANES,
    warmUp: () => shipmentOf(warmUp.next().value),
    begin: () => {},
    next: () => shipmentOf(blocks.next().value),
    receiverPid: undefined,
    enginePid: hinge.enginePid,
    client,
    database: DATABASE,
    tables: ['otel_traces'],
    holdsMerges,
  });
}

function shipmentOf(block: RawBlock | undefined): Shipment | undefined {
  if (block === undefined) return undefined;
  return { bytes: readFileSync(block.file), items: block.rows, release: () => {} };
}
