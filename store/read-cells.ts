/** Cells and self times of a range: sealed slots from their tables, the rest from the spans by the same selects. */
import { randomInt } from 'node:crypto';
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
import { countedSlots } from './counted-slots.ts';
import { appendBlock, type RowShape } from './derived-rows.ts';
import { selectAs, type Types } from './native/blocks.ts';
import { readKeptSeconds, wholeFrom } from './retention.ts';
import { createStaging } from './sealing/staging.ts';
import { SELF_TIME_COLUMNS, SELF_TIME_SHAPE, SELF_TIME_TYPES, selectSelfTimes } from './self-times.ts';
import type { SpanSource } from './source.ts';
import { batchesOf, type Derivation, parametersOf, type StoredSlot, slotsWithin, spansAround } from './window.ts';

interface Derived<T, Key extends Texts<Key>> {
  readonly table: string;
  readonly columns: string;
  readonly select: (source: SpanSource) => string;
  readonly types: Types;
  readonly shape: RowShape<Key>;
  readonly kind: RowKind<T, Key>;
}

/** Cells of the slots that begin in the range, in order of key, instance and slot, as the analysis wants them. */
export const readCells = (database: Database, derivation: Derivation, range: TimeRange): Promise<readonly Cell[]> =>
  read(database, derivation, range, {
    ...{ table: 'cells', columns: CELL_COLUMNS, select: selectCells },
    ...{ types: CELL_TYPES, shape: CELL_SHAPE, kind: CELLS },
  });

/** Self times of the slots that begin in the range, likewise. */
export const readSelfTimes = (
  database: Database,
  derivation: Derivation,
  range: TimeRange,
): Promise<readonly SelfTimeCell[]> =>
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

const counted = (
  bounds: Bounds,
  derivation: Derivation,
) => `SELECT c.slot AS slot, c.rows AS rows, c.around AS around, s.sealed_rows AS sealed, toUnixTimestamp(now()) AS now
FROM (${countedSlots(bounds, derivation)}) AS c
LEFT JOIN (${SEALED}) AS s ON s.sealed_slot = c.slot
ORDER BY slot`;

interface CountedSlot extends StoredSlot {
  /** Rows in reach now, and when the slot was sealed; 0 for never. */
  readonly around: number;
  readonly sealed: number;
  readonly now: number;
}

interface Unsealed {
  readonly slots: readonly CountedSlot[];
  /** All slots with spans, those around them among them. */
  readonly stored: readonly CountedSlot[];
}

/**
 * Slots that no seal speaks for: those that were not sealed yet, and those around which spans came since. A sealed slot in reach
 * of which spans may have expired stays as it is, whatever came since: it is not all there was.
 */
async function listUnsealed(database: Database, parameters: Bounds, derivation: Derivation): Promise<Unsealed> {
  const stored = await database.rows<CountedSlot>({
    sql: counted(parameters, derivation),
    parameters,
    doing: 'list the slots that are not sealed',
  });
  const { first, end } = parameters;
  const grown = stored.filter(({ slot, around, sealed }) => slot >= first && slot < end && around > sealed);
  const [stale] = grown.filter(({ sealed }) => sealed > 0);
  if (stale === undefined) return { slots: grown, stored };
  const whole = wholeFrom(stale.now, await readKeptSeconds(database), derivation.reachSeconds);
  return { slots: grown.filter(({ sealed, slot }) => sealed === 0 || slot >= whole), stored };
}

interface Bounds extends Parameters {
  readonly from: number;
  readonly until: number;
  readonly first: number;
  readonly end: number;
}

/** Each block brings its texts along: fewer blocks, fewer texts. This many rows are a few megabytes, with many calls some twenty. */
const LARGE_BLOCKS: ClickHouseSettings = { max_block_size: '16384', preferred_block_size_bytes: '500000' };

async function read<T, Key extends Texts<Key>>(
  database: Database,
  derivation: Derivation,
  range: TimeRange,
  { table, columns, select, types, shape, kind }: Derived<T, Key>,
): Promise<readonly T[]> {
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
  const stale = unsealed.slots.filter(({ sealed }) => sealed > 0).map(({ slot }) => slot);
  const rows = kind.createTable();
  const sealed = {
    sql: `SELECT ${selectAs(types)} FROM (
  SELECT ${columns} FROM ${table} WHERE slot >= toDateTime({first:UInt32}) AND slot < toDateTime({end:UInt32})
    AND (toUnixTimestamp(slot), version) IN (SELECT sealed_slot, sealed_version FROM (${SEALED}))
    AND toUnixTimestamp(slot) NOT IN {stale:Array(UInt32)}
)`,
    parameters: { ...parameters, stale },
    settings: LARGE_BLOCKS,
    doing: `read ${table}`,
  };
  for await (const block of database.blocks(sealed, types)) appendBlock(rows, block, shape);
  for (const batch of batchesOf(unsealed.slots)) {
    const slots = batch.map(({ slot }) => slot);
    const around = { slots, stored: unsealed.stored };
    for await (const block of derive(database, derivation, around, { table, select, types }))
      appendBlock(rows, block, shape);
  }
  return rowsInOrder(rows, kind);
}

/** Derived anew, from spans that are brought to hand for it: so the statement is short, whosever tables they come from. */
async function* derive(
  database: Database,
  derivation: Derivation,
  { slots, stored }: { readonly slots: readonly number[]; readonly stored: readonly StoredSlot[] },
  { table, select, types }: Pick<Derived<unknown, never>, 'table' | 'select' | 'types'>,
) {
  await using staging = createStaging(database, derivation, randomInt(2 ** 32));
  const window = parametersOf(slots, derivation);
  const around = stored.filter(({ slot }) => slot >= window.from && slot < window.until);
  const statement = {
    sql: `SELECT ${selectAs(types)} FROM (${select(staging.source)})`,
    parameters: { ...window, ...(await staging.bring(window, around, 0)) },
    settings: CALLS_SETTINGS,
    doing: `derive ${table} from spans`,
  };
  yield* database.blocks(statement, types);
  await staging.confirm();
}
