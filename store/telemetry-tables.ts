/** Whose the tables of telemetry are: Hinge changes only those that it made, and reads the others as they are. */
import { HingeError } from '../errors.ts';
import type { Database } from './connect.ts';

/** The comment of every table of telemetry that Hinge makes. */
export const MADE_BY_HINGE = 'made by hinge';

/**
 * A condition on system.tables. The mark is on the table itself, and not in a list of Hinge's, so that it goes where the
 * table goes (rename, backup, restore) and no crash can part the two. Tables of the versions before the mark are known by
 * two things that Hinge always wrote into its own statements and the Collector's exporter never does: partitions of UTC
 * days, and a window of insert tokens.
 */
export const IS_HINGES = `(comment = '${MADE_BY_HINGE}' OR (startsWith(name, 'otel_') AND partition_key LIKE 'toDate(%, \\'UTC\\')'
  AND engine_full LIKE '%non_replicated_deduplication_window = 1000%'))`;

interface Found {
  readonly where: string;
  /** '' when there is no table. */
  readonly engine: string;
  /** Columns of attributes that are maps. */
  readonly maps: number;
}

/**
 * Where Hinge takes no telemetry itself, the spans must be there: it makes no tables that somebody else fills.
 * @throws HingeError STORE_REFUSED
 */
export async function requireSpans(database: Database): Promise<void> {
  const [found] = await database.rows<Found>({
    sql: `SELECT currentDatabase() AS where,
  (SELECT any(engine) FROM system.tables WHERE database = currentDatabase() AND name = 'otel_traces') AS engine,
  (SELECT count() FROM system.columns WHERE database = currentDatabase() AND table = 'otel_traces'
    AND name IN ('ResourceAttributes', 'SpanAttributes') AND startsWith(type, 'Map(')) AS maps`,
    doing: 'look for otel_traces',
  });
  const trouble = found === undefined ? null : troubleWith(found);
  if (trouble !== null) throw new HingeError('STORE_REFUSED', `collector.enabled is false, and ${trouble}`);
}

function troubleWith({ where, engine, maps }: Found): string | null {
  if (engine === '') {
    return (
      `the database ${where} has no otel_traces that this user may see: let the Collector's ClickHouse exporter make it, ` +
      `set store.database to where it is, or GRANT SELECT ON ${where}.otel_traces`
    );
  }
  if (!engine.endsWith('MergeTree')) {
    return `${where}.otel_traces is a ${engine}: set store.database to where the MergeTree table is that keeps the spans`;
  }
  if (maps === 2) return null;
  return `the attributes in ${where}.otel_traces are no maps: give the Collector's ClickHouse exporter Map columns, not JSON`;
}
