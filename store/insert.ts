/** Blocks of telemetry in: one insert a block, atomic because it stays in one partition, and written once by its token. */
import { HingeError } from '../errors.ts';
import type { Connection, InsertBlock, TelemetryTable } from '../model.ts';
import { connectDatabase, type Database } from './connect.ts';

const TABLES: Readonly<Record<TelemetryTable, true>> = {
  otel_traces: true,
  otel_metrics_gauge: true,
  otel_metrics_sum: true,
  otel_metrics_histogram: true,
  otel_metrics_exponential_histogram: true,
  otel_metrics_summary: true,
};

/**
 * Returns once the block is committed.
 * @throws HingeError STORE_UNAVAILABLE (retryable, with the same token) or STORE_REFUSED
 */
export async function insertBlock(database: Database, block: InsertBlock): Promise<void> {
  if (block.rows === 0) return;
  if (!Object.hasOwn(TABLES, block.table)) {
    throw new HingeError('STORE_REFUSED', `there is no telemetry table ${block.table}`);
  }
  const format = block.format === 'Native' ? 'Native' : 'JSONEachRow';
  await database.load(
    {
      sql: `INSERT INTO ${block.table} FORMAT ${format}`,
      settings: { insert_deduplication_token: block.token },
      doing: `insert ${block.rows} rows into ${block.table}`,
    },
    block.body,
  );
}

/** Takes blocks into a database whose tables are there, over connections of its own. */
export interface Inserter extends AsyncDisposable {
  insert(block: InsertBlock): Promise<void>;
}

export function createInserter(connection: Connection, databaseName: string): Inserter {
  const database = connectDatabase(connection, databaseName);
  return {
    insert: (block) => insertBlock(database, block),
    [Symbol.asyncDispose]: () => database[Symbol.asyncDispose](),
  };
}
