/** Compares the books of the senders with what is stored, and with what the cells of the report count. */

import { setTimeout as sleep } from 'node:timers/promises';
import type { ClickHouseClient } from '@clickhouse/client';
import { NUMBER_SQL } from './numbered-bodies.ts';
import { APPLICATION } from './real-exporter.ts';
import type { Books } from './senders.ts';

/** Of spans, unless told. */
export interface Audit {
  readonly acknowledged: number;
  readonly lost: number;
  /** Requests of which a part is stored. */
  readonly halves: number;
  /** Rows beyond one a span: repeats that senders made, and nothing else may. */
  readonly repeats: number;
  /** Requests with more rows than were sent. */
  readonly multiplied: number;
  /** Distinct spans that are stored, acknowledged or not. */
  readonly distinct: number;
}

interface StoredRequest {
  readonly number: number;
  readonly spans: number;
  readonly rows: number;
}

const BIG = { max_bytes_before_external_group_by: '2000000000', output_format_json_quote_64bit_integers: 0 } as const;

export async function auditStored(client: ClickHouseClient, books: Books): Promise<Audit> {
  const stored = await storedRequests(client);
  const { spansPerRequest: whole, sent, acknowledged } = books;
  let lost = 0;
  for (const number of acknowledged) lost += whole - (stored.get(number)?.spans ?? 0);
  const all = [...stored];
  return {
    acknowledged: acknowledged.size * whole,
    lost,
    halves: all.filter(([, { spans }]) => spans !== whole).length,
    repeats: all.reduce((sum, [, { rows, spans }]) => sum + rows - spans, 0),
    multiplied: all.filter(([number, { rows }]) => rows > (sent.get(number) ?? 0) * whole).length,
    distinct: all.reduce((sum, [, { spans }]) => sum + spans, 0),
  };
}

async function storedRequests(client: ClickHouseClient): Promise<ReadonlyMap<number, StoredRequest>> {
  const result = await client.query({
    query: `SELECT ${NUMBER_SQL} AS number, uniqExact(SpanId) AS spans, count() AS rows
FROM hinge.otel_traces WHERE ServiceName != '${APPLICATION}' GROUP BY number`,
    format: 'JSONEachRow',
    clickhouse_settings: BIG,
  });
  const rows = await result.json<StoredRequest>();
  return new Map(rows.map((row) => [row.number, row]));
}

export interface Counted {
  readonly calls: number;
  /** Of `distinct` stored spans: how many are counted more than once, and how many not at all. */
  readonly twice: number;
  readonly missing: number;
}

const SEALED_WITHIN_MS = 120_000;

/** Waits until the cells say what is stored, or for two minutes; what they say then is what they count. */
export async function auditCounted(client: ClickHouseClient, distinct: number): Promise<Counted> {
  let calls = await sealedCalls(client);
  for (const until = Date.now() + SEALED_WITHIN_MS; calls !== distinct && Date.now() < until; ) {
    await sleep(500);
    calls = await sealedCalls(client);
  }
  return { calls, twice: Math.max(0, calls - distinct), missing: Math.max(0, distinct - calls) };
}

async function sealedCalls(client: ClickHouseClient): Promise<number> {
  const result = await client.query({
    query: `SELECT toFloat64(sum(calls)) AS calls FROM hinge.sealed_cells WHERE service != '${APPLICATION}'`,
    format: 'JSONEachRow',
  });
  const [row] = await result.json<{ calls: number }>();
  return row?.calls ?? 0;
}

/** Distinct spans of the application that has the SDK. */
export async function storedOfApplication(client: ClickHouseClient): Promise<number> {
  const result = await client.query({
    query: `SELECT toFloat64(uniqExact(TraceId, SpanId)) AS spans FROM hinge.otel_traces WHERE ServiceName = '${APPLICATION}'`,
    format: 'JSONEachRow',
  });
  const [row] = await result.json<{ spans: number }>();
  return row?.spans ?? 0;
}
