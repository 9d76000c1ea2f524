/** The global stop as a file: while it is there no flag is written to. It needs neither store nor flag server, and outlives a restart. */

import { mkdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { dirname } from 'node:path';
import { HingeError, messageOf } from '../../errors.ts';
import type { Controller } from '../../flags/controller.ts';
import type { FlagPort } from '../../flags/port.ts';
import type { Log } from '../../model.ts';

export interface StopFile {
  readonly path: string;
  /** Also true where the place cannot be looked at: then nobody knows. */
  exists(): boolean;
  /** Another for each file that was written there; null where there is none. */
  stamp(): string | null;
  /** Says who stopped. @throws what the file system throws */
  write(actor: string): void;
  /** Who stopped, as the file says; null where it does not. */
  author(): string | null;
  remove(): void;
}

export function stopFileAt(path: string): StopFile {
  const stamp = (): string | null => {
    try {
      const found = statSync(path, { throwIfNoEntry: false, bigint: true });
      return found === undefined ? null : `${found.ino} ${found.mtimeNs}`;
    } catch {
      return 'unknown';
    }
  };
  return {
    path,
    exists: () => stamp() !== null,
    stamp,
    write(actor) {
      mkdirSync(dirname(path), { recursive: true });
      writeFileSync(
        path,
        `stopped by ${actor}, ${new Date().toISOString()}; hinge flags resume, or remove this file\n`,
      );
    },
    author: () => /^stopped by (.{1,100}), \d{4}-/.exec(contentOf(path))?.[1] ?? null,
    remove: () => rmSync(path, { force: true }),
  };
}

/** Empty where it cannot be read: a stop needs no words. */
function contentOf(path: string): string {
  try {
    return readFileSync(path, 'utf8');
  } catch {
    return '';
  }
}

const LOOK_MS = 200;
/** Who can make and remove files need not say who they are. */
const NOBODY = 'a person';

/** Tells of the file's coming and going within a fifth of a second. A look costs microseconds and works on every file system. */
export function watchStopFile(file: StopFile, tell: Pick<Controller, 'stop' | 'resume'>, log: Log): Disposable {
  let last: string | null = null;
  const look = (): void => {
    const now = file.stamp();
    // A file that went and came between two looks is another: its stop is heard.
    if (now === last) return;
    last = now;
    log.warn(
      { file: file.path },
      now === null ? 'the stop file is gone' : 'the stop file is there: no flag is written to',
    );
    if (now === null) tell.resume({ actor: NOBODY, way: 'file' });
    else tell.stop({ actor: file.author() ?? NOBODY, way: 'file' });
  };
  look();
  const timer = setInterval(look, LOOK_MS).unref();
  return { [Symbol.dispose]: () => clearInterval(timer) };
}

/** The file counts between two looks as well: each write asks for it once more. */
export function guardWrites(port: FlagPort, file: StopFile): FlagPort {
  const unlessStopped = <Given extends unknown[]>(write: (...given: Given) => Promise<void>) => {
    return async (...given: Given): Promise<void> => {
      if (file.exists())
        throw new HingeError('FLAGS_UNAVAILABLE', `${file.path} stops all changes: nothing was written`);
      return write(...given);
    };
  };
  const { setRollout, setPayload, disable, enable, undo } = port;
  return {
    ...port,
    setRollout: unlessStopped(setRollout),
    setPayload: unlessStopped(setPayload),
    disable: unlessStopped(disable),
    enable: unlessStopped(enable),
    undo: unlessStopped(undo),
  };
}

/** Keeps the stop beyond this process; a folder that cannot be written does not keep it from stopping now. */
export function persist(work: () => void, file: StopFile, log: Log): void {
  try {
    work();
  } catch (thrown) {
    log.error({ file: file.path, cause: messageOf(thrown) }, 'the stop file cannot be changed: see its folder');
  }
}
