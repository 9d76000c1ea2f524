/**
 * The spans around the slots that are being sealed, at hand: read from otel_traces once, with ids as hashes and without
 * repeats. Sealing asks for each slot several times, with its neighbours and for both kinds of derived rows, and to read the
 * ids as text is most of what that would cost. Nothing here outlives its use: what a crash leaves is removed by the next sealer.
 */
import type { Database, Parameters } from './connect.ts';
import { WINDOW } from './distinct.ts';
import { type SpanSource, storedSpans } from './source.ts';
import { SLOT, SPAN_COLUMNS } from './spans.ts';
import type { Derivation, StoredSlot } from './window.ts';

export interface Staging {
  /** The spans that are at hand. Needs the parameters `bring` gives. */
  readonly source: SpanSource;
  /** Brings the spans of a window to hand, those that are not yet or that have become more; returns the parameters to find them by. */
  bring(window: Parameters, nowMs: number): Promise<Parameters>;
  /** Gives up what only slots before this one needed. */
  release(beforeSlot: number): Promise<void>;
}

/** What one statement brought: whole slots, given up together. */
interface Load {
  readonly id: number;
  readonly broughtMs: number;
  readonly rowsOf: ReadonlyMap<number, number>;
}

const COLUMNS = Object.keys(SPAN_COLUMNS).join(', ');

const ROWS = `SELECT ${SLOT} AS slot, count() AS rows FROM otel_traces WHERE ${WINDOW} GROUP BY slot`;

const REPEATED = `SELECT count() > uniqExact(id) AS repeated FROM staged_spans
WHERE sealer = {sealer:UInt32} AND load = {load:UInt32}`;

/** Loads of sealers that ended without giving them up. */
const LEFT = `SELECT sealer, load FROM staged_spans GROUP BY sealer, load HAVING max(brought) < now() - INTERVAL 1 DAY`;

/** Far less than the day after which other sealers take a load for left behind. */
const KEPT_MS = 3_600_000;

/** One block of rows: each would be a part of its own. */
const SETTINGS = {
  max_threads: 1,
  max_insert_threads: '1',
  preferred_block_size_bytes: '8000000',
  min_insert_block_size_rows: '1000000',
  min_insert_block_size_bytes: '0',
  short_circuit_function_evaluation: 'disable',
} as const;

const selectStaged = (where: string) => `SELECT * EXCEPT (sealer, load, brought) FROM staged_spans
WHERE sealer = {sealer:UInt32} AND load IN {loads:Array(UInt32)} AND slot >= {from:UInt32} AND slot < {until:UInt32} AND ${where}`;

/** @param sealer a number that no other sealer has: several share the table */
export function createStaging(database: Database, { facts }: Derivation, sealer: number): Staging {
  const stored = storedSpans(facts);
  let loads: readonly Load[] = [];
  let lastId = 0;
  let isClean = false;

  async function drop(dropped: readonly Load[]): Promise<void> {
    if (dropped.length === 0) return;
    loads = loads.filter((load) => !dropped.includes(load));
    await dropPartitions(
      database,
      dropped.map(({ id }) => ({ sealer, load: id })),
    );
  }

  async function fill(spans: string, parameters: Parameters, id: number): Promise<void> {
    await database.run({
      sql: `INSERT INTO staged_spans (sealer, load, ${COLUMNS}) SELECT {sealer:UInt32}, {load:UInt32}, ${COLUMNS} FROM (${spans})`,
      parameters: { ...parameters, sealer, load: id },
      settings: SETTINGS,
      doing: 'bring the spans of slots to hand',
    });
  }

  async function hasRepeats(id: number): Promise<boolean> {
    const doing = 'look for spans that were delivered twice';
    const [row] = await database.rows<{ repeated: number }>({ sql: REPEATED, parameters: { sealer, load: id }, doing });
    return row?.repeated === 1;
  }

  async function load(window: Parameters, slots: readonly StoredSlot[], nowMs: number): Promise<Load> {
    const parameters = { ...window, missing: slots.map(({ slot }) => slot) };
    const made = (id: number): Load => ({
      id,
      broughtMs: nowMs,
      rowsOf: new Map(slots.map(({ slot, rows }) => [slot, rows])),
    });
    const found = made(++lastId);
    await fill(stored.all('slot IN {missing:Array(UInt32)}'), parameters, found.id);
    if (!(await hasRepeats(found.id))) return found;
    await drop([found]);
    const distinct = made(++lastId);
    await fill(stored.distinct('slot IN {missing:Array(UInt32)}'), parameters, distinct.id);
    return distinct;
  }

  async function removeLeft(): Promise<void> {
    const left = await database.rows<Partition>({ sql: LEFT, doing: 'look for spans left at hand' });
    await dropPartitions(database, left);
    isClean = true;
  }

  return {
    source: { facts, distinct: selectStaged, all: selectStaged, isDear: false },
    async bring(window, nowMs) {
      if (!isClean) await removeLeft();
      // Rows that come after this count come after the fingerprint too: the slot will be sealed again.
      const stored = await database.rows<StoredSlot>({
        sql: ROWS,
        parameters: window,
        doing: 'count the spans of slots',
      });
      const has = ({ rowsOf }: Load, { slot, rows }: StoredSlot) => (rowsOf.get(slot) ?? rows) === rows;
      const isOld = ({ broughtMs }: Load) => Math.abs(nowMs - broughtMs) > KEPT_MS;
      await drop(loads.filter((each) => isOld(each) || !stored.every((slot) => has(each, slot))));
      const missing = stored.filter(({ slot }) => !loads.some(({ rowsOf }) => rowsOf.has(slot)));
      if (missing.length > 0) loads = [...loads, await load(window, missing, nowMs)];
      return { sealer, loads: loads.map(({ id }) => id) };
    },
    release: (beforeSlot) => drop(loads.filter(({ rowsOf }) => [...rowsOf.keys()].every((slot) => slot < beforeSlot))),
  };
}

interface Partition {
  readonly sealer: number;
  readonly load: number;
}

async function dropPartitions(database: Database, partitions: readonly Partition[]): Promise<void> {
  if (partitions.length === 0) return;
  await database.run({
    sql: `ALTER TABLE staged_spans ${partitions.map(({ sealer, load }) => `DROP PARTITION (${sealer}, ${load})`).join(', ')}`,
    doing: 'give up spans at hand',
  });
}
