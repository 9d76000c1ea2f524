/** The store: telemetry in; cells, self times, traces, upgrades and the journal out. The only room that speaks SQL. */
import { randomInt } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';
import { HingeError } from '../errors.ts';
import type { Connection, InsertBlock, Log, TimeRange } from '../model.ts';
import { connectDatabase, type Database } from './connect.ts';
import { createInsert } from './insert.ts';
import type { Journal } from './journal.ts';
import { type Claims, createClaims } from './lease.ts';
import { createReads, type Readable } from './reader.ts';
import type { Retention } from './retention.ts';
import { createDatabase, prepareSchema } from './schema.ts';
import { createSealer, type Sealed } from './sealing/seal.ts';
import { findFacts } from './spans.ts';
import { readDataRange } from './status.ts';
import { readStorage, type Storage } from './storage.ts';
import type { Upgrades } from './upgrades.ts';
import { createDerivation, type Derivation } from './window.ts';

export interface StoreOptions {
  readonly connection: Connection;
  /** Letters, digits and _; created when missing. The embedded engine's read-only user sees names that begin with `hinge`. */
  readonly database: string;
  /** Width of a slot; at least 1. */
  readonly slotSeconds: number;
  /** A slot is sealed this long after its end, or `horizonSeconds` after it if that is longer. */
  readonly sealDelaySeconds: number;
  /** How far around a slot related spans (siblings, children, callees) are looked for; rounded up to whole slots. */
  readonly horizonSeconds: number;
  /** Whether telemetry comes in through `insert`: its tables are made when missing. @default true */
  readonly collects?: boolean;
  /** Spans older than this are dropped, in whole UTC days. @default null: kept for ever */
  readonly retentionDays?: number | null;
  /** Likewise for points. @default retentionDays */
  readonly metricsRetentionDays?: number | null;
  /** Cells and self times older than this are dropped, in whole months, but not before their spans. @default null */
  readonly cellRetentionMonths?: number | null;
  readonly log: Log;
}

export interface Store extends Readable, AsyncDisposable {
  /** Returns once committed. @throws HingeError STORE_UNAVAILABLE (retryable) or STORE_REFUSED */
  insert(block: InsertBlock): Promise<void>;
  /** Seals every slot that is due at `nowMs`. */
  seal(nowMs: number): Promise<Sealed>;
  /** Extent of the stored spans in whole slots, or of the points of metrics where there are no spans; null when there is nothing. */
  dataRange(): Promise<TimeRange | null>;
  readonly upgrades: Upgrades;
  readonly journal: Journal;
  /** Who is the active controller, where several processes share the store. */
  readonly claims: Claims;
  /** What the tables take on the disk; `nowMs` tells which days are full. */
  storage(nowMs: number): Promise<Storage>;
  /** Whether ClickHouse answers. */
  ping(): Promise<boolean>;
}

const CONNECT_MS = 5_000;

/**
 * Connects, trying for a few seconds, creates the database and migrates it.
 * @throws HingeError STORE_UNAVAILABLE, STORE_REFUSED, CONFIG_INVALID
 */
export async function openStore(options: StoreOptions): Promise<Store> {
  const { connection, log } = options;
  await persistently(() => createDatabase(connection, options.database));
  const database = connectDatabase(connection, options.database);
  try {
    await prepareSchema(database, { collects: options.collects ?? true, retention: retentionOf(options) }, log);
    return createStore(database, createDerivation(options, await findFacts(database)), log);
  } catch (error) {
    await database[Symbol.asyncDispose]();
    throw error;
  }
}

function retentionOf({ retentionDays: spanDays = null, cellRetentionMonths, ...o }: StoreOptions): Retention {
  return { spanDays, metricDays: o.metricsRetentionDays ?? spanDays, cellMonths: cellRetentionMonths ?? null };
}

function createStore(database: Database, derivation: Derivation, log: Log): Store {
  const sealer = createSealer(database, derivation, randomInt(2 ** 32), log);
  return {
    ...createReads(database, derivation),
    insert: createInsert(database),
    seal: (nowMs) => sealer.seal(nowMs),
    dataRange: () => readDataRange(database, derivation),
    claims: createClaims(database),
    storage: (nowMs) => readStorage(database, nowMs),
    ping: () =>
      database.rows({ sql: 'SELECT 1', doing: 'answer' }).then(
        () => true,
        () => false,
      ),
    async [Symbol.asyncDispose]() {
      try {
        await sealer[Symbol.asyncDispose]();
      } catch (error) {
        log.debug({ error }, 'spans at hand are left to the next Hinge');
      } finally {
        await database[Symbol.asyncDispose]();
      }
    },
  };
}

async function persistently(work: () => Promise<void>): Promise<void> {
  for (const until = Date.now() + CONNECT_MS; ; await sleep(200)) {
    try {
      return await work();
    } catch (error) {
      if (!(error instanceof HingeError && error.retryable) || Date.now() > until) throw error;
    }
  }
}
