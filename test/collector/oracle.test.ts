/**
 * What the collector stores is what ClickHouse's own protobuf parser reads in the same bytes, column by column. Left out of the bodies,
 * because that parser does not read them: attribute values that are lists or maps, and enumeration values of later versions.
 */

import { type ClickHouseClient, createClient } from '@clickhouse/client';
import fc from 'fast-check';
import { expect, it, onTestFinished } from 'vitest';
import { createRandom } from '../../analysis/statistics/random.ts';
import type { TelemetryTable } from '../../model.ts';
import { useEngine } from '../support/engine.ts';
import { encodeByProtobufjs } from '../support/otlp-schema.ts';
import { scramble } from '../support/otlp-scramble.ts';
import { metricRequests, traceRequests } from './arbitraries.ts';
import { queryParsed, type RequestMessage } from './oracle-parser.ts';
import { METRIC_TABLES, pointsSql, spansSql } from './oracle-sql.ts';
import { openStored } from './stored.ts';

const engine = useEngine();

const READING = {
  date_time_output_format: 'unix_timestamp',
  output_format_json_quote_denormals: 1,
  // A key may be there twice.
  output_format_json_map_as_array_of_tuples: 1,
} as const;

/** Replaces what ClickHouse's parser does not read. */
function readable(value: unknown, key = ''): unknown {
  if (key === 'kind') return Number(value) % 6;
  if (key === 'code') return Number(value) % 3;
  if (Array.isArray(value)) return value.map((item) => readable(item));
  if (typeof value !== 'object' || value === null) return value;
  if ('arrayValue' in value || 'kvlistValue' in value) return { stringValue: 'a list or a map' };
  return Object.fromEntries(Object.entries(value).map(([name, inner]) => [name, readable(inner, name)]));
}

/** Half of them as an ordinary encoder writes them, half in the freedom that protobuf gives. */
function bodiesOf(signal: 'traces' | 'metrics', requests: readonly unknown[]): Uint8Array[] {
  const random = createRandom(33);
  return requests.map((request, i) => {
    const body = encodeByProtobufjs(signal, readable(request));
    return i % 2 === 0 ? body : scramble(signal, body, random);
  });
}

/** Sends each body to the collector by itself. */
async function send(signal: 'traces' | 'metrics', bodies: readonly Uint8Array[]): Promise<ClickHouseClient> {
  // So many names and keys belong to one service here that the caps would tell.
  const many = 1_000_000;
  const { url } = await openStored(engine, { maxServices: many, maxNamesPerService: many, maxKeysPerService: many });
  const statuses = await Promise.all(
    bodies.map(async (body) => {
      const headers = { 'content-type': 'application/x-protobuf' };
      const response = await fetch(`${url}/v1/${signal}`, { method: 'POST', headers, body });
      await response.arrayBuffer();
      return response.status;
    }),
  );
  expect(new Set(statuses)).toEqual(new Set([200]));
  const client = createClient({ ...engine.engine.connection, database: engine.database });
  onTestFinished(() => client.close());
  return client;
}

const lines = (text: string) =>
  text
    .split('\n')
    .filter((line) => line !== '')
    .toSorted();

/** Compares every column of a table with what the SQL derives from all bodies: one behind the other they are one message. */
async function compare(
  client: ClickHouseClient,
  table: TelemetryTable,
  message: RequestMessage,
  bodies: readonly Uint8Array[],
  sql: (request: string) => string,
): Promise<number> {
  const described = await client.query({ query: `DESCRIBE ${table}`, format: 'JSONEachRow' });
  const columns = (await described.json<{ name: string; default_type: string }>())
    .filter((column) => column.default_type !== 'MATERIALIZED')
    .map(({ name }) => `\`${name}\``)
    .join(', ');
  const stored = await client.query({
    query: `SELECT ${columns} FROM ${table}`,
    format: 'JSONEachRow',
    clickhouse_settings: READING,
  });
  const derived = await queryParsed(
    client,
    message,
    Buffer.concat(bodies),
    (request) => `SELECT ${columns} FROM (${sql(request)})`,
    READING,
  );
  const rows = lines(await stored.text());
  expect(rows).toEqual(lines(derived));
  return rows.length;
}

it('spans, every column of otel_traces', async () => {
  const requests = fc.sample(traceRequests, { seed: 31, numRuns: 400 });
  const bodies = bodiesOf('traces', requests);
  const client = await send('traces', bodies);

  expect(await compare(client, 'otel_traces', 'ExportTraceServiceRequest', bodies, spansSql)).toBeGreaterThan(500);
});

it('points, every column of the five tables', async () => {
  const requests = fc.sample(metricRequests, { seed: 32, numRuns: 400 });
  const bodies = bodiesOf('metrics', requests);
  const client = await send('metrics', bodies);

  for (const table of METRIC_TABLES) {
    const rows = await compare(client, table, 'ExportMetricsServiceRequest', bodies, (request) =>
      pointsSql(table, request),
    );
    expect(rows, table).toBeGreaterThan(50);
  }
});
