/** How long the disk lasts at the present growth, given what each table keeps. Days are of 24 hours, counted from now. */

import type { StoredTable } from '../../store/storage.ts';

export type ForecastTable = Pick<StoredTable, 'name' | 'bytes' | 'oldestMs' | 'kept' | 'madeByHinge' | 'growth'>;

export type Forecast =
  /** The tables that hold most have no full day yet. */
  | { readonly kind: 'unknown' }
  /** It stays within the disk; `bytes` is what all tables take once each keeps all that it may. */
  | { readonly kind: 'fits'; readonly bytes: number }
  /** `retentionDays` is the most that would stay within the disk; null when no number of days would. */
  | { readonly kind: 'full'; readonly inDays: number; readonly retentionDays: number | null };

const DAY_MS = 86_400_000;
const UNIT_DAYS = {
  second: 1 / 86_400,
  minute: 1 / 1_440,
  hour: 1 / 24,
  day: 1,
  week: 7,
  month: 31,
  year: 366,
} as const;
/** Merges write the new part beside the old ones. */
const USABLE = 0.9;
/** What lies further ahead is no forecast. */
const HORIZON_DAYS = 365;

/** @param freeBytes of the disk; Infinity where it has no end */
export function forecast(tables: readonly ForecastTable[], freeBytes: number, nowMs: number): Forecast {
  const stored = bytesOf(tables);
  const known = bytesOf(tables.filter(({ growth }) => growth !== null));
  if (known <= stored / 2) return { kind: 'unknown' };
  const inDays = daysUntilFull(tables, freeBytes * USABLE, nowMs);
  if (inDays !== null) return { kind: 'full', inDays, retentionDays: daysThatFit(tables, freeBytes * USABLE, nowMs) };
  const curves = tables.map((table) => curveOf(table, nowMs));
  const settled = Math.max(0, ...curves.flatMap(({ bends }) => bends));
  return { kind: 'fits', bytes: curves.reduce((sum, { addedAt }) => sum + addedAt(settled), stored) };
}

const bytesOf = (tables: readonly ForecastTable[]) => tables.reduce((sum, { bytes }) => sum + bytes, 0);

/** The bytes that a table adds by a day, a line with two bends: when it begins to drop, and when it has replaced all it had. */
interface Curve {
  readonly addedAt: (day: number) => number;
  readonly bends: readonly number[];
}

function curveOf({ bytes, oldestMs, kept, growth }: ForecastTable, nowMs: number): Curve {
  const perDay = growth?.bytesPerDay ?? 0;
  if (kept === null || oldestMs === null || perDay === 0) return { addedAt: (day) => perDay * day, bends: [] };
  // Whole partitions are dropped: a day, or a month, lies about until its last row has expired.
  const partitionDays = kept.unit === 'month' || kept.unit === 'year' ? UNIT_DAYS.month : UNIT_DAYS.day;
  const keptDays = kept.count * UNIT_DAYS[kept.unit] + partitionDays;
  const ageDays = Math.min(Math.max((nowMs - oldestMs) / DAY_MS, Number.EPSILON), keptDays);
  const dropsFrom = keptDays - ageDays;
  const addedAt = (day: number) =>
    perDay * Math.min(day, keptDays) - (bytes / ageDays) * Math.max(0, Math.min(day, keptDays) - dropsFrom);
  return { addedAt, bends: [dropsFrom, keptDays] };
}

/** The first day on which the tables have added more than fits; null for none up to the horizon and the last bend. */
function daysUntilFull(tables: readonly ForecastTable[], fitsBytes: number, nowMs: number): number | null {
  const curves = tables.map((table) => curveOf(table, nowMs));
  const addedAt = (day: number) => curves.reduce((sum, curve) => sum + curve.addedAt(day), 0);
  const days = [...new Set([0, HORIZON_DAYS, ...curves.flatMap(({ bends }) => bends)])].sort((a, b) => a - b);
  for (const [index, day] of days.entries()) {
    if (addedAt(day) <= fitsBytes) continue;
    const before = days[index - 1];
    if (before === undefined) return day;
    const share = (fitsBytes - addedAt(before)) / (addedAt(day) - addedAt(before));
    return before + share * (day - before);
  }
  return null;
}

/** The longest `store.retentionDays` below the present one that would stay within the disk. */
function daysThatFit(tables: readonly ForecastTable[], fitsBytes: number, nowMs: number): number | null {
  const spans = tables.find(({ name, madeByHinge }) => name === 'otel_traces' && madeByHinge)?.kept;
  if (spans?.unit !== 'day') return null;
  // Points follow the spans unless they have a retention of their own.
  const follows = ({ name, madeByHinge, kept }: ForecastTable) =>
    madeByHinge && name.startsWith('otel_') && kept?.unit === 'day' && kept.count === spans.count;
  for (let count = spans.count - 1; count >= 1; count -= 1) {
    const shorter = tables.map((table) => (follows(table) ? { ...table, kept: { ...spans, count } } : table));
    if (daysUntilFull(shorter, fitsBytes, nowMs) === null) return count;
  }
  return null;
}
