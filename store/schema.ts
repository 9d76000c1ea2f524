/** The database and its tables: created, migrated, and given the retention that was asked for. */
import { HingeError } from '../errors.ts';
import type { Connection, Log } from '../model.ts';
import { connectDatabase, type Database } from './connect.ts';
import { type Migration, migrate } from './migrate.ts';
import { hinge } from './migrations/hinge.ts';
import { telemetry } from './migrations/telemetry.ts';
import { createPointViews } from './points.ts';
import { IS_HINGES, requireSpans } from './telemetry-tables.ts';

export const MIGRATIONS: readonly Migration[] = [telemetry, hinge];

const NAME = /^[A-Za-z_][A-Za-z0-9_]{0,62}$/;

/** Creates the database when it is missing; its name is checked because names cannot be parameters everywhere. */
export async function createDatabase(connection: Connection, name: string): Promise<void> {
  if (!NAME.test(name)) {
    throw new HingeError('CONFIG_INVALID', `store.database is ${JSON.stringify(name)}: use letters, digits and _ only`);
  }
  await using server = connectDatabase(connection);
  const found = await server.rows({
    sql: 'SELECT name FROM system.databases WHERE name = {name:String}',
    parameters: { name },
    doing: `look for the database ${name}`,
  });
  // IF NOT EXISTS needs the right to create databases even where there is nothing to create.
  if (found.length > 0) return;
  await server.run({
    sql: `CREATE DATABASE IF NOT EXISTS ${name} ENGINE = Atomic`,
    doing: `create the database ${name}`,
  });
}

/**
 * Applies the migrations and the retention of telemetry; `null` keeps telemetry for ever.
 * @param collects false where somebody else makes and fills the tables of telemetry
 */
export async function prepareSchema(
  database: Database,
  { collects, retentionDays }: { collects: boolean; retentionDays: number | null },
  log: Log,
): Promise<void> {
  await checkServer(database);
  if (!collects) await requireSpans(database);
  await migrate(database, collects ? MIGRATIONS : MIGRATIONS.filter((each) => each !== telemetry), log);
  await createPointViews(database);
  const tables = await database.rows<{ name: string; expires: number }>({
    sql: `SELECT name, position(engine_full, ' TTL ') > 0 AS expires FROM system.tables
WHERE database = currentDatabase() AND startsWith(name, 'otel_') AND endsWith(engine, 'MergeTree') AND ${IS_HINGES}`,
    doing: 'list the tables of telemetry',
  });
  for (const { name, expires } of tables) await setRetention(database, name, retentionDays, expires === 1);
}

/** Sealing reads the wide columns once, into a materialized common table expression: ClickHouse has them since 26.3. */
async function checkServer(database: Database): Promise<void> {
  const [server] = await database.rows<{ release: string; able: number }>({
    sql: `SELECT version() AS release, count() AS able FROM system.settings WHERE name = 'enable_materialized_cte'`,
    doing: 'ask the server what it can do',
  });
  if (server === undefined || server.able > 0) return;
  throw new HingeError(
    'STORE_REFUSED',
    `ClickHouse ${server.release} is older than 26.3, which sealing needs: upgrade the server, or leave out store.url for the embedded engine`,
  );
}

function timeColumn(table: string): string {
  if (table === 'otel_traces') return 'Timestamp';
  return table === 'otel_traces_trace_id_ts' ? 'Start' : 'TimeUnix';
}

async function setRetention(database: Database, table: string, days: number | null, expires: boolean): Promise<void> {
  if (days === null && !expires) return;
  const clause =
    days === null ? 'REMOVE TTL' : `MODIFY TTL toDateTime(${timeColumn(table)}) + toIntervalDay(${Math.ceil(days)})`;
  await database.run({
    sql: `ALTER TABLE ${table} ${clause}`,
    // Parts are dropped whole as they age; nothing has to be rewritten now.
    settings: { materialize_ttl_after_modify: 0 },
    doing: `set the retention of ${table}`,
  });
}
