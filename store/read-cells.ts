/** Cells and self times of a range: sealed slots from their tables, the rest from the spans by the same selects. */
import type { ClickHouseSettings } from '@clickhouse/client';
import { CELLS } from '../cells/cell.ts';
import type { Texts } from '../cells/dictionary.ts';
import { rowsInOrder } from '../cells/order.ts';
import type { RowKind } from '../cells/row.ts';
import { SELF_TIMES } from '../cells/self-time.ts';
import type { Cell, SelfTimeCell, TimeRange } from '../model.ts';
import { CALLS_SETTINGS } from './calls.ts';
import { CELL_COLUMNS, CELL_SHAPE, CELL_TYPES, selectCells } from './cells.ts';
import type { Database, Parameters } from './connect.ts';
import { appendBlock, type RowShape } from './derived-rows.ts';
import { selectAs, type Types } from './native/blocks.ts';
import { readKeptSeconds, wholeFrom } from './retention.ts';
import { SELF_TIME_COLUMNS, SELF_TIME_SHAPE, SELF_TIME_TYPES, selectSelfTimes } from './self-times.ts';
import { type SpanSource, storedSpans } from './source.ts';
import { countedSlots, instant } from './spans.ts';
import { batchesOf, type Derivation, parametersOf, type StoredSlot, slotsWithin, spansAround } from './window.ts';

interface Derived<T, Key extends Texts<Key>> {
  readonly table: string;
  readonly columns: string;
  readonly select: (source: SpanSource) => string;
  readonly types: Types;
  readonly shape: RowShape<Key>;
  readonly kind: RowKind<T, Key>;
}

/** Cells of the slots that begin in the range, in order of slot and key. */
export const readCells = (database: Database, derivation: Derivation, range: TimeRange): Promise<Cell[]> =>
  read(database, derivation, range, {
    ...{ table: 'cells', columns: CELL_COLUMNS, select: selectCells },
    ...{ types: CELL_TYPES, shape: CELL_SHAPE, kind: CELLS },
  });

/** Self times of the slots that begin in the range, in order of slot and key. */
export const readSelfTimes = (database: Database, derivation: Derivation, range: TimeRange): Promise<SelfTimeCell[]> =>
  read(database, derivation, range, {
    ...{ table: 'self_times', columns: SELF_TIME_COLUMNS, select: selectSelfTimes },
    ...{ types: SELF_TIME_TYPES, shape: SELF_TIME_SHAPE, kind: SELF_TIMES },
  });

/**
 * The newest seal of each slot in the range. `asOf` is one version for all reads of a call: a slot that is sealed between
 * them is neither missed nor read twice.
 */
const SEALED = `SELECT toUnixTimestamp(slot) AS sealed_slot, max(version) AS sealed_version,
  argMax(fingerprint, version) AS sealed_rows FROM seals
WHERE recipe = {recipe:String} AND version <= {asOf:UInt64}
  AND slot >= toDateTime({first:UInt32}) AND slot < toDateTime({end:UInt32})
GROUP BY sealed_slot`;

/** Slots that no seal speaks for: those that were not sealed yet, and those around which spans came since. */
const UNSEALED = `SELECT c.slot AS slot, c.rows AS rows, s.sealed_rows > 0 AS stale, toUnixTimestamp(now()) AS now
FROM (${countedSlots(`Timestamp >= ${instant('{from:UInt32}')} AND Timestamp < ${instant('{until:UInt32}')}`)}) AS c
LEFT JOIN (${SEALED}) AS s ON s.sealed_slot = c.slot
WHERE c.slot >= {first:UInt32} AND c.slot < {end:UInt32} AND c.around > s.sealed_rows
ORDER BY slot`;

/** A sealed slot in reach of which spans may have expired stays as it is, whatever came since: it is not all there was. */
async function listUnsealed(database: Database, parameters: Parameters, { reachSeconds }: Derivation) {
  const slots = await database.rows<StoredSlot & { stale: number; now: number }>({
    sql: UNSEALED,
    parameters,
    doing: 'list the slots that are not sealed',
  });
  const [stale] = slots.filter((slot) => slot.stale === 1);
  if (stale === undefined) return slots;
  const whole = wholeFrom(stale.now, await readKeptSeconds(database), reachSeconds);
  return slots.filter((slot) => slot.stale === 0 || slot.slot >= whole);
}

/** Each block brings its texts along: fewer blocks, fewer texts. This many rows are a few megabytes, with many calls some twenty. */
const LARGE_BLOCKS: ClickHouseSettings = { max_block_size: '16384', preferred_block_size_bytes: '0' };

async function read<T, Key extends Texts<Key>>(
  database: Database,
  derivation: Derivation,
  range: TimeRange,
  { table, columns, select, types, shape, kind }: Derived<T, Key>,
): Promise<T[]> {
  const bounds = slotsWithin(range, derivation);
  if (bounds.first >= bounds.end) return [];
  const [newest] = await database.rows<{ asOf: number }>({
    sql: 'SELECT max(version) AS asOf FROM seals',
    doing: 'read the newest seal',
  });
  const parameters = {
    ...spansAround(bounds.first, bounds.end - derivation.widthSeconds, derivation),
    ...bounds,
    ...{ recipe: derivation.recipe, asOf: newest?.asOf ?? 0 },
  };
  const unsealed = await listUnsealed(database, parameters, derivation);
  const rows = kind.createTable();
  const sealed = {
    sql: `SELECT ${selectAs(types)} FROM (
  SELECT ${columns} FROM ${table} WHERE slot >= toDateTime({first:UInt32}) AND slot < toDateTime({end:UInt32})
    AND (toUnixTimestamp(slot), version) IN (SELECT sealed_slot, sealed_version FROM (${SEALED}))
    AND toUnixTimestamp(slot) NOT IN {stale:Array(UInt32)}
)`,
    parameters: { ...parameters, stale: unsealed.filter(({ stale }) => stale === 1).map(({ slot }) => slot) },
    settings: LARGE_BLOCKS,
    doing: `read ${table}`,
  };
  for await (const block of database.blocks(sealed, types)) appendBlock(rows, block, shape);
  for (const batch of batchesOf(unsealed)) {
    const fresh = {
      sql: `SELECT ${selectAs(types)} FROM (${select(storedSpans(derivation.facts))})`,
      parameters: parametersOf(
        batch.map(({ slot }) => slot),
        derivation,
      ),
      settings: CALLS_SETTINGS,
      doing: `derive ${table} from spans`,
    };
    for await (const block of database.blocks(fresh, types)) appendBlock(rows, block, shape);
  }
  return rowsInOrder(rows.trim(), kind);
}
