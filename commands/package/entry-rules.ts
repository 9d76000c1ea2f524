/** What an upgrade package may hold: the rules that an entry's name, type and size are checked against. Pure. */

/** Bounds of one package; uncompressed sizes in bytes. */
export interface PackageLimits {
  readonly entries: number;
  readonly entryBytes: number;
  readonly totalBytes: number;
  /** Uncompressed to compressed size, asked of entries over `ratioFromBytes`: deflate reaches 1032, programs stay under 100. */
  readonly ratio: number;
  readonly ratioFromBytes: number;
}

export const DEFAULT_LIMITS: PackageLimits = {
  entries: 10_000,
  entryBytes: 2 ** 30,
  totalBytes: 4 * 2 ** 30,
  ratio: 250,
  ratioFromBytes: 2 ** 20,
};

/** The facts of an entry in the central directory that the rules look at. */
export interface EntryFacts {
  readonly name: string;
  /** Unix mode with file type bits; 0 where the packer recorded none. */
  readonly mode: number;
  readonly encrypted: boolean;
  readonly bytes: number;
  readonly compressedBytes: number;
  /** Where the entry starts in the archive. */
  readonly offset: number;
}

const FILE_TYPE_MASK = 0o170000;
const DIRECTORY = 0o040000;
const REGULAR_FILE = 0o100000;
const SYMLINK = 0o120000;
const LARGEST_CONTROL_CHARACTER = 0x1f;
const DELETE_CHARACTER = 0x7f;

function hasControlCharacter(text: string): boolean {
  return [...text].some((character) => {
    const code = character.charCodeAt(0);
    return code <= LARGEST_CONTROL_CHARACTER || code === DELETE_CHARACTER;
  });
}

function nameFault(name: string): string | null {
  if (name === '') return 'has no name';
  if (hasControlCharacter(name)) return 'has a control character in its name';
  if (name.includes('\\')) return 'has a backslash in its name';
  if (name.startsWith('/') || /^[A-Za-z]:/.test(name)) return 'has an absolute path';
  const segments = name.replace(/\/$/, '').split('/');
  if (segments.includes('..')) return 'leads out of the package with ..';
  if (segments.some((segment) => segment === '' || segment === '.')) return 'has an empty or . segment in its path';
  return null;
}

function typeFault(entry: EntryFacts): string | null {
  const type = entry.mode & FILE_TYPE_MASK;
  if (type === SYMLINK) return 'is a symbolic link';
  if (entry.name.endsWith('/') && entry.bytes > 0) return 'is a directory with content';
  const expected = entry.name.endsWith('/') ? DIRECTORY : REGULAR_FILE;
  return type === 0 || type === expected ? null : 'is neither a file nor a directory';
}

/** Why the entry is refused, to be read after its name; null when it is fine. */
export function entryFault(entry: EntryFacts): string | null {
  return nameFault(entry.name) ?? typeFault(entry) ?? (entry.encrypted ? 'is encrypted' : null);
}

/** Which bound the entry breaks, to be read after its name; null when none. */
export function limitFault(entry: EntryFacts, limits: PackageLimits): string | null {
  if (entry.bytes > limits.entryBytes) return `is over ${limits.entryBytes} bytes`;
  const ratio = entry.bytes / Math.max(1, entry.compressedBytes);
  if (entry.bytes > limits.ratioFromBytes && ratio > limits.ratio) {
    return `unpacks to ${Math.round(ratio)} times its size, over the limit of ${limits.ratio}`;
  }
  return null;
}
