/** Brings a database to this version of Hinge, one numbered migration after the other. */
import { HingeError } from '../errors.ts';
import type { Log } from '../model.ts';
import type { Database } from './connect.ts';

/** Statements are idempotent: a crash between two of them repeats the migration from its beginning. */
export interface Migration {
  /** 1, 2, 3 ... without gaps. */
  readonly id: number;
  readonly name: string;
  readonly statements: readonly string[];
}

const LEDGER = `CREATE TABLE IF NOT EXISTS schema_migrations (
  id UInt32, name String, applied_at DateTime64(3, 'UTC') DEFAULT now64(3)
) ENGINE = MergeTree ORDER BY id`;

/**
 * Applies what is missing; returns how many migrations that were.
 * @throws HingeError STORE_REFUSED when the database was written by a newer Hinge
 */
export async function migrate(database: Database, migrations: readonly Migration[], log: Log): Promise<number> {
  await database.run({ sql: LEDGER, doing: 'create schema_migrations' });
  const applied = await database.rows<{ id: number; name: string }>({
    sql: 'SELECT DISTINCT id, name FROM schema_migrations ORDER BY id',
    doing: 'read schema_migrations',
  });
  const newest = migrations.at(-1)?.id ?? 0;
  const unknown = applied.find(({ id }) => id > newest);
  if (unknown !== undefined) {
    throw new HingeError(
      'STORE_REFUSED',
      `the database has migration ${unknown.id} (${unknown.name}), this Hinge knows migrations up to ${newest}: ` +
        'run the newer Hinge that wrote it, or restore a backup from before',
    );
  }
  const done = new Set(applied.map(({ id }) => id));
  const missing = migrations.filter(({ id }) => !done.has(id));
  for (const migration of missing) await apply(database, migration, log);
  return missing.length;
}

async function apply(database: Database, { id, name, statements }: Migration, log: Log): Promise<void> {
  const doing = `apply migration ${id} (${name})`;
  for (const sql of statements) await database.run({ sql, doing });
  await database.run({
    sql: 'INSERT INTO schema_migrations (id, name) VALUES ({id:UInt32}, {name:String})',
    parameters: { id, name },
    doing,
  });
  log.info({ migration: id }, `applied migration ${id}: ${name}`);
}
