/** Cells and self times of a range: sealed slots from their tables, the rest from the spans by the same selects. */
import type { Cell, SelfTimeCell, TimeRange } from '../model.ts';
import { CALLS_SETTINGS } from './calls.ts';
import { CELL_COLUMNS, type CellRow, selectCells, toCell } from './cells.ts';
import type { Database } from './connect.ts';
import { SELF_TIME_COLUMNS, type SelfTimeRow, selectSelfTimes, toSelfTimeCell } from './self-times.ts';
import { type Facts, instant, SLOT } from './spans.ts';
import { batchesOf, type Derivation, parametersOf, type StoredSlot, slotsWithin } from './window.ts';

interface Derived<Row, Result> {
  readonly table: string;
  readonly columns: string;
  readonly select: (facts: Facts) => string;
  /** Key of a row: orders the result, however it was read. */
  readonly key: string;
  readonly toResult: (row: Row) => Result;
}

const CELLS: Derived<CellRow, Cell> = {
  table: 'cells',
  columns: CELL_COLUMNS,
  select: selectCells,
  key: 'slot, service, endpoint, kind, peer, build, variant, instance',
  toResult: toCell,
};

const SELF_TIMES: Derived<SelfTimeRow, SelfTimeCell> = {
  table: 'self_times',
  columns: SELF_TIME_COLUMNS,
  select: selectSelfTimes,
  key: 'slot, root_service, root_endpoint, unit, build, variant, instance',
  toResult: toSelfTimeCell,
};

/** Cells of the slots that begin in the range, in order of slot and key. */
export const readCells = (database: Database, derivation: Derivation, range: TimeRange): Promise<Cell[]> =>
  read(database, derivation, range, CELLS);

/** Self times of the slots that begin in the range, in order of slot and key. */
export const readSelfTimes = (database: Database, derivation: Derivation, range: TimeRange): Promise<SelfTimeCell[]> =>
  read(database, derivation, range, SELF_TIMES);

/**
 * The newest seal of each slot in the range. `asOf` is one version for both reads of a call: a slot that is sealed between
 * them is neither missed nor read twice.
 */
const SEALED = `SELECT toUnixTimestamp(slot) AS sealed_slot, max(version) AS sealed_version FROM seals
WHERE recipe = {recipe:String} AND version <= {asOf:UInt64}
  AND slot >= toDateTime({first:UInt32}) AND slot < toDateTime({end:UInt32})
GROUP BY sealed_slot`;

async function read<Row extends { readonly slot: number }, Result>(
  database: Database,
  derivation: Derivation,
  range: TimeRange,
  { table, columns, select, key, toResult }: Derived<Row, Result>,
): Promise<Result[]> {
  const bounds = slotsWithin(range, derivation);
  if (bounds.first >= bounds.end) return [];
  const [newest] = await database.rows<{ asOf: number }>({
    sql: 'SELECT max(version) AS asOf FROM seals',
    doing: 'read the newest seal',
  });
  const parameters = { ...bounds, recipe: derivation.recipe, asOf: newest?.asOf ?? 0 };
  const sealed = await database.rows<Row>({
    sql: `SELECT * REPLACE (toUnixTimestamp(slot) AS slot) FROM (
  SELECT ${columns} FROM ${table} WHERE slot >= toDateTime({first:UInt32}) AND slot < toDateTime({end:UInt32})
    AND (toUnixTimestamp(slot), version) IN (${SEALED})
) ORDER BY ${key}`,
    parameters,
    doing: `read ${table}`,
  });
  const unsealed = await database.rows<StoredSlot>({
    sql: `SELECT ${SLOT} AS slot, count() AS rows FROM otel_traces
WHERE Timestamp >= ${instant('{first:UInt32}')} AND Timestamp < ${instant('{end:UInt32}')}
  AND slot NOT IN (SELECT sealed_slot FROM (${SEALED})) GROUP BY slot ORDER BY slot`,
    parameters: { ...parameters, width: derivation.widthSeconds },
    doing: 'list the slots that are not sealed',
  });
  const fresh: Row[][] = [];
  for (const batch of batchesOf(unsealed)) {
    fresh.push(
      await database.rows<Row>({
        sql: `SELECT ${columns} FROM (${select(derivation.facts)}) ORDER BY ${key}`,
        parameters: parametersOf(
          batch.map(({ slot }) => slot),
          derivation,
        ),
        settings: CALLS_SETTINGS,
        doing: `derive ${table} from spans`,
      }),
    );
  }
  // A slot is in one part or the other as a whole: a stable sort by slot keeps the order of keys within it.
  return [sealed, ...fresh]
    .flat()
    .sort((a, b) => a.slot - b.slot)
    .map(toResult);
}
