/** A real engine for a test file, and a fresh database in it for each test. */
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll } from 'vitest';
import type { Log } from '../../model.ts';
import { type Engine, type EngineOptions, openEngine } from '../../store/engine/engine.ts';
import { openStore, type Store, type StoreOptions } from '../../store/store.ts';

export const silentLog: Log = { debug() {}, info() {}, warn() {}, error() {} };

export interface EngineForTests {
  /** The engine; only within tests and hooks. */
  readonly engine: Engine;
  readonly dataDir: string;
  /** A store on a new database, closed after the test. Slots of 60 s, sealed 60 s after their end, horizon 60 s. */
  freshStore(overrides?: Partial<StoreOptions>): Promise<Store>;
  /** Name of the newest fresh database. */
  readonly database: string;
}

/** Call at the top of a test file: starts one engine before its tests and ends it after them. */
export function useEngine(options: Partial<EngineOptions> = {}): EngineForTests {
  const owned = new AsyncDisposableStack();
  let perTest = new AsyncDisposableStack();
  let engine: Engine | undefined;
  let dataDir = '';
  let databases = 0;

  const running = (): Engine => {
    if (engine === undefined) throw new Error('the engine runs only within tests and hooks');
    return engine;
  };

  beforeAll(async () => {
    dataDir = await mkdtemp(join(tmpdir(), 'hinge-engine-'));
    owned.defer(() => rm(dataDir, { recursive: true, force: true }));
    engine = owned.use(await openEngine({ dataDir, durability: 'fast', log: silentLog, ...options }));
  });
  afterEach(async () => {
    await perTest.disposeAsync();
    perTest = new AsyncDisposableStack();
  });
  afterAll(() => owned.disposeAsync());

  return {
    get engine() {
      return running();
    },
    get dataDir() {
      return dataDir;
    },
    get database() {
      return `hinge_test_${databases}`;
    },
    freshStore: async (overrides = {}) => {
      if (overrides.database === undefined) databases += 1;
      const store = await openStore({
        connection: running().connection,
        database: `hinge_test_${databases}`,
        slotSeconds: 60,
        sealDelaySeconds: 60,
        horizonSeconds: 60,
        log: silentLog,
        ...overrides,
      });
      return perTest.use(store);
    },
  };
}
