/** The rival is a fair one: from the same requests it stores the same rows as Hinge. */

import { expect, it } from 'vitest';
import { startHinge } from '../../bench/ingest/hinge-process.ts';
import { createTables, ORDINARY_DATABASE, startServer } from '../../bench/ingest/ordinary-way.ts';
import { createHttpSender } from '../../bench/support/http-sender.ts';
import { createTraffic, spanBodies } from '../../bench/support/traffic.ts';

const headers = { 'content-type': 'application/x-protobuf' };
/** Every column, in types that both tables can be compared in. */
const COLUMNS = `* EXCEPT (ResourceAttributes, ScopeName, ScopeVersion), CAST(ResourceAttributes, 'Map(String, String)'),
  toString(ScopeName), toString(ScopeVersion)`;

it('stores the same rows as Hinge', async () => {
  await using hinge = await startHinge('fast');
  await createTables(hinge.engine);
  await using ordinary = await startServer(hinge.engine);
  using ours = createHttpSender({ url: `${hinge.otlpUrl}/v1/traces`, headers, connections: 1 });
  using theirs = createHttpSender({ url: `http://127.0.0.1:${ordinary.port}/v1/traces`, headers, connections: 1 });
  const traffic = createTraffic(4, 3, spanBodies(512, 3));
  traffic.begin(2_048, Date.now());
  for (let body = traffic.next(); body !== undefined; body = traffic.next()) {
    expect(await Promise.all([ours.send(body.bytes), theirs.send(body.bytes)])).toEqual(['done', 'done']);
    body.release();
  }

  const result = await hinge.engine.client.query({
    query: `SELECT count() AS rows FROM (
  SELECT ${COLUMNS} FROM hinge.otel_traces INTERSECT SELECT ${COLUMNS} FROM ${ORDINARY_DATABASE}.otel_traces
)`,
    format: 'JSONEachRow',
    clickhouse_settings: { output_format_json_quote_64bit_integers: 0 },
  });
  expect(await result.json()).toEqual([{ rows: 2_048 }]);
}, 60_000);
