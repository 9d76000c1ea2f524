/** The one path to ClickHouse: @clickhouse/client with a pool for writes and a capped one for reads, so that reads never starve inserts. */
import { Readable } from 'node:stream';
import { type ClickHouseClient, type ClickHouseSettings, createClient } from '@clickhouse/client';
import type { Connection } from '../model.ts';
import { toHingeError } from './faults.ts';
import { type Block, readBlocks, type Types } from './native/blocks.ts';

/** Values for the `{name:Type}` places of a statement: values never become part of its text. */
export type Parameters = Readonly<
  Record<string, string | number | readonly string[] | readonly number[] | readonly (readonly string[])[]>
>;

interface Statement {
  readonly sql: string;
  readonly parameters?: Parameters;
  readonly settings?: ClickHouseSettings;
  /** Completes "could not ..." in an error. */
  readonly doing: string;
}

export interface Database extends AsyncDisposable {
  /** Rows of a read, through the capped pool. */
  rows<Row>(statement: Statement): Promise<Row[]>;
  /** Rows of a read as columns, through the same pool; of the types that `selectAs` asked for. */
  blocks(statement: Statement, types: Types): AsyncIterable<Block>;
  /** A statement that changes something; returns when it is done. */
  run(statement: Statement): Promise<void>;
  /** An `INSERT ... FORMAT ...` with its body; returns when it is committed. */
  load(statement: Statement, body: readonly Uint8Array[]): Promise<void>;
}

const ALWAYS: ClickHouseSettings = {
  // DateTime64 text and dates mean UTC, whatever the server's zone.
  session_timezone: 'UTC',
  output_format_json_quote_64bit_integers: 0,
  output_format_json_quote_decimals: 0,
};

const READ_CAPS: ClickHouseSettings = {
  readonly: '2',
  max_execution_time: 60,
  max_memory_usage: '4000000000',
  max_result_rows: '5000000',
};

const WRITES: ClickHouseSettings = {
  async_insert: 0,
  // A field that no column takes would be dropped without a word.
  input_format_skip_unknown_fields: 0,
  // Tables that a Collector made have a materialized view: a repeated insert gives it what a crash kept from it, once.
  deduplicate_blocks_in_dependent_materialized_views: 1,
};

/** Off: the client's own logger would write beside Hinge's. */
const SILENT = { level: 127 } as const;

export function connectDatabase(connection: Connection, database?: string): Database {
  const pool = (settings: ClickHouseSettings, connections: number, timeoutMs: number) =>
    createClient({
      ...connection,
      ...(database === undefined ? {} : { database }),
      application: 'hinge',
      max_open_connections: connections,
      request_timeout: timeoutMs,
      clickhouse_settings: { ...ALWAYS, ...settings },
      log: SILENT,
    });
  const reads = pool(READ_CAPS, 6, 65_000);
  const writes = pool(WRITES, 8, 300_000);
  const guarded = <T>(statement: Statement, work: () => Promise<T>): Promise<T> =>
    work().catch((thrown: unknown) => {
      throw toHingeError(thrown, statement.doing, connection.url);
    });
  return {
    rows: (statement) =>
      guarded(statement, async () => {
        const result = await reads.query({ ...asked(statement), format: 'JSONEachRow' });
        return await result.json();
      }),
    async *blocks(statement, types) {
      try {
        yield* columnsOf(reads, statement, types);
      } catch (thrown) {
        throw toHingeError(thrown, statement.doing, connection.url);
      }
    },
    run: (statement) => guarded(statement, async () => void (await writes.command(asked(statement)))),
    load: (statement, body) => guarded(statement, () => send(writes, statement, body)),
    [Symbol.asyncDispose]: async () => {
      await Promise.all([reads.close(), writes.close()]);
    },
  };
}

function asked({ sql, parameters, settings }: Statement) {
  return {
    query: sql,
    ...(parameters === undefined ? {} : { query_params: { ...parameters } }),
    ...(settings === undefined ? {} : { clickhouse_settings: settings }),
  };
}

async function* columnsOf(client: ClickHouseClient, statement: Statement, types: Types): AsyncGenerator<Block> {
  const { stream } = await client.exec(asked({ ...statement, sql: `${statement.sql} FORMAT Native` }));
  try {
    yield* readBlocks(stream, types);
  } finally {
    stream.destroy();
  }
}

async function send(client: ClickHouseClient, statement: Statement, body: readonly Uint8Array[]): Promise<void> {
  const { stream } = await client.exec({ ...asked(statement), values: Readable.from(body, { objectMode: false }) });
  for await (const _ of stream);
}
