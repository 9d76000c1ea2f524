/** Zip files for tests: honest ones by yazl, hostile ones written field by field. */
import { createWriteStream } from 'node:fs';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pipeline } from 'node:stream/promises';
import { crc32, deflateRawSync } from 'node:zlib';
import { ZipFile } from 'yazl';

/** A folder that goes with its owner. */
export async function openFolder(): Promise<{ readonly path: string } & AsyncDisposable> {
  const path = await mkdtemp(join(tmpdir(), 'hinge-package-'));
  return { path, [Symbol.asyncDispose]: () => rm(path, { recursive: true, force: true }) };
}

/** Content by path; a pair gives the mode as well. */
export type Files = Readonly<Record<string, string | readonly [content: string | Buffer, mode: number]>>;

export async function writeZip(path: string, files: Files): Promise<string> {
  const zip = new ZipFile();
  for (const [name, file] of Object.entries(files)) {
    const [content, mode] = typeof file === 'string' ? [file, 0o100644] : file;
    zip.addBuffer(Buffer.from(content), name, { mode });
  }
  zip.end();
  await pipeline(zip.outputStream, createWriteStream(path));
  return path;
}

/** One entry as it is to stand in the file, honest unless told. */
export interface RawEntry {
  readonly name: string;
  readonly content?: string | Buffer;
  /** Unix mode with file type. */
  readonly mode?: number;
  readonly flags?: number;
  /** What the directory claims, where it is to lie. */
  readonly claims?: {
    readonly bytes?: number;
    readonly crc?: number;
    readonly name?: string;
    readonly offset?: number;
  };
}

const UTF8 = 0x0800;
const DEFLATE = 8;
const MADE_ON_UNIX = 3 << 8;

function fieldsOf({ content = '', flags = 0, claims = {} }: RawEntry) {
  const plain = Buffer.from(content);
  const packed = deflateRawSync(plain);
  const fields = Buffer.alloc(22);
  fields.writeUInt16LE(20, 0);
  fields.writeUInt16LE(UTF8 | flags, 2);
  fields.writeUInt16LE(DEFLATE, 4);
  fields.writeUInt32LE(claims.crc ?? crc32(plain), 10);
  fields.writeUInt32LE(packed.length, 14);
  fields.writeUInt32LE(claims.bytes ?? plain.length, 18);
  return { fields, packed };
}

function localPart(entry: RawEntry): Buffer {
  const { fields, packed } = fieldsOf(entry);
  const name = Buffer.from(entry.name);
  const lengths = Buffer.alloc(4);
  lengths.writeUInt16LE(name.length, 0);
  return Buffer.concat([Buffer.from('PK\x03\x04', 'latin1'), fields, lengths, name, packed]);
}

function centralPart(entry: RawEntry, offset: number): Buffer {
  const { fields } = fieldsOf(entry);
  const name = Buffer.from(entry.claims?.name ?? entry.name);
  const made = Buffer.alloc(2);
  made.writeUInt16LE(MADE_ON_UNIX | 20, 0);
  const rest = Buffer.alloc(18);
  rest.writeUInt16LE(name.length, 0);
  rest.writeUInt32LE(((entry.mode ?? 0o100644) << 16) >>> 0, 10);
  rest.writeUInt32LE(entry.claims?.offset ?? offset, 14);
  return Buffer.concat([Buffer.from('PK\x01\x02', 'latin1'), made, fields, rest, name]);
}

/** A zip file by APPNOTE 6.3.10, sections 4.3.7, 4.3.12 and 4.3.16. */
function rawZip(entries: readonly RawEntry[]): Buffer {
  const locals = entries.map(localPart);
  const offsets = locals.map((_, index) => locals.slice(0, index).reduce((sum, part) => sum + part.length, 0));
  const central = Buffer.concat(entries.map((entry, index) => centralPart(entry, offsets[index] ?? 0)));
  const body = Buffer.concat(locals);
  const end = Buffer.alloc(22);
  end.write('PK\x05\x06', 'latin1');
  end.writeUInt16LE(entries.length, 8);
  end.writeUInt16LE(entries.length, 10);
  end.writeUInt32LE(central.length, 12);
  end.writeUInt32LE(body.length, 16);
  return Buffer.concat([body, central, end]);
}

export async function writeRawZip(path: string, entries: readonly RawEntry[]): Promise<string> {
  await writeFile(path, rawZip(entries));
  return path;
}
