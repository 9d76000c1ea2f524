/** The embedded ClickHouse: a child process spoken to over HTTP, locked to its data folder and started again when it ends by itself. */

import { resolve } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { messageOf } from '../../errors.ts';
import type { Connection, Log } from '../../model.ts';
import { choosePort, type EngineChild, spawnEngine, waitUntilReady } from './child.ts';
import { type Durability, prepareEngineFiles } from './files.ts';
import { findLibrary } from './library.ts';
import { type FolderLock, lockFolder } from './lock.ts';

export interface EngineOptions {
  /** Holds the database, the passwords and the lock; made when missing. */
  readonly dataDir: string;
  readonly durability: Durability;
  /** Sets broken parts aside, however many, instead of refusing to start. @default false */
  readonly repair?: boolean;
  /** @default a free port of 127.0.0.1 */
  readonly httpPort?: number;
  readonly log: Log;
  /** @default 60 000 */
  readonly readyTimeoutMs?: number;
}

export interface Engine extends AsyncDisposable {
  /** The user that Hinge works as. */
  readonly connection: Connection;
  /** The read-only user for dashboards. */
  readonly reader: Connection;
  /** Process id of the present child. */
  readonly pid: number;
  /** Whether the engine answers: false between a crash and the restart. */
  alive(): boolean;
}

const FIRST_BACKOFF_MS = 100;
const LONGEST_BACKOFF_MS = 10_000;
/** A run this long was a good start: the next crash begins with the first backoff again. */
const STEADY_MS = 60_000;

/**
 * Starts the engine and resolves once it answers. The port and the passwords stay the same over restarts.
 * @throws HingeError ENGINE_MISSING, DATA_FOLDER_IN_USE, PORT_IN_USE, ENGINE_FAILED
 */
export async function openEngine(options: EngineOptions): Promise<Engine> {
  const library = findLibrary();
  const dataDir = resolve(options.dataDir);
  const lock = await lockFolder(dataDir);
  try {
    return await openLocked(library, dataDir, lock, options);
  } catch (error) {
    lock[Symbol.dispose]();
    throw error;
  }
}

async function openLocked(library: string, dataDir: string, lock: FolderLock, options: EngineOptions): Promise<Engine> {
  const { log, durability, readyTimeoutMs = 60_000 } = options;
  const files = prepareEngineFiles(dataDir, durability, options.repair);
  const port = await choosePort(options.httpPort);
  const url = `http://127.0.0.1:${port}`;
  const connection: Connection = { url, username: 'hinge', password: files.passwords.hinge };

  const start = async (): Promise<EngineChild> => {
    const child = spawnEngine(library, files, port, dataDir);
    lock.noteEngine(child.pid);
    try {
      await waitUntilReady(child, connection, readyTimeoutMs);
      return child;
    } catch (error) {
      await child.stop();
      throw error;
    }
  };

  const supervised = superviseEngine(await start(), start, log);
  return {
    connection,
    reader: { url, username: 'grafana', password: files.passwords.grafana },
    get pid() {
      return supervised.current().pid;
    },
    alive: supervised.alive,
    [Symbol.asyncDispose]: async () => {
      await supervised.stop();
      lock[Symbol.dispose]();
    },
  };
}

interface Supervised {
  current(): EngineChild;
  alive(): boolean;
  stop(): Promise<void>;
}

function superviseEngine(first: EngineChild, start: () => Promise<EngineChild>, log: Log): Supervised {
  const stopping = new AbortController();
  const stopped = () => stopping.signal.aborted;
  let child = first;
  let ready = true;

  const restart = async (backoffMs: number): Promise<boolean> => {
    log.error({ backoffMs }, `${messageOf(child.reason())}; it is started again`);
    await sleep(backoffMs, undefined, { signal: stopping.signal }).catch(() => {});
    if (stopped()) return false;
    try {
      child = await start();
      log.info({ pid: child.pid }, 'the embedded ClickHouse is back');
      return true;
    } catch (error) {
      log.error({ backoffMs }, `the embedded ClickHouse did not start: ${messageOf(error)}`);
      return false;
    }
  };

  const watch = async (): Promise<void> => {
    let backoffMs = FIRST_BACKOFF_MS;
    while (!stopped()) {
      const sinceMs = performance.now();
      await child.ended;
      ready = false;
      if (stopped()) return;
      if (performance.now() - sinceMs > STEADY_MS) backoffMs = FIRST_BACKOFF_MS;
      ready = await restart(backoffMs);
      backoffMs = Math.min(backoffMs * 2, LONGEST_BACKOFF_MS);
    }
  };
  const watching = watch();

  return {
    current: () => child,
    alive: () => ready && child.running(),
    stop: async () => {
      stopping.abort();
      await child.stop();
      await watching;
      // A restart that was under way when stopping began has become the current child.
      await child.stop();
    },
  };
}
