/**
 * The tables in the engine's memory where sealing keeps what is at hand: spans, the flag variants in force, and the odd calls.
 * Each row says whose it is. Later statements are short, and read nothing twice: to nest one in the other cost twice as much.
 */
import { selectPeered } from '../calls.ts';
import type { Database, Parameters } from '../connect.ts';
import { ODD_COLUMNS } from '../odd-calls.ts';
import type { SpanSource } from '../source.ts';
import { type Facts, OF_SLOTS, SPAN_COLUMNS } from '../spans.ts';
import { selectVariants } from '../variants.ts';

/** The rows of one sealer. A load is a number that it gives to what it brings, and takes away, together. */
export interface Staged {
  /** What is at hand. Needs the parameters of `WINDOW`, and those of `ids`. */
  readonly source: SpanSource;
  ids(loads: readonly number[]): Parameters;
  /** @param spans selects rows with SPAN_COLUMNS */
  putSpans(load: number, spans: string, parameters: Parameters): Promise<void>;
  /** The variants in force in some slots of a window. */
  putVariants(load: number, slots: readonly number[], window: Parameters): Promise<void>;
  /** The odd calls of a window among the spans of some loads, in place of those before. */
  putOdd(loads: readonly number[], window: Parameters): Promise<void>;
  countSpans(loads: readonly number[]): Promise<number>;
  /** Fewer than spans where some came twice. */
  countIds(loads: readonly number[]): Promise<number>;
  remove(loads: readonly number[]): Promise<void>;
  /** Removes what sealers left that ended without doing so. */
  removeForgotten(): Promise<void>;
}

const COLUMNS = Object.keys(SPAN_COLUMNS).join(', ');
const ODD = Object.keys(ODD_COLUMNS).join(', ');
const TABLES = ['staged_spans', 'staged_variants', 'staged_odd_calls'] as const;

const OF_SEALER = 'sealer = {sealer:UInt32}';
const OF_LOADS = `${OF_SEALER} AND load IN {loads:Array(UInt32)}`;
const FORGOTTEN = 'brought < now() - INTERVAL 3 HOUR';

const SPANS = `SELECT ${COLUMNS} FROM staged_spans WHERE ${OF_LOADS} AND slot >= {from:UInt32} AND slot < {until:UInt32}`;
const select = (where: string) => `${SPANS} AND ${where}`;
const VARIANTS = `SELECT slot, service, instance, variant FROM staged_variants WHERE ${OF_LOADS}`;
const PEERED = `SELECT ${ODD} FROM staged_odd_calls WHERE ${OF_SEALER}`;

const COUNT_SPANS = `SELECT count() AS found FROM staged_spans WHERE ${OF_LOADS}`;
/** In 256 parts, one after the other, each of which the processor's cache holds: a quarter of the time of one large set. */
const COUNT_IDS = `SELECT sum(distinct) AS found
FROM (SELECT arrayUniq(groupArray(id)) AS distinct FROM staged_spans WHERE ${OF_LOADS} GROUP BY toUInt8(id))`;

const SETTINGS = {
  max_threads: 1,
  max_insert_threads: '1',
  preferred_block_size_bytes: '8000000',
  max_block_size: '262144',
  enable_materialized_cte: 1,
  short_circuit_function_evaluation: 'disable',
} as const;

/** @param sealer a number that no other sealer has: all share the tables */
export function createStaged(database: Database, facts: Facts, sealer: number): Staged {
  const source: SpanSource = { facts, distinct: select, all: select, atHand: { peered: PEERED, variants: VARIANTS } };
  const ids = (loads: readonly number[]) => ({ sealer, loads });
  const put = (table: (typeof TABLES)[number], columns: string, from: string, parameters: Parameters) =>
    database.run({
      sql: `INSERT INTO ${table} (sealer, ${columns}) SELECT {sealer:UInt32}, ${columns} FROM (${from})`,
      parameters: { ...parameters, sealer },
      settings: SETTINGS,
      doing: 'bring the spans of slots to hand',
    });
  const remove = (table: (typeof TABLES)[number], where: string, parameters: Parameters) =>
    database.run({
      sql: `ALTER TABLE ${table} DELETE WHERE ${where}`,
      parameters,
      doing: 'give up spans at hand',
    });
  const ofLoad = (from: string, where = '1') => `SELECT *, {load:UInt32} AS load FROM (${from}) WHERE ${where}`;
  const count = async (sql: string, loads: readonly number[], doing: string) =>
    (await database.rows<{ found: number }>({ sql, parameters: ids(loads), settings: SETTINGS, doing }))[0]?.found ?? 0;

  return {
    source,
    ids,
    putSpans: (load, from, parameters) =>
      put('staged_spans', `load, ${COLUMNS}`, ofLoad(from), { ...parameters, load }),
    putVariants(load, slots, window) {
      const variants = ofLoad(selectVariants(facts), OF_SLOTS);
      return put('staged_variants', 'load, slot, service, instance, variant', variants, { ...window, slots, load });
    },
    async putOdd(loads, window) {
      await remove('staged_odd_calls', OF_SEALER, ids([]));
      await put('staged_odd_calls', ODD, selectPeered(source), { ...window, ...ids(loads) });
    },
    countSpans: (loads) => count(COUNT_SPANS, loads, 'count the spans at hand'),
    countIds: (loads) => count(COUNT_IDS, loads, 'look for spans that were delivered twice'),
    async remove(loads) {
      await remove('staged_spans', OF_LOADS, ids(loads));
      await remove('staged_variants', OF_LOADS, ids(loads));
      await remove('staged_odd_calls', OF_SEALER, ids([]));
    },
    async removeForgotten() {
      for (const table of TABLES) await remove(table, FORGOTTEN, {});
    },
  };
}
