/** Unpacks an upgrade package into a folder, as its install.sh would. */
import { createWriteStream } from 'node:fs';
import { mkdir } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { pipeline } from 'node:stream/promises';
import { walkArchive } from '../commands/package/archive.ts';

/** @throws HingeError for a package that Hinge would refuse; nothing lands outside `folder`. */
export async function unpack(zipPath: string, folder: string): Promise<void> {
  await walkArchive(zipPath, async ({ name, permissions }, content) => {
    const path = join(folder, name);
    await mkdir(dirname(path), { recursive: true });
    await pipeline(content, createWriteStream(path, { mode: permissions || 0o644 }));
  });
}
