/** A collector with both doors in front of a fresh database of the real engine, and what that database holds. */

import { createClient } from '@clickhouse/client';
import { Client, credentials } from '@grpc/grpc-js';
import { onTestFinished } from 'vitest';
import type { CollectorOptions } from '../../collector/collector.ts';
import type { Counters } from '../../collector/counters.ts';
import type { Limits } from '../../collector/limits.ts';
import type { TelemetryTable } from '../../model.ts';
import type { Store } from '../../store/store.ts';
import type { EngineForTests } from '../support/engine.ts';
import type { Row } from '../support/native.ts';
import { openTestCollector } from './support.ts';

export interface Stored {
  /** Of OTLP/HTTP. */
  readonly url: string;
  /** Of OTLP/gRPC. */
  readonly grpcUrl: string;
  readonly grpc: Client;
  /** Every column of every row: times in seconds, whole numbers that a double cannot hold as bigint. */
  read(table: TelemetryTable): Promise<Row[]>;
  /** What a query gives, in the same forms. */
  query(sql: string): Promise<Row[]>;
  readonly store: Store;
  counters(): Counters;
}

/** Closed when the test is finished. */
export async function openStored(
  engine: EngineForTests,
  limits: Partial<Limits> = {},
  options: Partial<CollectorOptions> = {},
): Promise<Stored> {
  const store = await engine.freshStore();
  const collector = await openTestCollector((block) => store.insert(block), limits, { grpcPort: 0, ...options });
  const client = createClient({ ...engine.engine.connection, database: engine.database });
  const grpcUrl = `127.0.0.1:${collector.address.grpcPort}`;
  const grpc = new Client(grpcUrl, credentials.createInsecure(), { 'grpc.max_send_message_length': -1 });
  onTestFinished(async () => {
    grpc.close();
    await collector[Symbol.asyncDispose]();
    await client.close();
  });
  const query = async (sql: string): Promise<Row[]> => {
    const result = await client.query({
      query: sql,
      format: 'JSONEachRow',
      clickhouse_settings: {
        date_time_output_format: 'unix_timestamp',
        output_format_json_quote_64bit_integers: 0,
        output_format_json_quote_denormals: 1,
      },
    });
    const lines = (await result.text()).split('\n').filter((line) => line !== '');
    return lines.map((line) => JSON.parse(line, keepDigits) as Row);
  };
  return {
    url: collector.url,
    grpcUrl: `http://${grpcUrl}`,
    grpc,
    read: (table) => query(`SELECT * FROM ${table}`),
    query,
    store,
    counters: () => collector.counters(),
  };
}

/** A whole number that a double cannot hold becomes a bigint. */
function keepDigits(_key: string, value: unknown, context?: { source?: string }): unknown {
  const source = context?.source ?? '';
  return typeof value === 'number' && /^-?\d+$/.test(source) && source !== print(value) ? BigInt(source) : value;
}

/** As the engine prints it: it knows -0. */
const print = (value: number): string => (Object.is(value, -0) ? '-0' : String(value));
