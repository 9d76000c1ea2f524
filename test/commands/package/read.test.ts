import { readdir, truncate, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { DEFAULT_LIMITS } from '../../../commands/package/entry-rules.ts';
import { htlhash } from '../../../commands/package/htlhash.ts';
import { readPackage } from '../../../commands/package/read.ts';
import { openFolder, type RawEntry, writeRawZip, writeZip } from './zips.ts';

const ENCRYPTED = 0x0001;

describe('an honest package', () => {
  it('is told by kind: binaries by folder or executable bit, scripts and certificates by ending', async () => {
    await using folder = await openFolder();
    const path = await writeZip(join(folder.path, 'new.zip'), {
      'bin/checkout': ['program', 0o100755],
      'opt/sbin/pricing.exe': ['program, packed without bits', 0o100644],
      'lib/worker': ['executable elsewhere', 0o100755],
      'bin/install.sh': ['#!/bin/sh', 0o100755],
      'certs/ca.pem': 'nonsense',
      'MANIFEST.txt': 'improvements',
    });
    const { files } = await readPackage(path);
    expect(files.map(({ path, kind }) => [path, kind])).toEqual([
      ['MANIFEST.txt', 'other'],
      ['bin/checkout', 'binary'],
      ['bin/install.sh', 'script'],
      ['certs/ca.pem', 'certificate'],
      ['lib/worker', 'binary'],
      ['opt/sbin/pricing.exe', 'binary'],
    ]);
    expect(files.find((file) => file.path === 'bin/checkout')?.htlhash).toBe(htlhash(Buffer.from('program')));
    expect(files.find((file) => file.kind === 'certificate')?.certificate).toBe('not a certificate that can be read');
  });

  it('is read without writing anything', async () => {
    await using folder = await openFolder();
    const path = await writeZip(join(folder.path, 'new.zip'), { 'bin/checkout': 'program' });
    await readPackage(path);
    expect(await readdir(folder.path)).toEqual(['new.zip']);
  });
});

const HOSTILE: readonly (readonly [string, readonly RawEntry[], string])[] = [
  ['a path that leads out', [{ name: '../evil' }], '../evil'],
  ['a path that leads out further down', [{ name: 'bin/../../evil' }], 'bin/../../evil'],
  ['an absolute path', [{ name: '/etc/passwd' }], '/etc/passwd'],
  ['a drive letter', [{ name: 'C:/windows/evil' }], 'C:/windows/evil'],
  ['a backslash', [{ name: 'bin\\evil' }], 'evil'],
  ['an empty segment', [{ name: 'bin//evil' }], 'bin//evil'],
  ['a dot segment', [{ name: './bin/evil' }], './bin/evil'],
  ['a control character', [{ name: 'bin/e\u0007vil' }], 'bin/e\\u0007vil'],
  ['no name', [{ name: '' }], '""'],
  ['a symbolic link', [{ name: 'bin/link', content: '/etc/passwd', mode: 0o120777 }], 'bin/link'],
  ['a device', [{ name: 'bin/null', mode: 0o020666 }], 'bin/null'],
  ['a directory with content', [{ name: 'bin/', content: 'hidden', mode: 0o040755 }], 'bin/'],
  ['a name twice', [{ name: 'bin/twin' }, { name: 'bin/twin', content: 'other' }], 'bin/twin'],
  ['a file that is also a folder', [{ name: 'bin' }, { name: 'bin/evil' }], 'bin/evil'],
  ['a folder that is also a file', [{ name: 'bin/evil' }, { name: 'bin' }], '"bin"'],
  ['an encrypted entry', [{ name: 'bin/secret', content: 'x', flags: ENCRYPTED }], 'bin/secret'],
  ['a wrong checksum', [{ name: 'bin/broken', content: 'x', claims: { crc: 1 } }], 'bin/broken'],
  ['more content than it says', [{ name: 'bin/liar', content: 'x'.repeat(5_000), claims: { bytes: 10 } }], 'bin/liar'],
  ['two names for one entry', [{ name: 'bin/honest', claims: { name: 'bin/shown' } }], 'bin/shown'],
  [
    'entries that share their bytes',
    [
      { name: 'bin/a', content: 'x'.repeat(64) },
      { name: 'bin/b', content: 'x'.repeat(64), claims: { offset: 0 } },
    ],
    'bin/b',
  ],
];

describe('a hostile package is refused by the name of the entry', () => {
  it.each(HOSTILE)('%s', async (_, entries, named) => {
    await using folder = await openFolder();
    const path = await writeRawZip(join(folder.path, 'evil.zip'), entries);
    await expect(readPackage(path)).rejects.toMatchObject({
      code: 'INPUT_INVALID',
      message: expect.stringContaining(named),
    });
    expect(await readdir(folder.path)).toEqual(['evil.zip']);
  });
});

describe('a package over a limit is refused before it is unpacked', () => {
  const bomb: RawEntry = { name: 'bin/bomb', content: Buffer.alloc(8 * 2 ** 20) };
  it.each([
    ['a bomb', [bomb], {}, 'bin/bomb'],
    ['a large entry', [{ name: 'bin/large', content: 'x'.repeat(101) }], { entryBytes: 100 }, 'bin/large'],
    [
      'many bytes in all',
      [
        { name: 'bin/a', content: 'x'.repeat(60) },
        { name: 'bin/b', content: 'x'.repeat(60) },
      ],
      { totalBytes: 100 },
      'bin/b',
    ],
    ['many entries', [{ name: 'a' }, { name: 'b' }, { name: 'c' }], { entries: 2 }, '3 entries'],
  ] as const)('%s', async (_, entries, limits, named) => {
    await using folder = await openFolder();
    const path = await writeRawZip(join(folder.path, 'evil.zip'), entries);
    await expect(readPackage(path, { ...DEFAULT_LIMITS, ...limits })).rejects.toMatchObject({
      code: 'INPUT_TOO_LARGE',
      message: expect.stringContaining(named),
    });
  });
});

describe('what is not a whole zip file', () => {
  it.each([1, 30, 60, 200])('truncated by %i bytes', async (missing) => {
    await using folder = await openFolder();
    const path = await writeZip(join(folder.path, 'cut.zip'), { 'bin/a': 'x'.repeat(500), 'bin/b': 'y'.repeat(500) });
    const whole = await readPackage(path);
    expect(whole.files).toHaveLength(2);
    const bytes = (await import('node:fs')).statSync(path).size;
    await truncate(path, bytes - missing);
    await expect(readPackage(path)).rejects.toMatchObject({ code: 'INPUT_INVALID' });
  });

  it('text is not a package', async () => {
    await using folder = await openFolder();
    const path = join(folder.path, 'new.zip');
    await writeFile(path, 'this is not a zip file at all, however long it may be');
    await expect(readPackage(path)).rejects.toMatchObject({
      code: 'INPUT_INVALID',
      message: expect.stringContaining(path),
    });
  });

  it('a file that is not there', async () => {
    await expect(readPackage('/nowhere/new.zip')).rejects.toMatchObject({ code: 'FILE_MISSING' });
  });
});
