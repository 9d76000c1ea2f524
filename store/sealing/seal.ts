/**
 * Sealing: the spans of a slot become cells and self times, once the slot is old enough, and again when rows came late.
 *
 * Derived rows carry the version of the pass that wrote them. A row in `seals`, written after them, makes them count; readers
 * take the newest version of each slot. A crash in between leaves rows that nobody reads, and the next pass seals again.
 * The fingerprint of a slot is the number of stored rows in reach of it. It only grows, except by retention, and a slot is
 * sealed again when it has grown. One Hinge seals a database.
 */
import type { Log } from '../../model.ts';
import { CELL_COLUMNS, selectCells } from '../cells.ts';
import type { Database } from '../connect.ts';
import { SELF_TIME_COLUMNS, selectSelfTimes } from '../self-times.ts';
import { batchesOf, type Derivation, parametersOf, type StoredSlot } from '../window.ts';
import { createDueFinder, type DueSlot } from './due.ts';
import { ONE_THREAD } from './staged.ts';
import { createStaging, type Staging } from './staging.ts';

export interface Sealed {
  /** Slots sealed for the first time. */
  readonly sealed: number;
  /** Slots sealed again, because rows came late. */
  readonly resealed: number;
}

const SETTINGS = {
  ...ONE_THREAD,
  max_bytes_before_external_group_by: '2000000000',
  max_bytes_before_external_sort: '2000000000',
  max_execution_time: 600,
} as const;

/** Readers hold a version for seconds; after this long nobody does. */
const SUPERSEDED_AFTER_MICROSECONDS = 600_000_000;
/** Deleting rewrites marks of whole parts: not for every late span. */
const RESEALS_PER_CLEANING = 1_000;

export interface Sealer extends AsyncDisposable {
  /** Seals every slot that is due; passes queue up. */
  seal(nowMs: number): Promise<Sealed>;
}

/** @param id a number that no other sealer of the database has */
export function createSealer(database: Database, derivation: Derivation, id: number, log: Log): Sealer {
  const findDue = createDueFinder(database, derivation);
  const staging = createStaging(database, derivation, id);
  let resealedSinceCleaning = 0;
  let last: Promise<unknown> = Promise.resolve();

  const pass = async (nowMs: number): Promise<Sealed> => {
    const due = await findDue(nowMs);
    for (const batch of batchesOf(due.slots)) {
      await sealBatch(database, derivation, staging, { slots: batch, stored: due.stored, nowMs });
    }
    due.settle();
    const resealed = due.slots.filter(({ again }) => again).length;
    resealedSinceCleaning += resealed;
    if (resealedSinceCleaning >= RESEALS_PER_CLEANING) {
      await removeSuperseded(database, (await nextVersion(database)) - SUPERSEDED_AFTER_MICROSECONDS);
      resealedSinceCleaning = 0;
    }
    const outcome = { sealed: due.slots.length - resealed, resealed };
    if (due.slots.length > 0) log.debug(outcome, 'sealed slots');
    return outcome;
  };
  return {
    seal(nowMs) {
      const queued = last.then(() => pass(nowMs));
      last = queued.catch(() => {});
      return queued;
    },
    async [Symbol.asyncDispose]() {
      await last;
      await staging[Symbol.asyncDispose]();
    },
  };
}

interface Batch {
  readonly slots: readonly DueSlot[];
  /** All slots with spans, those around the batch among them. */
  readonly stored: readonly StoredSlot[];
  readonly nowMs: number;
}

async function sealBatch(database: Database, derivation: Derivation, staging: Staging, batch: Batch): Promise<void> {
  const slots = batch.slots.map(({ slot }) => slot);
  const version = await nextVersion(database);
  const window = parametersOf(slots, derivation);
  const around = batch.stored.filter(({ slot }) => slot >= window.from && slot < window.until);
  const parameters = { ...window, ...(await staging.bring(window, around, batch.nowMs)), version };
  const doing = `seal ${slots.length} slots from ${new Date((slots[0] ?? 0) * 1000).toISOString()}`;
  const derive = (table: string, columns: string, select: string) =>
    database.run({
      sql: `INSERT INTO ${table} (version, ${columns}) SELECT {version:UInt64}, ${columns} FROM (${select})`,
      parameters,
      settings: SETTINGS,
      doing,
    });
  await derive('cells', CELL_COLUMNS, selectCells(staging.source));
  await derive('self_times', SELF_TIME_COLUMNS, selectSelfTimes(staging.source));
  await staging.confirm();
  await database.run({
    sql: `INSERT INTO seals (recipe, slot, width_seconds, version, fingerprint)
SELECT {recipe:String}, s.1, {width:UInt32}, {version:UInt64}, s.2
FROM (SELECT arrayJoin(arrayZip({slots:Array(UInt32)}, {fingerprints:Array(UInt64)})) AS s)`,
    parameters: {
      ...{ recipe: derivation.recipe, width: derivation.widthSeconds, version, slots },
      fingerprints: batch.slots.map(({ fingerprint }) => fingerprint),
    },
    doing,
  });
  // The slots that follow look no further back.
  await staging.release((slots.at(-1) ?? 0) + derivation.widthSeconds - derivation.reachSeconds);
}

/** The server's clock in microseconds, and always more than the newest seal: rows of a pass that broke off never match. */
async function nextVersion(database: Database): Promise<number> {
  const [row] = await database.rows<{ version: number }>({
    sql: 'SELECT greatest(toUnixTimestamp64Micro(now64(6)), toInt64(max(version)) + 1) AS version FROM seals',
    doing: 'number a sealing',
  });
  return row?.version ?? 1;
}

/** Removes derived rows older than a version that no seal, or no longer the newest one of its slot, makes count. */
export async function removeSuperseded(database: Database, beforeVersion: number): Promise<void> {
  const superseded = `version < ${Math.floor(beforeVersion)}
  AND (slot, version) NOT IN (SELECT slot, max(version) FROM seals GROUP BY recipe, slot)`;
  for (const table of ['cells', 'self_times', 'seals']) {
    await database.run({
      sql: `DELETE FROM ${table} WHERE ${superseded}`,
      doing: `remove superseded rows of ${table}`,
    });
  }
}
