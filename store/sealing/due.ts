/**
 * Which slots have to be sealed: those with spans that are old enough and have more rows around them than their newest seal
 * saw. A sealed slot is final once retention may have dropped spans in reach of it: what comes later is not all there was.
 * Only slots that new rows reach are looked at: to count a whole day every few seconds would cost more than sealing does.
 */
import type { Database } from '../connect.ts';
import { countedSlots } from '../counted-slots.ts';
import { readKeptSeconds, wholeFrom } from '../retention.ts';
import type { Derivation, StoredSlot } from '../window.ts';
import { type Part, partsWithNews } from './parts.ts';
import { before, from, joined, type Stretch } from './stretches.ts';

export interface DueSlot extends StoredSlot {
  /** Stored rows in reach of the slot. */
  readonly fingerprint: number;
  /** Whether it was sealed before. */
  readonly again: boolean;
}

interface DueSlots {
  /** Ascending, like the next. */
  readonly slots: readonly DueSlot[];
  /** All slots with spans that are due or in reach of one that is. */
  readonly stored: readonly StoredSlot[];
  /** To be called once they are sealed: they are not looked at again until rows come. */
  settle(): void;
}

const counted = (
  stretch: { from: number; until: number },
  derivation: Derivation,
) => `SELECT d.slot AS slot, d.rows AS rows, d.around AS fingerprint, s.sealed_rows AS sealed
FROM (${countedSlots(stretch, derivation)}) AS d
LEFT JOIN (
  SELECT toUnixTimestamp(slot) AS sealed_slot, argMax(fingerprint, version) AS sealed_rows
  FROM seals WHERE recipe = {recipe:String} AND slot >= toDateTime({from:UInt32}) AND slot < toDateTime({until:UInt32})
  GROUP BY sealed_slot
) AS s ON s.sealed_slot = d.slot
ORDER BY slot`;

interface CountedSlot extends StoredSlot {
  readonly fingerprint: number;
  /** Rows in reach when it was sealed; 0 for never. */
  readonly sealed: number;
}

/**
 * ClickHouse answers from the metadata of the parts, whatever the partitions are and in whichever zone they begin: asking
 * costs nothing, however much is stored, and needs no right but to read the spans.
 */
const PARTS = `SELECT _part AS name, count() AS rows,
  intDiv(toUnixTimestamp64Milli(min(Timestamp)), 1000) AS oldest, intDiv(toUnixTimestamp64Milli(max(Timestamp)), 1000) AS newest
FROM otel_traces GROUP BY name`;

/** Stretches that are counted one by one: few, unless telemetry comes late from everywhere. */
const MOST_STRETCHES = 16;

/** Remembers the parts it has seen, and the times that rows came for and that are not sealed yet. */
export function createDueFinder(database: Database, derivation: Derivation): (nowMs: number) => Promise<DueSlots> {
  const { widthSeconds: width, reachSeconds: reach, delaySeconds: delay, recipe } = derivation;
  let seen: readonly Part[] = [];
  let open: readonly Stretch[] = [];
  const slotAt = (seconds: number) => Math.max(0, Math.floor(seconds / width) * width);

  /** Notes the slots in reach of rows that came since the last time. */
  async function look(): Promise<void> {
    const parts = await database.rows<Part>({ sql: PARTS, doing: 'list the parts of the spans' });
    const reached = partsWithNews(seen, parts).map(({ oldest, newest }) => ({
      start: slotAt(slotAt(oldest) - reach),
      end: slotAt(newest) + width + reach,
    }));
    open = joined([...open, ...reached], MOST_STRETCHES);
    seen = parts;
  }

  function count({ start, end }: Stretch): Promise<CountedSlot[]> {
    const parameters = { from: Math.max(0, start - reach), until: end + reach, width, recipe };
    return database.rows({ sql: counted(parameters, derivation), parameters, doing: 'look for slots to seal' });
  }

  return async (nowMs) => {
    const now = Math.floor(nowMs / 1000);
    await look();
    const dueUntil = slotAt(now - delay);
    const ready = before(open, dueUntil);
    const settle = () => {
      open = from(open, dueUntil);
    };
    if (ready.length === 0) return { slots: [], stored: [], settle };
    const whole = wholeFrom(now, await readKeptSeconds(database), reach);
    const counted: CountedSlot[][] = [];
    for (const stretch of ready) counted.push(await count(stretch));
    const isDue = ({ slot, fingerprint, sealed }: CountedSlot) =>
      ready.some(({ start, end }) => slot >= start && slot < end) &&
      fingerprint > sealed &&
      (sealed === 0 || slot >= whole);
    const stored = [...new Map(counted.flat().map((each) => [each.slot, each])).values()].sort(
      (a, b) => a.slot - b.slot,
    );
    const slots = stored.filter(isDue).map(({ sealed, ...slot }) => ({ ...slot, again: sealed > 0 }));
    return { slots, stored, settle };
  };
}
