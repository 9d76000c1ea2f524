/** Sealed cells and self times in an engine, without the spans that they would come from: what a report reads. */

import type { ArmData } from '../../analysis/input/settings.ts';
import type { Cell, Connection, Log, SelfTimeCell } from '../../model.ts';
import { connectDatabase, type Database } from '../../store/connect.ts';
import { openStore } from '../../store/store.ts';
import { createDerivation } from '../../store/window.ts';
import { CUTTING } from './speed-cutting.ts';

export const SILENT: Log = { debug() {}, info() {}, warn() {}, error: console.error };
const VERSION = 1;
const ROWS_PER_INSERT = 10_000;

/** Makes the database, and writes the arms into it as if they had been sealed. */
export async function fillStore(connection: Connection, name: string, arms: readonly ArmData[]): Promise<void> {
  await using _store = await openStore({ connection, database: name, ...CUTTING, log: SILENT });
  await using database = connectDatabase(connection, name);
  for (const arm of arms) {
    await insert(database, 'seals', sealsOf(arm), (seal) => seal);
    await insert(database, 'cells', arm.cells, cellRow);
    await insert(database, 'self_times', arm.selfTimes, selfTimeRow);
  }
}

function sealsOf({ range, slotMs }: ArmData) {
  const { recipe } = createDerivation(CUTTING, 'stored');
  return Array.from({ length: (range.endMs - range.startMs) / slotMs }, (_, index) => ({
    ...{ recipe, slot: (range.startMs + index * slotMs) / 1_000, width_seconds: slotMs / 1_000 },
    ...{ version: VERSION, fingerprint: 1 },
  }));
}

function cellRow(cell: Cell) {
  const { service, endpoint, kind, peer, build, variant, instance, slotMs, calls, errors, retries, durations } = cell;
  return {
    ...{ slot: slotMs / 1_000, version: VERSION, service, endpoint, kind, peer, build, variant, instance },
    ...{ calls, errors, retries, buckets: durations.buckets, counts: durations.counts },
  };
}

function selfTimeRow(cell: SelfTimeCell) {
  const { rootService, rootEndpoint, unit, build, variant, instance, slotMs, requests, spans, selfTimes } = cell;
  return {
    ...{ slot: slotMs / 1_000, version: VERSION, root_service: rootService, root_endpoint: rootEndpoint, unit },
    ...{ build, variant, instance, requests, spans, buckets: selfTimes.buckets, counts: selfTimes.counts },
  };
}

async function insert<T>(database: Database, table: string, members: readonly T[], rowOf: (member: T) => object) {
  for (let from = 0; from < members.length; from += ROWS_PER_INSERT) {
    const lines = members.slice(from, from + ROWS_PER_INSERT).map((member) => `${JSON.stringify(rowOf(member))}\n`);
    const sql = `INSERT INTO ${table} FORMAT JSONEachRow`;
    await database.load({ sql, doing: `fill ${table}` }, [Buffer.from(lines.join(''))]);
  }
}
