/** One process a data folder: a lock file that names its owner, and the owner's engine, so that leftovers of a crash are told from the living. */
import { closeSync, mkdirSync, openSync, readFileSync, renameSync, rmSync, writeSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { HingeError } from '../../errors.ts';

/** A process, told apart from a later one with the same id by when it began. */
interface ProcessIdentity {
  readonly pid: number;
  /** Clock ticks since boot at which it began (/proc/<pid>/stat, field 22); empty where the system does not tell. */
  readonly began: string;
}

interface LockContent {
  readonly owner: ProcessIdentity;
  readonly engine?: ProcessIdentity;
}

export interface FolderLock extends Disposable {
  /** Notes the engine's process, so that a successor can end it if this process is killed. */
  noteEngine(pid: number): void;
}

/**
 * Takes the data folder, and ends an engine that outlived its killed owner.
 * @throws HingeError DATA_FOLDER_IN_USE when a living process has it.
 */
export async function lockFolder(dataDir: string): Promise<FolderLock> {
  mkdirSync(dataDir, { recursive: true, mode: 0o700 });
  const file = join(dataDir, 'hinge.lock');
  const owner = identify(process.pid);
  const left = take(file, { owner }, dataDir);
  if (left?.engine !== undefined && isAlive(left.engine)) await end(left.engine);
  return {
    noteEngine: (pid) => rewrite(file, { owner, engine: identify(pid) }),
    [Symbol.dispose]: () => rmSync(file, { force: true }),
  };
}

/** Returns what a dead owner left in the lock file, if there was one. */
function take(file: string, content: LockContent, dataDir: string): LockContent | null {
  if (create(file, content)) return null;
  const found = read(file);
  if (found !== null && isAlive(found.owner)) {
    throw new HingeError(
      'DATA_FOLDER_IN_USE',
      `the data folder ${dataDir} is in use by process ${found.owner.pid}: stop that Hinge, or choose another folder with --data DIR`,
    );
  }
  rmSync(file, { force: true });
  if (create(file, content)) return found;
  throw new HingeError(
    'DATA_FOLDER_IN_USE',
    `the data folder ${dataDir} was taken by another process at this moment: choose another folder with --data DIR`,
  );
}

/** False when the file exists: creating it is what decides between two processes. */
function create(file: string, content: LockContent): boolean {
  try {
    const descriptor = openSync(file, 'wx', 0o600);
    writeSync(descriptor, JSON.stringify(content));
    closeSync(descriptor);
    return true;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'EEXIST') return false;
    throw new HingeError('ENGINE_FAILED', `cannot write ${file}: the data folder must be writable`, { cause: error });
  }
}

function rewrite(file: string, content: LockContent): void {
  const fresh = `${file}.new`;
  rmSync(fresh, { force: true });
  if (create(fresh, content)) renameSync(fresh, file);
}

/** Null for a file that a crash left half written. */
function read(file: string): LockContent | null {
  try {
    const content = JSON.parse(readFileSync(file, 'utf8')) as Partial<LockContent>;
    return content.owner === undefined ? null : (content as LockContent);
  } catch {
    return null;
  }
}

function identify(pid: number): ProcessIdentity {
  return { pid, began: beganOf(pid) };
}

function isAlive(process_: ProcessIdentity): boolean {
  try {
    process.kill(process_.pid, 0);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'EPERM') return false;
  }
  return beganOf(process_.pid) === process_.began;
}

function beganOf(pid: number): string {
  try {
    const stat = readFileSync(`/proc/${pid}/stat`, 'latin1');
    // The command, field 2, may hold spaces and brackets: count from its last bracket.
    const [state, ...fields] = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
    return state === 'Z' ? '' : (fields[18] ?? '');
  } catch {
    return '';
  }
}

/** The engine ends by itself once its owner is gone, but waits for open connections; this does not wait. */
async function end(engine: ProcessIdentity): Promise<void> {
  for (const [signal, patienceMs] of [
    ['SIGTERM', 3_000],
    ['SIGKILL', 3_000],
  ] as const) {
    if (isAlive(engine)) process.kill(engine.pid, signal);
    for (const until = Date.now() + patienceMs; Date.now() < until; await sleep(20)) {
      if (!isAlive(engine)) return;
    }
  }
}
