/**
 * Which slots have to be sealed: those with spans that are old enough and have more rows around them than their newest seal
 * saw. A sealed slot is final once retention may have dropped spans in reach of it: what comes later is not all there was.
 */
import type { Database } from './connect.ts';
import { readKeptSeconds, wholeFrom } from './retention.ts';
import { countedSlots, instant } from './spans.ts';
import type { Derivation, StoredSlot } from './window.ts';

export interface DueSlot extends StoredSlot {
  /** Stored rows in reach of the slot. */
  readonly fingerprint: number;
  /** Whether it was sealed before. */
  readonly again: boolean;
}

interface DueSlots {
  readonly slots: readonly DueSlot[];
  /** To be called once they are sealed: partitions whose spans are all sealed are not looked at again until they change. */
  settle(): void;
}

const DUE = `SELECT d.slot AS slot, d.rows AS rows, d.around AS fingerprint, s.sealed_rows > 0 AS again
FROM (${countedSlots(`Timestamp >= ${instant('{since:UInt32}')}`)}) AS d
LEFT JOIN (
  SELECT toUnixTimestamp(slot) AS sealed_slot, argMax(fingerprint, version) AS sealed_rows
  FROM seals WHERE recipe = {recipe:String} GROUP BY sealed_slot
) AS s ON s.sealed_slot = d.slot
WHERE d.slot + {width:UInt32} + {delay:UInt32} <= {now:UInt32} AND d.around > s.sealed_rows
  AND (s.sealed_rows = 0 OR d.slot >= {whole:UInt32})
ORDER BY slot`;

/** A partition of the spans; times in seconds since the epoch. */
interface Partition {
  readonly id: string;
  readonly rows: number;
  readonly oldest: number;
  readonly newest: number;
}

/**
 * ClickHouse answers from the metadata of the parts, whatever the partitions are and in whichever zone they begin: asking
 * costs nothing, however much is stored, and needs no right but to read the spans.
 */
const PARTITIONS = `SELECT _partition_id AS id, count() AS rows,
  intDiv(toUnixTimestamp64Milli(min(Timestamp)), 1000) AS oldest, intDiv(toUnixTimestamp64Milli(max(Timestamp)), 1000) AS newest
FROM otel_traces GROUP BY id`;

/** Remembers which partitions are settled, so that only the present one and those that changed are counted. */
export function createDueFinder(database: Database, derivation: Derivation): (nowMs: number) => Promise<DueSlots> {
  const settled = new Map<string, number>();
  const { widthSeconds: width, reachSeconds: reach, delaySeconds: delay, recipe } = derivation;
  return async (nowMs) => {
    const now = Math.floor(nowMs / 1000);
    const stored = await database.rows<Partition>({ sql: PARTITIONS, doing: 'list the partitions of the spans' });
    const open = stored.filter(({ id, rows }) => settled.get(id) !== rows);
    const settle = () => {
      for (const { id, rows, newest } of stored) if (newest + width + delay + reach <= now) settled.set(id, rows);
    };
    if (open.length === 0) return { slots: [], settle };
    const whole = wholeFrom(now, await readKeptSeconds(database), reach);
    const oldest = Math.min(...open.map((partition) => partition.oldest));
    const rows = await database.rows<Omit<DueSlot, 'again'> & { again: number }>({
      sql: DUE,
      // The last slots before a partition look into it, and their own counts need what is in reach of them.
      parameters: { since: Math.max(0, oldest - 2 * reach - width), width, reach, delay, now, recipe, whole },
      doing: 'look for slots to seal',
    });
    return { slots: rows.map((row) => ({ ...row, again: row.again === 1 })), settle };
  };
}
