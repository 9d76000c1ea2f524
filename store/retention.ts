/**
 * How long each table keeps its rows. Whole partitions expire at one moment: a UTC day of telemetry, a month of cells. So
 * parts are dropped and never rewritten, and no slot loses a part of its spans. The journal, upgrades and seals stay for
 * ever: a seal is small, and without it a slot whose spans outlive its cells would be sealed over and over.
 */
import type { Database } from './connect.ts';
import { IS_HINGES } from './telemetry-tables.ts';

/** Null keeps rows for ever. */
export interface Retention {
  readonly spanDays: number | null;
  readonly metricDays: number | null;
  readonly cellMonths: number | null;
}

/** What a month has at the least. */
const MONTH_DAYS = 28;

/** The TTL of a table, as ClickHouse prints it; '' for none. */
export function ttlOf(table: string, { spanDays, metricDays, cellMonths }: Retention): string {
  switch (table) {
    case 'otel_traces':
      return endOfDay('Timestamp', spanDays);
    case 'otel_traces_trace_id_ts':
      return endOfDay('Start', spanDays);
    case 'cells':
    case 'self_times': {
      if (cellMonths === null || spanDays === null) return '';
      // A sealed slot is read from its cells alone: they stay as long as its spans.
      const months = Math.max(Math.ceil(cellMonths), Math.ceil((Math.ceil(spanDays) + 1) / MONTH_DAYS));
      return `(toStartOfMonth(slot) + toIntervalMonth(1)) + toIntervalMonth(${months})`;
    }
    default:
      return table.startsWith('otel_metrics_') ? endOfDay('TimeUnix', metricDays) : '';
  }
}

const endOfDay = (time: string, days: number | null) =>
  days === null
    ? ''
    : `(toStartOfDay(toDateTime(${time}, 'UTC')) + toIntervalDay(1)) + toIntervalDay(${Math.ceil(days)})`;

/** Of a month and a year, what the shortest has. */
const SECONDS = {
  second: 1,
  minute: 60,
  hour: 3_600,
  day: 86_400,
  week: 7 * 86_400,
  month: MONTH_DAYS * 86_400,
  year: 365 * 86_400,
} as const;

export interface Kept {
  readonly count: number;
  readonly unit: keyof typeof SECONDS;
}

const secondsOf = ({ count, unit }: Kept): number => count * SECONDS[unit];

/** In SQL over system.tables: the TTL of a table, '' for none. */
export const TTL = `extract(engine_full, ' TTL (.+?)(?: SETTINGS |$)')`;

/** What a TTL promises to keep, whoever wrote it; null for ever. Rules that only move parts to another disk do not count. */
export function keptBy(ttl: string): Kept | null {
  const rules = /toInterval(Second|Minute|Hour|Day|Week|Month|Year)\((\d+)\)(?! TO )/g;
  const last = [...ttl.matchAll(rules)].at(-1);
  if (last === undefined) return null;
  return { count: Number(last[2]), unit: last[1]?.toLowerCase() as Kept['unit'] };
}

/** How long spans are sure to stay; null for ever. The table says it, whoever made it. */
export async function readKeptSeconds(database: Database): Promise<number | null> {
  const [table] = await database.rows<{ ttl: string }>({
    sql: `SELECT ${TTL} AS ttl FROM system.tables WHERE database = currentDatabase() AND name = 'otel_traces'`,
    doing: 'read how long spans are kept',
  });
  const kept = keptBy(table?.ttl ?? '');
  return kept === null ? null : secondsOf(kept);
}

/** The first slot in reach of which no span can have expired; all in seconds. */
export const wholeFrom = (now: number, keptSeconds: number | null, reach: number): number =>
  keptSeconds === null ? 0 : Math.max(0, now - keptSeconds + reach);

/** Brings the tables that Hinge made to the retention that was asked for; what is already so is not touched. */
export async function applyRetention(database: Database, retention: Retention): Promise<void> {
  const tables = await database.rows<{ name: string; ttl: string }>({
    sql: `SELECT name, ${TTL} AS ttl FROM system.tables
WHERE database = currentDatabase() AND endsWith(engine, 'MergeTree')
  AND (name IN ('cells', 'self_times') OR (startsWith(name, 'otel_') AND ${IS_HINGES})) ORDER BY name`,
    doing: 'list the tables that expire',
  });
  for (const { name, ttl } of tables) {
    const wanted = ttlOf(name, retention);
    if (wanted !== ttl) await setTtl(database, name, wanted);
  }
}

async function setTtl(database: Database, table: string, ttl: string): Promise<void> {
  const doing = `set the retention of ${table}`;
  if (ttl === '') return database.run({ sql: `ALTER TABLE ${table} REMOVE TTL`, doing });
  await database.run({
    sql: `ALTER TABLE ${table} MODIFY SETTING ttl_only_drop_parts = 1, materialize_ttl_recalculate_only = 1`,
    doing,
  });
  // Every part remembers when it expires: without working that out again, a part that a longer retention keeps would be
  // dropped by the shorter one. The mutation reads the column of time, and links the others to where they are.
  await database.run({
    sql: `ALTER TABLE ${table} MODIFY TTL ${ttl}`,
    settings: { materialize_ttl_after_modify: 1, mutations_sync: '0' },
    doing,
  });
}
