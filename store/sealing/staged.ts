/**
 * The tables in the engine's memory where sealing keeps what is at hand: spans, the flag variants in force, and the odd calls.
 * Each row says whose it is. Later statements are short, and read nothing twice: to nest one in the other cost twice as much.
 */
import { CALLS_SETTINGS, selectPeered } from '../calls.ts';
import type { Database, Parameters } from '../connect.ts';
import { distinctOf } from '../distinct.ts';
import { ODD_COLUMNS } from '../odd-calls.ts';
import type { SpanSource } from '../source.ts';
import { type Facts, OF_SLOTS, SPAN_COLUMNS } from '../spans.ts';
import { selectVariants } from '../variants.ts';

/** What is in a load. */
interface Counts {
  readonly spans: number;
  /** Fewer than spans where some came twice. */
  readonly ids: number;
  /** Spans that tell a flag's variant. */
  readonly flagged: number;
}

/** The rows of one sealer. A load is a number that it gives to what it brings, and takes away, together. */
export interface Staged {
  /** All that is at hand. Needs the parameters of `WINDOW`, and `sealer`. */
  readonly source: SpanSource;
  /** @param spans selects rows with SPAN_COLUMNS */
  putSpans(load: number, spans: string, parameters: Parameters): Promise<void>;
  /** Those of another load, without repeats. */
  putDistinct(load: number, other: number, window: Parameters): Promise<void>;
  /** The variants in force in some slots of a window. */
  putVariants(load: number, slots: readonly number[], window: Parameters): Promise<void>;
  /** The odd calls of a window, in place of those before. */
  putOdd(window: Parameters): Promise<void>;
  /** Of all loads. */
  countSpans(): Promise<number>;
  count(load: number): Promise<Counts>;
  remove(loads: readonly number[]): Promise<void>;
  removeAll(): Promise<void>;
  /** Removes what sealers left that ended without doing so. */
  removeForgotten(): Promise<void>;
}

const COLUMNS = Object.keys(SPAN_COLUMNS).join(', ');
const ODD = Object.keys(ODD_COLUMNS).join(', ');
const TABLES = ['staged_spans', 'staged_variants', 'staged_odd_calls'] as const;

const OF_SEALER = 'sealer = {sealer:UInt32}';
const FORGOTTEN = 'brought < now() - INTERVAL 3 HOUR';

/** All loads: to look for theirs in every row, a dozen times, costs a twentieth of sealing. */
const SPANS = `SELECT ${COLUMNS} FROM staged_spans WHERE ${OF_SEALER} AND slot >= {from:UInt32} AND slot < {until:UInt32}`;
const select = (where: string) => `${SPANS} AND ${where}`;
const VARIANTS = `SELECT slot, service, instance, variant FROM staged_variants WHERE ${OF_SEALER}`;
const PEERED = `SELECT ${ODD} FROM staged_odd_calls WHERE ${OF_SEALER}`;

const COUNT_SPANS = `SELECT count() AS spans FROM staged_spans WHERE ${OF_SEALER}`;
/** In 256 parts, one after the other, each of which the processor's cache holds: a quarter of the time of one large set. */
const COUNT = `SELECT sum(rows) AS spans, sum(distinct) AS ids, sum(tell) AS flagged FROM (
  SELECT count() AS rows, arrayUniq(groupArray(id)) AS distinct, countIf(flagged = 1) AS tell
  FROM staged_spans WHERE ${OF_SEALER} AND load = {load:UInt32} GROUP BY toUInt8(id)
)`;

/** One core is enough, and larger blocks of fewer threads cost a fifth less in all: what takes telemetry has the rest. */
export const ONE_THREAD = {
  ...CALLS_SETTINGS,
  max_threads: 1,
  max_insert_threads: '1',
  preferred_block_size_bytes: '8000000',
  max_block_size: '262144',
} as const;

/** @param sealer a number that no other sealer has: all share the tables */
export function createStaged(database: Database, facts: Facts, sealer: number): Staged {
  const source: SpanSource = { facts, distinct: select, all: select, atHand: { peered: PEERED, variants: VARIANTS } };
  const put = (table: (typeof TABLES)[number], columns: string, from: string, parameters: Parameters) =>
    database.run({
      sql: `INSERT INTO ${table} (sealer, ${columns}) SELECT {sealer:UInt32}, ${columns} FROM (${from})`,
      parameters: { ...parameters, sealer },
      settings: ONE_THREAD,
      doing: 'bring the spans of slots to hand',
    });
  const remove = (table: (typeof TABLES)[number], where: string, parameters: Parameters = {}) =>
    database.run({
      sql: `ALTER TABLE ${table} DELETE WHERE ${where}`,
      parameters: { ...parameters, sealer },
      doing: 'give up spans at hand',
    });
  const ofLoad = (from: string, where = '1') => `SELECT *, {load:UInt32} AS load FROM (${from}) WHERE ${where}`;
  return {
    source,
    putSpans: (load, from, parameters) =>
      put('staged_spans', `load, ${COLUMNS}`, ofLoad(from), { ...parameters, load }),
    putVariants(load, slots, window) {
      const variants = ofLoad(selectVariants(facts), OF_SLOTS);
      return put('staged_variants', 'load, slot, service, instance, variant', variants, { ...window, slots, load });
    },
    putDistinct(load, other, window) {
      const distinct = distinctOf((where) => select(`load = {other:UInt32} AND ${where}`));
      return put('staged_spans', `load, ${COLUMNS}`, ofLoad(distinct), { ...window, load, other });
    },
    async putOdd(window) {
      await remove('staged_odd_calls', OF_SEALER);
      await put('staged_odd_calls', ODD, selectPeered(source), window);
    },
    async countSpans() {
      const doing = 'count the spans at hand';
      const [left] = await database.rows<{ spans: number }>({ sql: COUNT_SPANS, parameters: { sealer }, doing });
      return left?.spans ?? 0;
    },
    async count(load) {
      const [counts] = await database.rows<Counts>({
        ...{ sql: COUNT, parameters: { sealer, load }, settings: ONE_THREAD },
        doing: 'look for spans that were delivered twice',
      });
      return counts ?? { spans: 0, ids: 0, flagged: 0 };
    },
    async remove(loads) {
      const where = `${OF_SEALER} AND load IN {loads:Array(UInt32)}`;
      for (const table of ['staged_spans', 'staged_variants'] as const) await remove(table, where, { loads });
    },
    async removeAll() {
      for (const table of TABLES) await remove(table, OF_SEALER);
    },
    async removeForgotten() {
      for (const table of TABLES) await remove(table, FORGOTTEN);
    },
  };
}
