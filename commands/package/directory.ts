/** Checks the directory of a package as a whole: each entry by the rules, and the entries against each other. */
import { HingeError } from '../../errors.ts';
import { type EntryFacts, entryFault, limitFault, type PackageLimits } from './entry-rules.ts';

/** Refuses by entry: `fault` is read after the entry's name. */
function refuse(code: 'INPUT_INVALID' | 'INPUT_TOO_LARGE', path: string, name: string, fault: string): never {
  throw new HingeError(code, `${path}: entry ${JSON.stringify(name)} ${fault}; the package is refused`);
}

function checkNames(entries: readonly EntryFacts[], path: string): void {
  const files = new Set<string>();
  const folders = new Set<string>();
  for (const { name } of entries) {
    const bare = name.replace(/\/$/, '');
    if (files.has(bare) || (folders.has(bare) && !name.endsWith('/'))) {
      refuse('INPUT_INVALID', path, name, 'is in the package twice');
    }
    if (!name.endsWith('/')) files.add(bare);
    for (let slash = name.indexOf('/'); slash > 0; slash = name.indexOf('/', slash + 1)) {
      const folder = name.slice(0, slash);
      if (files.has(folder))
        refuse('INPUT_INVALID', path, name, `lies inside ${JSON.stringify(folder)}, which is a file`);
      folders.add(folder);
    }
  }
}

/** Entries that share compressed bytes make a small archive unpack to a huge one (Fifield, "A better zip bomb", 2019). */
function checkOverlap(entries: readonly EntryFacts[], path: string): void {
  let end = 0;
  for (const entry of entries.toSorted((a, b) => a.offset - b.offset)) {
    if (entry.offset < end) refuse('INPUT_INVALID', path, entry.name, 'overlaps another entry');
    end = entry.offset + entry.compressedBytes;
  }
}

/** @throws HingeError INPUT_INVALID or INPUT_TOO_LARGE, naming the package at `path` and the entry */
export function inspectDirectory(entries: readonly EntryFacts[], path: string, limits: PackageLimits): void {
  let totalBytes = 0;
  for (const entry of entries) {
    const fault = entryFault(entry);
    if (fault !== null) refuse('INPUT_INVALID', path, entry.name, fault);
    totalBytes += entry.bytes;
    const over =
      limitFault(entry, limits) ?? (totalBytes > limits.totalBytes ? 'takes the package over its limit' : null);
    if (over !== null) refuse('INPUT_TOO_LARGE', path, entry.name, over);
  }
  checkNames(entries, path);
  checkOverlap(entries, path);
}
