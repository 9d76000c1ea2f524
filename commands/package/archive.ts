/** Walks a zip file strictly: whatever is odd is refused by name, and nothing is written. */
import { crc32 } from 'node:zlib';
import yauzl, { type Entry, type ZipFile } from 'yauzl';
import { HingeError, messageOf } from '../../errors.ts';
import { inspectDirectory } from './directory.ts';
import { DEFAULT_LIMITS, type EntryFacts, type PackageLimits } from './entry-rules.ts';

/** One file of the archive. */
export interface ArchiveFile {
  readonly name: string;
  readonly bytes: number;
  /** Unix permission bits; 0 where the packer recorded none. */
  readonly permissions: number;
}

/** Called for each file in the order of the archive; must take the content to its end. */
export type ArchiveVisitor = (file: ArchiveFile, content: AsyncIterable<Uint8Array>) => Promise<void>;

/** The upper half of the external attributes is the Unix mode when the entry was made on Unix (APPNOTE 4.4.2, 4.4.15). */
const MADE_ON_UNIX = 3;

function factsOf(entry: Entry): EntryFacts {
  const unix = entry.versionMadeBy >>> 8 === MADE_ON_UNIX;
  return {
    name: entry.fileName,
    mode: unix ? entry.externalFileAttributes >>> 16 : 0,
    encrypted: entry.isEncrypted(),
    bytes: entry.uncompressedSize,
    compressedBytes: entry.compressedSize,
    offset: entry.relativeOffsetOfLocalHeader,
  };
}

async function readDirectory(zip: ZipFile, path: string, limits: PackageLimits): Promise<Entry[]> {
  if (zip.entryCount > limits.entries) {
    throw new HingeError(
      'INPUT_TOO_LARGE',
      `${path} has ${zip.entryCount} entries, over the limit of ${limits.entries}`,
    );
  }
  const entries: Entry[] = [];
  for await (const entry of zip.eachEntry()) entries.push(entry);
  inspectDirectory(entries.map(factsOf), path, limits);
  return entries;
}

/** The central directory and the header before the content must agree: readers that trust either must see the same file. */
async function checkLocalHeader(zip: ZipFile, entry: Entry): Promise<void> {
  const local = await zip.readLocalFileHeaderPromise(entry);
  if (!local.fileName.equals(entry.fileNameRaw)) throw new Error('its two names in the archive differ');
}

async function* checked(zip: ZipFile, entry: Entry): AsyncGenerator<Uint8Array> {
  let sum = 0;
  for await (const chunk of await zip.openReadStreamPromise(entry)) {
    sum = crc32(chunk, sum);
    yield chunk;
  }
  if (sum !== entry.crc32) throw new Error('its checksum does not match');
}

async function visitEntry(zip: ZipFile, entry: Entry, path: string, visit: ArchiveVisitor): Promise<void> {
  const facts = factsOf(entry);
  if (facts.name.endsWith('/')) return;
  try {
    await checkLocalHeader(zip, entry);
    await visit({ name: facts.name, bytes: facts.bytes, permissions: facts.mode & 0o7777 }, checked(zip, entry));
  } catch (cause) {
    if (cause instanceof HingeError) throw cause;
    const what = `${path}: entry ${JSON.stringify(facts.name)} cannot be read: ${messageOf(cause)}`;
    throw new HingeError('INPUT_INVALID', `${what}; fetch the package again or ask its vendor`, { cause });
  }
}

async function openZip(path: string): Promise<ZipFile> {
  try {
    return await yauzl.openPromise(path, { autoClose: false, strictFileNames: true });
  } catch (cause) {
    const missing = cause instanceof Error && 'code' in cause;
    throw new HingeError(
      missing ? 'FILE_MISSING' : 'INPUT_INVALID',
      `cannot open the package ${path}: ${messageOf(cause)}; give a complete zip file`,
      { cause },
    );
  }
}

/**
 * Checks the whole directory first, then hands over each file with its content. Refused: paths that lead out, absolute
 * paths, backslashes, links and devices, repeated or overlapping entries, encryption, damage, and whatever is over the limits.
 * @throws HingeError FILE_MISSING, INPUT_INVALID or INPUT_TOO_LARGE, naming the entry
 */
export async function walkArchive(path: string, visit: ArchiveVisitor, limits = DEFAULT_LIMITS): Promise<void> {
  const zip = await openZip(path);
  try {
    for (const entry of await readDirectory(zip, path, limits)) await visitEntry(zip, entry, path, visit);
  } catch (cause) {
    if (cause instanceof HingeError) throw cause;
    throw new HingeError('INPUT_INVALID', `${path} is damaged: ${messageOf(cause)}; fetch the package again`, {
      cause,
    });
  } finally {
    zip.close();
  }
}
