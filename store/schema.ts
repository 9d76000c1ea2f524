/** The database and its tables: created, migrated, and given the retention that was asked for. */
import { HingeError } from '../errors.ts';
import type { Connection, Log } from '../model.ts';
import { connectDatabase, type Database } from './connect.ts';
import { createPointViews } from './metrics/points.ts';
import { type Migration, migrate } from './migrate.ts';
import { hinge } from './migrations/hinge.ts';
import { lease } from './migrations/lease.ts';
import { staging, stagingOfAll, stagingOfSpans, stagingOnDisk } from './migrations/staging.ts';
import { telemetry } from './migrations/telemetry.ts';
import { applyRetention, type Retention } from './retention.ts';
import { requireSpans } from './telemetry-tables.ts';

export const MIGRATIONS: readonly Migration[] = [
  telemetry,
  hinge,
  stagingOnDisk,
  lease,
  stagingOfSpans,
  stagingOfAll,
  staging,
];

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
 * Applies the migrations and the retention.
 * @param collects false where somebody else makes and fills the tables of telemetry
 */
export async function prepareSchema(
  database: Database,
  { collects, retention }: { readonly collects: boolean; readonly retention: Retention },
  log: Log,
): Promise<void> {
  await checkServer(database);
  if (!collects) await requireSpans(database);
  await migrate(database, collects ? MIGRATIONS : MIGRATIONS.filter((each) => each !== telemetry), log);
  await createPointViews(database);
  await applyRetention(database, retention);
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
