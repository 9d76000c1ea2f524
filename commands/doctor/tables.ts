/** The tables as a running Hinge tells them: their sizes, aligned, and how long the disk lasts. */

import { counted } from '../../dashboards/report/words.ts';
import { HingeError } from '../../errors.ts';
import type { Clock } from '../../model.ts';
import type { Storage, StoredTable } from '../../store/storage.ts';
import { columns } from '../columns.ts';
import { folderSize, formatBytes } from '../disk.ts';
import { type Forecast, forecast } from './forecast.ts';
import type { Outcome } from './outcome.ts';

export interface TablesOptions {
  /** Asks the running Hinge. */
  readonly read: () => Promise<Storage>;
  /** Of the embedded engine; absent where a server keeps the data. */
  readonly dataDir: string | undefined;
  readonly clock: Clock;
}

export async function tablesCheck({ read, dataDir, clock }: TablesOptions): Promise<Outcome> {
  const answer = await read().catch((thrown: unknown) => unanswered(thrown, dataDir));
  if ('state' in answer) return answer;
  const { tables, disk } = answer;
  const outlook = forecast(tables, disk?.freeBytes ?? Number.POSITIVE_INFINITY, clock());
  return {
    state: outlook.kind === 'full' ? 'warn' : 'ok',
    text: `${storedIn(answer)}; ${wordsOf(outlook, tables)}`,
    details: tableOf(tables),
  };
}

async function unanswered(thrown: unknown, dataDir: string | undefined): Promise<Outcome> {
  const code = thrown instanceof HingeError ? thrown.code : undefined;
  if (code === 'UNAUTHENTICATED') {
    return { state: 'warn', text: 'their sizes need a token with the scope read: set HINGE_TOKEN' };
  }
  if (code !== 'SERVER_UNREACHABLE') throw thrown;
  const folder = dataDir === undefined ? '' : `; ${dataDir} takes ${formatBytes(await folderSize(dataDir))}`;
  return { state: 'warn', text: `their sizes need a running hinge serve${folder}` };
}

function storedIn({ tables, disk }: Storage): string {
  const stored = formatBytes(tables.reduce((sum, { bytes }) => sum + bytes, 0));
  return disk === null ? `${stored} stored` : `${stored} stored, ${formatBytes(disk.freeBytes)} free`;
}

function wordsOf(outlook: Forecast, tables: readonly StoredTable[]): string {
  switch (outlook.kind) {
    case 'unknown':
      return 'too little data to say how long the disk lasts: growth is known after the first full day (UTC)';
    case 'fits':
      return `stays within: ${formatBytes(outlook.bytes)} at full retention`;
    case 'full':
      return `full in ${daysOf(outlook.inDays)}: ${adviceOf(outlook.retentionDays, tables)}`;
  }
}

function daysOf(days: number): string {
  const whole = Math.floor(days);
  if (whole < 1) return 'less than a day';
  return whole === 1 ? 'about 1 day' : `about ${whole} days`;
}

function adviceOf(retentionDays: number | null, tables: readonly StoredTable[]): string {
  if (retentionDays !== null) return `lower store.retentionDays to ${retentionDays}`;
  const foreign = tables.some(({ name, madeByHinge }) => name === 'otel_traces' && !madeByHinge);
  return foreign
    ? 'give otel_traces a shorter TTL, or a larger disk: Hinge did not make that table and does not change it'
    : 'no store.retentionDays is short enough: give it a larger disk, send less (sampling), or lower store.cellRetentionMonths';
}

const NONE = '-';

function tableOf(tables: readonly StoredTable[]): string {
  const rows = tables.map(({ name, rows, bytes, oldestMs, newestMs, kept, growth, madeByHinge }) => [
    name,
    rows.toLocaleString('en'),
    formatBytes(bytes),
    timeOf(oldestMs),
    timeOf(newestMs),
    keptOf(kept) + (madeByHinge ? '' : ' (not by Hinge)'),
    growth === null ? NONE : formatBytes(growth.bytesPerDay),
  ]);
  return columns([['table', 'rows', 'on disk', 'oldest (UTC)', 'newest (UTC)', 'kept', 'a day'], ...rows], [1, 2, 6]);
}

function timeOf(ms: number | null): string {
  return ms === null ? NONE : new Date(ms).toISOString().slice(0, 16).replace('T', ' ');
}

function keptOf(kept: StoredTable['kept']): string {
  if (kept === null) return 'for ever';
  return counted(kept.count, kept.unit);
}
