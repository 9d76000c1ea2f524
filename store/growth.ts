/** How fast a table grows, from the extents of its partitions. */

/** A partition, from its oldest row to its newest. */
export interface Stretch {
  readonly fromMs: number;
  readonly untilMs: number;
  readonly bytes: number;
}

export interface Growth {
  readonly bytesPerDay: number;
  /** Full UTC days that this is the mean of. */
  readonly days: number;
}

const DAY_MS = 86_400_000;
/** A week: weekends are part of it. */
const DAYS_LOOKED_AT = 7;

/**
 * The mean over the last full days, up to a week of them; null before there is one. The first day and today are not full.
 * Days without rows count: traffic that rests at weekends grows by less. A partition of many days is taken as even.
 */
export function growthOf(stretches: readonly Stretch[], nowMs: number): Growth | null {
  const endMs = Math.floor(nowMs / DAY_MS) * DAY_MS;
  const oldestMs = Math.min(...stretches.map(({ fromMs }) => fromMs));
  const startMs = Math.max(endMs - DAYS_LOOKED_AT * DAY_MS, Math.ceil(oldestMs / DAY_MS) * DAY_MS);
  const days = (endMs - startMs) / DAY_MS;
  if (!(days >= 1)) return null;
  const bytes = stretches.reduce((sum, stretch) => sum + stretch.bytes * shareWithin(stretch, startMs, endMs), 0);
  return { bytesPerDay: bytes / days, days };
}

function shareWithin({ fromMs, untilMs }: Stretch, startMs: number, endMs: number): number {
  const lengthMs = untilMs - fromMs;
  if (lengthMs <= 0) return fromMs >= startMs && fromMs < endMs ? 1 : 0;
  return Math.max(0, Math.min(untilMs, endMs) - Math.max(fromMs, startMs)) / lengthMs;
}
