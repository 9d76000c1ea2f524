/** How far each target has been told, kept in a file: what was not, is told after a restart. */
import { mkdir, readFile, rename, writeFile } from 'node:fs/promises';
import { dirname } from 'node:path';
import { messageOf } from '../../errors.ts';
import type { Log } from '../../model.ts';

export interface Cursor {
  /** Sequence of the last line of the journal that is done with; undefined for a target that is new. */
  read(key: string): Promise<number | undefined>;
  /** Returns at once; resolves when written, or when that failed and was said. */
  write(key: string, sequence: number): Promise<void>;
}

/** A file that cannot be read or written is said once: notices then go out all the same, and are forgotten by a restart. */
export function createCursor(file: string, log: Log): Cursor {
  const done = new Map<string, number>();
  let writing: Promise<void> = Promise.resolve();
  let complained = false;

  function complain(thrown: unknown): void {
    if (complained) return;
    complained = true;
    log.warn(
      { file, cause: messageOf(thrown) },
      'notices that wait will not survive a restart: their place is not kept',
    );
  }

  async function load(): Promise<void> {
    try {
      const kept = JSON.parse(await readFile(file, 'utf8')) as Record<string, unknown>;
      for (const [key, value] of Object.entries(kept)) if (Number.isSafeInteger(value)) done.set(key, Number(value));
    } catch (thrown) {
      if ((thrown as NodeJS.ErrnoException).code !== 'ENOENT') complain(thrown);
    }
  }

  async function save(): Promise<void> {
    try {
      await mkdir(dirname(file), { recursive: true });
      await writeFile(`${file}.new`, `${JSON.stringify(Object.fromEntries(done))}\n`);
      await rename(`${file}.new`, file);
    } catch (thrown) {
      complain(thrown);
    }
  }

  const loading = load();
  return {
    async read(key) {
      await loading;
      return done.get(key);
    },
    write(key, sequence) {
      writing = writing.then(async () => {
        await loading;
        done.set(key, sequence);
        await save();
      });
      return writing;
    },
  };
}
