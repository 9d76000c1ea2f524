/** What changed between two upgrade packages, as the manifest that the vendor's own manifest rarely is. Pure. */
import type { ChangedBuild } from '../../model.ts';
import { type Package, type PackageFile, serviceOf } from './read.ts';

export interface PackageDiff {
  /** Binaries in both packages whose content differs, in order of path. `from` and `to` are htlhashes. */
  readonly changed: readonly ChangedBuild[];
  /** Paths of files of any kind that only the new package holds. */
  readonly added: readonly string[];
  /** Paths of files of any kind that only the old package held. */
  readonly removed: readonly string[];
  /** Binaries that are the same, byte for byte. */
  readonly unchangedCount: number;
  /** Sentences: scripts, certificates and changes that the build identity cannot show. */
  readonly notes: readonly string[];
}

const isBinary = (file: PackageFile): boolean => file.kind === 'binary';

function byPath(files: readonly PackageFile[]): ReadonlyMap<string, PackageFile> {
  return new Map(files.map((file) => [file.path, file]));
}

/** The same htlhash for different content: a change away from both ends that kept the length. */
function twinNotes(pairs: readonly (readonly [PackageFile, PackageFile])[]): string[] {
  return pairs
    .filter(([before, after]) => before.htlhash === after.htlhash)
    .map(([, { path }]) => `${path} changed, but its build identity did not: running processes cannot be told apart`);
}

function fileNotes(before: ReadonlyMap<string, PackageFile>, files: readonly PackageFile[]): string[] {
  return files.flatMap((file) => {
    const old = before.get(file.path);
    if (old?.sha256 === file.sha256) return [];
    const change = old === undefined ? 'is new' : 'changed';
    if (file.kind === 'script') return [`${file.path} ${change}: it runs during the installation, read it first`];
    if (file.kind === 'certificate') return [`${file.path} ${change}: ${file.certificate ?? ''}`];
    return [];
  });
}

export function diffPackages(previous: Package, next: Package): PackageDiff {
  const [before, after] = [byPath(previous.files), byPath(next.files)];
  const pairs = next.files.filter(isBinary).flatMap((file) => {
    const old = before.get(file.path);
    return old === undefined ? [] : [[old, file] as const];
  });
  const differing = pairs.filter(([old, file]) => old.sha256 !== file.sha256);
  return {
    changed: differing.map(([old, file]) => ({
      service: serviceOf(file),
      from: old.htlhash,
      to: file.htlhash,
      path: file.path,
    })),
    added: next.files.filter(({ path }) => !before.has(path)).map(({ path }) => path),
    removed: previous.files.filter(({ path }) => !after.has(path)).map(({ path }) => path),
    unchangedCount: pairs.length - differing.length,
    notes: [...twinNotes(differing), ...fileNotes(before, next.files)],
  };
}
