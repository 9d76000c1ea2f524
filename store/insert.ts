/** Blocks of telemetry in: one insert a block, atomic because it stays in one partition, and written once by its token. */
import type { ClickHouseSettings } from '@clickhouse/client';
import { HingeError } from '../errors.ts';
import type { Connection, InsertBlock, TelemetryTable } from '../model.ts';
import { connectDatabase, type Database } from './connect.ts';
import { FACTS } from './facts.ts';
import { type Facts, findFacts } from './spans.ts';

const TABLES: Readonly<Record<TelemetryTable, true>> = {
  otel_traces: true,
  otel_metrics_gauge: true,
  otel_metrics_sum: true,
  otel_metrics_histogram: true,
  otel_metrics_exponential_histogram: true,
  otel_metrics_summary: true,
};

/** Takes one block; returns once it is committed. @throws HingeError STORE_UNAVAILABLE (retryable, with the same token) or STORE_REFUSED */
export type Insert = (block: InsertBlock) => Promise<void>;

/** The tables must be there. */
export function createInsert(database: Database): Insert {
  let facts: Promise<Facts> | undefined;
  const findOnce = () => {
    facts ??= findFacts(database).catch((error: unknown) => {
      facts = undefined;
      throw error;
    });
    return facts;
  };
  return async (block) => {
    if (block.rows === 0) return;
    if (!Object.hasOwn(TABLES, block.table)) {
      throw new HingeError('STORE_REFUSED', `there is no telemetry table ${block.table}`);
    }
    const { columns, settings } =
      block.table === 'otel_traces' && block.format === 'Native' ? SPANS[await findOnce()] : PLAIN;
    await database.load(
      {
        sql: `INSERT INTO ${block.table}${columns} FORMAT ${block.format === 'Native' ? 'Native' : 'JSONEachRow'}`,
        settings: { insert_deduplication_token: block.token, ...settings },
        doing: `insert ${block.rows} rows into ${block.table}`,
      },
      block.body,
    );
  };
}

const PLAIN = { columns: '', settings: {} } as const;

/** Spans of the collector come with their facts; a table that an older Hinge made, or somebody else, has no place for them. */
const SPANS: Readonly<Record<Facts, { readonly columns: string; readonly settings: ClickHouseSettings }>> = {
  stored: {
    columns: ` (*, ${Object.keys(FACTS).join(', ')})`,
    settings: { insert_allow_materialized_columns: 1 },
  },
  derived: { columns: '', settings: { input_format_skip_unknown_fields: 1 } },
};

/** Takes blocks into a database whose tables are there, over connections of its own. */
export interface Inserter extends AsyncDisposable {
  readonly insert: Insert;
}

export function createInserter(connection: Connection, databaseName: string): Inserter {
  const database = connectDatabase(connection, databaseName);
  return {
    insert: createInsert(database),
    [Symbol.asyncDispose]: () => database[Symbol.asyncDispose](),
  };
}
