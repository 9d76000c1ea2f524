/** How much is stored, from when to when. */
import type { TimeRange } from '../model.ts';
import type { Database } from './connect.ts';
import { type Derivation, slotOf } from './window.ts';

export interface StoreStatus {
  readonly spans: number;
  readonly bytesOnDisk: number;
  /** End of the newest sealed slot; null before the first. */
  readonly sealedUntilMs: number | null;
  readonly newestSpanMs: number | null;
  readonly oldestSpanMs: number | null;
}

const METRICS_TABLE = /^otel_metrics_(gauge|sum|histogram|exponential_histogram|summary)$/;

interface Extent {
  readonly spans: number;
  readonly oldest: number;
  readonly newest: number;
}

async function extent(database: Database): Promise<Extent> {
  const [row] = await database.rows<Extent>({
    sql: `SELECT count() AS spans, toUnixTimestamp64Milli(min(Timestamp)) AS oldest, toUnixTimestamp64Milli(max(Timestamp)) AS newest
FROM otel_traces`,
    doing: 'read the extent of the spans',
  });
  return row ?? { spans: 0, oldest: 0, newest: 0 };
}

/** Likewise of the points of metrics; one that stands on the edge of a slot tells of the slot before. */
async function extentOfPoints(database: Database): Promise<Extent> {
  const tables = await database.rows<{ name: string }>({
    sql: `SELECT name FROM system.tables WHERE database = currentDatabase() AND startsWith(name, 'otel_metrics_')`,
    doing: 'list the tables of metrics',
  });
  const extents: Extent[] = [];
  for (const { name } of tables.filter((table) => METRICS_TABLE.test(table.name))) {
    const [row] = await database.rows<Extent>({
      sql: `SELECT count() AS spans, toUnixTimestamp64Milli(min(TimeUnix)) - 1 AS oldest, toUnixTimestamp64Milli(max(TimeUnix)) - 1 AS newest
FROM ${name}`,
      doing: `read the extent of ${name}`,
    });
    if (row !== undefined && row.spans > 0) extents.push(row);
  }
  return {
    spans: extents.length,
    oldest: Math.min(...extents.map(({ oldest }) => oldest)),
    newest: Math.max(...extents.map(({ newest }) => newest)),
  };
}

/**
 * Extent of the stored spans by their start, in whole slots, so that its cells are all there are; where there are none, of the
 * points; null when there are none either.
 */
export async function readDataRange(database: Database, derivation: Derivation): Promise<TimeRange | null> {
  const ofSpans = await extent(database);
  const { spans, oldest, newest } = ofSpans.spans > 0 ? ofSpans : await extentOfPoints(database);
  if (spans === 0) return null;
  return {
    startMs: slotOf(oldest, derivation) * 1000,
    endMs: (slotOf(newest, derivation) + derivation.widthSeconds) * 1000,
  };
}

export async function readStatus(database: Database, derivation: Derivation): Promise<StoreStatus> {
  const { spans, oldest, newest } = await extent(database);
  const [seals] = await database.rows<{ slots: number; newest: number }>({
    sql: 'SELECT count() AS slots, toUnixTimestamp(max(slot)) AS newest FROM seals WHERE recipe = {recipe:String}',
    parameters: { recipe: derivation.recipe },
    doing: 'read the newest seal',
  });
  const [disk] = await database.rows<{ bytes: number }>({
    // Unlike system.parts, open to everybody who may read the tables.
    sql: `SELECT toFloat64(sum(total_bytes)) AS bytes FROM system.tables WHERE database = currentDatabase() AND engine != 'Memory'`,
    doing: 'read the size on disk',
  });
  return {
    spans,
    bytesOnDisk: disk?.bytes ?? 0,
    sealedUntilMs: seals === undefined || seals.slots === 0 ? null : (seals.newest + derivation.widthSeconds) * 1000,
    newestSpanMs: spans === 0 ? null : newest,
    oldestSpanMs: spans === 0 ? null : oldest,
  };
}
