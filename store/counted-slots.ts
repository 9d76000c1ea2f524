/** How many rows are stored in each slot, and around it. */
import { instant, SLOT } from './spans.ts';
import type { Derivation } from './window.ts';

/** So many slots are counted one by one. */
const FEW = 16;

interface Stretch {
  /** Seconds since the epoch, where slots begin. */
  readonly from: number;
  readonly until: number;
}

const within = (from: number, until: number) =>
  `Timestamp >= ${instant(`${from}`)} AND Timestamp < ${instant(`${until}`)}`;

/**
 * Slots that have stored rows, with their number, and the number of those in reach of each: the fingerprint of a seal.
 * Hinge's own table is ordered by time. There the engine counts a stretch from the index, without reading most of it.
 */
export function countedSlots({ from, until }: Stretch, { widthSeconds, reachSeconds, facts }: Derivation): string {
  const slots = Math.ceil((until - from) / widthSeconds);
  const one = (_: unknown, index: number) => {
    const slot = from + index * widthSeconds;
    return `SELECT toUInt32(${slot}) AS slot, count() AS rows FROM otel_traces WHERE ${within(slot, slot + widthSeconds)}`;
  };
  const counted =
    facts === 'stored' && slots <= FEW
      ? Array.from({ length: slots }, one).join(' UNION ALL ')
      : `SELECT ${SLOT} AS slot, count() AS rows FROM otel_traces WHERE ${within(from, until)} GROUP BY slot`;
  return `SELECT slot, rows,
  sum(rows) OVER (ORDER BY slot RANGE BETWEEN ${reachSeconds} PRECEDING AND ${reachSeconds} FOLLOWING) AS around
FROM (${counted}) WHERE rows > 0`;
}
