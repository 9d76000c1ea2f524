/** What each table takes on the disk, how fast it grows and how long it keeps its rows; and what the disk has left. */
import type { Database } from './connect.ts';
import { type Growth, growthOf, type Stretch } from './growth.ts';
import { type Kept, keptBy, TTL } from './retention.ts';
import { IS_HINGES } from './telemetry-tables.ts';

export interface StoredTable {
  readonly name: string;
  readonly rows: number;
  readonly bytes: number;
  /** Times of the rows; null while there are none. */
  readonly oldestMs: number | null;
  readonly newestMs: number | null;
  /** Null for ever. */
  readonly kept: Kept | null;
  /** Whether its retention is Hinge's to set. */
  readonly madeByHinge: boolean;
  /** Null before the first full day. */
  readonly growth: Growth | null;
}

export interface Storage {
  readonly tables: readonly StoredTable[];
  /** Of the disks that the tables are on; null where they have no end, as object storage. */
  readonly disk: { readonly freeBytes: number; readonly totalBytes: number } | null;
}

/** Hinge's tables without partitions, with their time: there is no metadata that would tell its extent. */
const WHOLE = { journal: 'at', seals: 'slot', upgrades: 'started' } as const;
const OWN = `('cells', 'self_times', ${Object.keys(WHOLE)
  .map((name) => `'${name}'`)
  .join(', ')})`;

interface Partition {
  readonly name: string;
  readonly rows: number;
  readonly bytes: number;
  readonly oldestMs: number;
  readonly newestMs: number;
}

/** @throws HingeError STORE_REFUSED naming the right that is missing: system.parts and system.disks are not open to everybody */
export async function readStorage(database: Database, nowMs: number): Promise<Storage> {
  const tables = await database.rows<{ name: string; ttl: string; own: number }>({
    sql: `SELECT name, ${TTL} AS ttl, name IN ${OWN} OR ${IS_HINGES} AS own FROM system.tables
WHERE database = currentDatabase() AND endsWith(engine, 'MergeTree') AND (startsWith(name, 'otel_') OR name IN ${OWN}) ORDER BY name`,
    doing: 'list the tables',
  });
  const partitions = await readPartitions(database);
  const extents = await readExtents(database);
  return {
    tables: tables.map(({ name, ttl, own }) => ({
      ...sizeOf(
        partitions.filter((each) => each.name === name).map((each) => ({ ...each, ...extents.get(name) })),
        nowMs,
      ),
      name,
      kept: keptBy(ttl),
      madeByHinge: own === 1,
    })),
    disk: await readDisk(database),
  };
}

function sizeOf(partitions: readonly Partition[], nowMs: number) {
  // A table by something else than time has no extent.
  const timed = partitions.filter(({ newestMs }) => newestMs > 0);
  const stretches = timed.map(
    ({ oldestMs, newestMs, bytes }): Stretch => ({ fromMs: oldestMs, untilMs: newestMs, bytes }),
  );
  const total = (figure: 'rows' | 'bytes') => partitions.reduce((sum, each) => sum + each[figure], 0);
  return {
    rows: total('rows'),
    bytes: total('bytes'),
    oldestMs: timed.length === 0 ? null : Math.min(...timed.map(({ oldestMs }) => oldestMs)),
    newestMs: timed.length === 0 ? null : Math.max(...timed.map(({ newestMs }) => newestMs)),
    growth: growthOf(stretches, nowMs),
  };
}

function readPartitions(database: Database): Promise<Partition[]> {
  return database.rows({
    sql: `SELECT table AS name, sum(rows) AS rows, toFloat64(sum(bytes_on_disk)) AS bytes,
  toUnixTimestamp(min(min_time)) * 1000 AS oldestMs, toUnixTimestamp(max(max_time)) * 1000 AS newestMs
FROM system.parts WHERE active AND database = currentDatabase() GROUP BY name, partition_id`,
    doing: 'read the sizes of the tables',
  });
}

async function readExtents(database: Database): Promise<Map<string, { oldestMs: number; newestMs: number }>> {
  const each = Object.entries(WHOLE).map(
    ([name, time]) => `SELECT '${name}' AS name, toUnixTimestamp(toDateTime(min(${time}))) * 1000 AS oldestMs,
  toUnixTimestamp(toDateTime(max(${time}))) * 1000 AS newestMs FROM ${name}`,
  );
  const rows = await database.rows<{ name: string; oldestMs: number; newestMs: number }>({
    sql: each.join('\nUNION ALL\n'),
    doing: 'read the extents of the tables',
  });
  return new Map(rows.map(({ name, ...extent }) => [name, extent]));
}

/** Above what a disk can hold: object storage says it has all numbers of bytes free. */
const ENDLESS_BYTES = 2 ** 60;

async function readDisk(database: Database): Promise<Storage['disk']> {
  const [disk] = await database.rows<{ freeBytes: number; totalBytes: number }>({
    sql: `WITH used AS (SELECT DISTINCT disk_name FROM system.parts WHERE active AND database = currentDatabase())
SELECT sum(toFloat64(free_space)) AS freeBytes, sum(toFloat64(total_space)) AS totalBytes FROM system.disks
WHERE name IN used OR (name = 'default' AND (SELECT count() FROM used) = 0)`,
    doing: 'read the free space of the disk',
  });
  return disk === undefined || disk.freeBytes > ENDLESS_BYTES ? null : disk;
}
