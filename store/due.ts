/** Which slots have to be sealed: those with spans that are old enough and have more rows around them than their newest seal saw. */
import type { Database } from './connect.ts';
import { instant, SLOT } from './spans.ts';
import type { Slotting, StoredSlot } from './window.ts';

export interface DueSlot extends StoredSlot {
  /** Stored rows in reach of the slot. */
  readonly fingerprint: number;
  /** Whether it was sealed before. */
  readonly again: boolean;
}

interface DueSlots {
  readonly slots: readonly DueSlot[];
  /** To be called once they are sealed: days that are over and did not change are not looked at again. */
  settle(): void;
}

const DUE = `SELECT d.slot AS slot, d.rows AS rows, d.around AS fingerprint, s.sealed_rows > 0 AS again
FROM (
  SELECT slot, rows, sum(rows) OVER (ORDER BY slot RANGE BETWEEN {reach:UInt32} PRECEDING AND {reach:UInt32} FOLLOWING) AS around
  FROM (SELECT ${SLOT} AS slot, count() AS rows FROM otel_traces WHERE Timestamp >= ${instant('{since:UInt32}')} GROUP BY slot)
) AS d
LEFT JOIN (
  SELECT toUnixTimestamp(slot) AS sealed_slot, argMax(fingerprint, version) AS sealed_rows
  FROM seals WHERE recipe = {recipe:String} GROUP BY sealed_slot
) AS s ON s.sealed_slot = d.slot
WHERE d.slot + {width:UInt32} + {delay:UInt32} <= {now:UInt32} AND d.around > s.sealed_rows
ORDER BY slot`;

const DAY_SECONDS = 86_400;

/** Rows per UTC day, from the metadata of the parts: asking costs nothing, however much is stored. */
async function rowsPerDay(database: Database): Promise<Map<number, number>> {
  const days = await database.rows<{ day: number; rows: number }>({
    sql: `SELECT toUnixTimestamp(toDateTime(toDate(partition), 'UTC')) AS day, sum(rows) AS rows FROM system.parts
WHERE active AND database = currentDatabase() AND table = 'otel_traces' GROUP BY day`,
    doing: 'list the days with spans',
  });
  return new Map(days.map(({ day, rows }) => [day, rows]));
}

/** Remembers which days are settled, so that only the present one and those that changed are counted. */
export function createDueFinder(database: Database, slotting: Slotting): (nowMs: number) => Promise<DueSlots> {
  const settled = new Map<number, number>();
  const { widthSeconds: width, reachSeconds: reach, delaySeconds: delay, recipe } = slotting;
  return async (nowMs) => {
    const now = Math.floor(nowMs / 1000);
    const stored = await rowsPerDay(database);
    const open = [...stored].filter(([day, rows]) => settled.get(day) !== rows).map(([day]) => day);
    const settle = () => {
      for (const [day, rows] of stored) if (day + DAY_SECONDS + width + delay + reach <= now) settled.set(day, rows);
    };
    if (open.length === 0) return { slots: [], settle };
    const rows = await database.rows<Omit<DueSlot, 'again'> & { again: number }>({
      sql: DUE,
      // The last slots of the day before look into this day, and their own counts need what is in reach of them.
      parameters: { since: Math.max(0, Math.min(...open) - 2 * reach - width), width, reach, delay, now, recipe },
      doing: 'look for slots to seal',
    });
    return { slots: rows.map((row) => ({ ...row, again: row.again === 1 })), settle };
  };
}
