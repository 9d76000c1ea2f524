/**
 * The spans around the slots that are being sealed, at hand in the engine's memory: read from otel_traces once, with ids as
 * hashes and without repeats. Sealing asks for each slot several times, with its neighbours and for both kinds of derived rows,
 * and to read the ids as text is most of what that would cost. Nothing here outlives its use: a restart of the engine empties
 * the table, and what a Hinge that crashed leaves on a server is removed by the next.
 */
import { HingeError } from '../../errors.ts';
import type { Database, Parameters } from '../connect.ts';
import { distinctOf } from '../distinct.ts';
import { type SpanSource, storedSpans } from '../source.ts';
import { SPAN_COLUMNS } from '../spans.ts';
import type { Derivation, StoredSlot } from '../window.ts';

export interface Staging extends AsyncDisposable {
  /** The spans that are at hand. Needs the parameters `bring` gives. */
  readonly source: SpanSource;
  /**
   * Brings the spans of a window to hand, those that are not yet or that have become more; returns the parameters to find them by.
   * @param stored the slots of the window that have spans. Rows that come after they were counted are no harm: the count grows
   *   with them, and the slots are sealed again
   */
  bring(window: Parameters, stored: readonly StoredSlot[], nowMs: number): Promise<Parameters>;
  /** @throws HingeError STORE_UNAVAILABLE when a restart of the engine took them: what was derived from them does not count */
  confirm(): Promise<void>;
  /** Gives up what only slots before this one needed. */
  release(beforeSlot: number): Promise<void>;
}

/** What one statement brought: whole slots, given up together. */
interface Load {
  readonly id: number;
  readonly broughtMs: number;
  readonly spans: number;
  /** Stored rows of each slot when it was brought, repeats included. */
  readonly rowsOf: ReadonlyMap<number, number>;
}

const COLUMNS = Object.keys(SPAN_COLUMNS).join(', ');

const OF_LOADS = 'sealer = {sealer:UInt32} AND load IN {loads:Array(UInt32)}';

const COUNTS = `SELECT count() AS spans, uniqExact(id) AS ids FROM staged_spans WHERE ${OF_LOADS}`;
const LEFT = `SELECT count() AS spans FROM staged_spans WHERE ${OF_LOADS}`;

/** Loads of sealers that ended without giving them up. */
const FORGOTTEN = 'brought < now() - INTERVAL 3 HOUR';

/** Far less than the hours after which other sealers take a load for left behind. */
const KEPT_MS = 3_600_000;

const SETTINGS = {
  max_threads: 1,
  max_insert_threads: '1',
  preferred_block_size_bytes: '8000000',
  max_block_size: '262144',
  short_circuit_function_evaluation: 'disable',
} as const;

const selectStaged = (where: string) => `SELECT * EXCEPT (sealer, load, brought) FROM staged_spans
WHERE ${OF_LOADS} AND slot >= {from:UInt32} AND slot < {until:UInt32} AND ${where}`;

/** @param sealer a number that no other sealer has: several share the table */
export function createStaging(database: Database, { facts }: Derivation, sealer: number): Staging {
  const stored = storedSpans(facts);
  let loads: readonly Load[] = [];
  let lastId = 0;
  let isClean = false;
  const idsOf = (some: readonly Load[]) => ({ sealer, loads: some.map(({ id }) => id) });

  async function drop(dropped: readonly Load[]): Promise<void> {
    if (dropped.length === 0) return;
    loads = loads.filter((load) => !dropped.includes(load));
    await remove(database, OF_LOADS, idsOf(dropped));
  }

  async function fill(spans: string, parameters: Parameters, id: number): Promise<void> {
    await database.run({
      sql: `INSERT INTO staged_spans (sealer, load, ${COLUMNS}) SELECT {sealer:UInt32}, {load:UInt32}, ${COLUMNS} FROM (${spans})`,
      parameters: { ...parameters, sealer, load: id },
      settings: SETTINGS,
      doing: 'bring the spans of slots to hand',
    });
  }

  async function countsOf(id: number): Promise<Counts> {
    const doing = 'look for spans that were delivered twice';
    const [counts] = await database.rows<Counts>({ sql: COUNTS, parameters: { sealer, loads: [id] }, doing });
    return counts ?? { spans: 0, ids: 0 };
  }

  async function load(window: Parameters, slots: readonly StoredSlot[], broughtMs: number): Promise<Load> {
    const rowsOf = new Map(slots.map(({ slot, rows }) => [slot, rows]));
    const id = ++lastId;
    await fill(stored.all('slot IN {missing:Array(UInt32)}'), { ...window, missing: [...rowsOf.keys()] }, id);
    const { spans, ids } = await countsOf(id);
    if (spans === ids) return { id, broughtMs, spans, rowsOf };
    const distinct = ++lastId;
    await fill(distinctOf(selectStaged), { ...window, loads: [id] }, distinct);
    await remove(database, OF_LOADS, { sealer, loads: [id] });
    return { id: distinct, broughtMs, spans: (await countsOf(distinct)).spans, rowsOf };
  }

  return {
    source: { facts, distinct: selectStaged, all: selectStaged, isDear: false },
    async bring(window, slots, nowMs) {
      if (!isClean) await remove(database, FORGOTTEN, {});
      isClean = true;
      const has = ({ rowsOf }: Load, { slot, rows }: StoredSlot) => (rowsOf.get(slot) ?? rows) === rows;
      const isOld = ({ broughtMs }: Load) => Math.abs(nowMs - broughtMs) > KEPT_MS;
      await drop(loads.filter((each) => isOld(each) || !slots.every((slot) => has(each, slot))));
      const missing = slots.filter(({ slot }) => !loads.some(({ rowsOf }) => rowsOf.has(slot)));
      if (missing.length > 0) loads = [...loads, await load(window, missing, nowMs)];
      return idsOf(loads);
    },
    async confirm() {
      const [left] = await database.rows<{ spans: number }>({
        sql: LEFT,
        parameters: idsOf(loads),
        doing: 'count the spans at hand',
      });
      if (left?.spans === loads.reduce((sum, { spans }) => sum + spans, 0)) return;
      await drop(loads);
      throw new HingeError(
        'STORE_UNAVAILABLE',
        'ClickHouse lost the spans that were being sealed, as a restart does: they are read again at the next pass',
        { retryable: true },
      );
    },
    release: (beforeSlot) => drop(loads.filter(({ rowsOf }) => [...rowsOf.keys()].every((slot) => slot < beforeSlot))),
    [Symbol.asyncDispose]: () => drop(loads),
  };
}

interface Counts {
  readonly spans: number;
  readonly ids: number;
}

/** Blocks of one load alone are let go without being copied. */
async function remove(database: Database, where: string, parameters: Parameters): Promise<void> {
  await database.run({
    sql: `ALTER TABLE staged_spans DELETE WHERE ${where}`,
    parameters,
    doing: 'give up spans at hand',
  });
}
