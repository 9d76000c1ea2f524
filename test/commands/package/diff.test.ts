import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { diffPackages } from '../../../commands/package/diff.ts';
import { htlhash } from '../../../commands/package/htlhash.ts';
import { readPackage } from '../../../commands/package/read.ts';
import { type Files, openFolder, writeZip } from './zips.ts';

async function diff(before: Files, after: Files) {
  await using folder = await openFolder();
  const [previous, next] = [join(folder.path, 'old.zip'), join(folder.path, 'new.zip')];
  await Promise.all([writeZip(previous, before), writeZip(next, after)]);
  return diffPackages(await readPackage(previous), await readPackage(next));
}

/** A program with a version in the middle only, out of sight of a hash of its two ends. */
const program = (version: string): [Buffer, number] => [
  Buffer.from(`${'a'.repeat(5_000)}${version}${'z'.repeat(5_000)}`),
  0o100755,
];

describe('the difference of two packages', () => {
  it('names the binaries that changed, with the build identity of both', async () => {
    const { changed, unchangedCount } = await diff(
      { 'bin/checkout': 'one', 'bin/pricing': 'same', 'README.txt': 'one' },
      { 'bin/checkout': 'two', 'bin/pricing': 'same', 'README.txt': 'two' },
    );
    expect(changed).toEqual([
      {
        service: 'checkout',
        from: htlhash(Buffer.from('one')),
        to: htlhash(Buffer.from('two')),
        path: 'bin/checkout',
      },
    ]);
    expect(unchangedCount).toBe(1);
  });

  it('lists what came and what went', async () => {
    const { added, removed, changed } = await diff({ 'bin/old': 'x' }, { 'bin/new': 'x', 'NEWS.txt': 'y' });
    expect({ added, removed, changed }).toEqual({ added: ['NEWS.txt', 'bin/new'], removed: ['bin/old'], changed: [] });
  });

  it('of a package with itself is empty', async () => {
    const files: Files = { 'bin/checkout': 'one', 'install.sh': 'x' };
    expect(await diff(files, files)).toEqual({ changed: [], added: [], removed: [], unchangedCount: 1, notes: [] });
  });

  it('says so when a change is out of sight of the build identity', async () => {
    const { changed, notes } = await diff({ 'bin/checkout': program('1.0') }, { 'bin/checkout': program('1.1') });
    expect(changed).toHaveLength(1);
    expect(changed[0]?.from).toBe(changed[0]?.to);
    expect(notes).toEqual([expect.stringContaining('bin/checkout changed, but its build identity did not')]);
  });

  it('notes scripts and certificates that are new or changed', async () => {
    const { notes } = await diff(
      { 'install.sh': 'one', 'check.sh': 'same' },
      { 'install.sh': 'two', 'check.sh': 'same', 'certs/ca.pem': 'x' },
    );
    expect(notes).toEqual([
      'certs/ca.pem is new: not a certificate that can be read',
      'install.sh changed: it runs during the installation, read it first',
    ]);
  });
});
