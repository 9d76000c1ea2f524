/** What is stored of a load, as system.parts says; and the merges that follow it. */

import type { ClickHouseClient } from '@clickhouse/client';

interface Tables {
  readonly client: ClickHouseClient;
  readonly database: string;
  /** The tables whose rows are the items. */
  readonly tables: readonly string[];
}

export interface Stored {
  readonly items: number;
  readonly tableBytes: number;
  readonly bytes: number;
}

export async function storedOf({ client, database, tables }: Tables): Promise<Stored> {
  const result = await client.query({
    query: `SELECT toFloat64(sumIf(rows, table IN {tables:Array(String)})) AS items,
  toFloat64(sumIf(bytes_on_disk, table IN {tables:Array(String)})) AS tableBytes,
  toFloat64(sumIf(bytes_on_disk, startsWith(table, 'otel_'))) AS bytes
FROM system.parts WHERE active AND database = {database:String}`,
    query_params: { database, tables: [...tables] },
    format: 'JSONEachRow',
  });
  const [stored] = await result.json<Stored>();
  if (stored === undefined) throw new Error(`system.parts says nothing about ${database}`);
  return stored;
}

/** Leaves one part a partition of every table. */
export async function mergeAll({ client, database }: Tables): Promise<void> {
  const result = await client.query({
    query: `SELECT DISTINCT table FROM system.parts
WHERE active AND database = {database:String} AND startsWith(table, 'otel_')`,
    query_params: { database },
    format: 'JSONEachRow',
  });
  for (const { table } of await result.json<{ table: string }>()) {
    await client.command({ query: `OPTIMIZE TABLE ${database}.${table} FINAL` });
  }
}
