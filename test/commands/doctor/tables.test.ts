import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, it, onTestFinished } from 'vitest';
import { formatBytes } from '../../../commands/disk.ts';
import { tablesCheck } from '../../../commands/doctor/tables.ts';
import { HingeError } from '../../../errors.ts';
import type { Storage } from '../../../store/storage.ts';
import { sampleStorage } from '../../support/storage.ts';

const clock = () => Date.UTC(2026, 10, 20, 12);
const check = (storage: Storage) => tablesCheck({ read: async () => storage, dataDir: undefined, clock });

/** Spans keep 15 days of 1 GiB at most, cells 14 months of 31 days of 5.12 MiB: 15 + 2.17 GiB. */
it('shows every table, aligned, and that the disk lasts', async () => {
  expect(await check(sampleStorage())).toEqual({
    state: 'ok',
    text: '10.1 GiB stored, 76.0 GiB free; stays within: 17.2 GiB at full retention',
    details: `table               rows   on disk  oldest (UTC)      newest (UTC)      kept         a day
cells          1,234,567  51.2 MiB  2026-11-10 12:00  2026-11-20 12:00  13 months  5.1 MiB
journal                0       0 B  -                 -                 for ever         -
otel_traces  123,456,789  10.0 GiB  2026-11-10 12:00  2026-11-20 12:00  14 days    1.0 GiB
`,
  });
});

const GIB = 2 ** 30;
const small = (freeBytes: number): Storage => ({ ...sampleStorage(), disk: { freeBytes, totalBytes: 100 * GIB } });
const foreign = (storage: Storage): Storage => ({
  ...storage,
  tables: storage.tables.map((table) => ({ ...table, madeByHinge: !table.name.startsWith('otel_') })),
});

const flooded = (storage: Storage): Storage => ({
  ...storage,
  tables: storage.tables.map((table) => ({ ...table, growth: { bytesPerDay: 50 * GIB, days: 7 } })),
});

it.each<[string, Storage, string]>([
  ['lower retention', small(4 * GIB), 'full in about 3 days: lower store.retentionDays to 10'],
  ['a shorter TTL of its owner', foreign(small(4 * GIB)), 'full in about 3 days: give otel_traces a shorter TTL'],
  ['a larger disk', flooded(small(4 * GIB)), 'full in less than a day: no store.retentionDays is short enough'],
])('asks for %s where the disk does not last', async (_, storage, words) => {
  expect(await check(storage)).toMatchObject({ state: 'warn', text: expect.stringContaining(words) });
});

it('marks the tables whose retention is not its own', async () => {
  expect((await check(foreign(sampleStorage()))).details).toMatch(/^otel_traces .* 14 days \(not by Hinge\) /m);
});

it('says that a disk has no end', async () => {
  const { text } = await check({ ...sampleStorage(), disk: null });
  expect(text).toBe('10.1 GiB stored; stays within: 17.2 GiB at full retention');
});

it('knows the size of the folder where no Hinge answers', async () => {
  const dataDir = mkdtempSync(join(tmpdir(), 'hinge-doctor-'));
  onTestFinished(() => rmSync(dataDir, { recursive: true }));
  writeFileSync(join(dataDir, 'part'), Buffer.alloc(3 * 1024));
  const read = () => Promise.reject(new HingeError('SERVER_UNREACHABLE', 'no Hinge answers'));
  expect(await tablesCheck({ read, dataDir, clock })).toEqual({
    state: 'warn',
    text: `their sizes need a running hinge serve; ${dataDir} takes 3.0 KiB`,
  });
  expect((await tablesCheck({ read, dataDir: join(dataDir, 'none'), clock })).text).toMatch(/none takes 0 B$/);
});

it('asks for a token where one is needed, and hides no other fault', async () => {
  const refused = (code: 'UNAUTHENTICATED' | 'STORE_UNAVAILABLE') => () => Promise.reject(new HingeError(code, 'no'));
  const options = { dataDir: undefined, clock };
  expect(await tablesCheck({ ...options, read: refused('UNAUTHENTICATED') })).toMatchObject({
    state: 'warn',
    text: expect.stringContaining('HINGE_TOKEN'),
  });
  await expect(tablesCheck({ ...options, read: refused('STORE_UNAVAILABLE') })).rejects.toThrow('no');
});

it.each([
  [0, '0 B'],
  [1_023, '1023 B'],
  [1_024, '1.0 KiB'],
  [11.25 * GIB, '11.3 GiB'],
  [2 ** 50 * 1_500, '1500.0 PiB'],
])('%d bytes are %s', (bytes, text) => {
  expect(formatBytes(bytes)).toBe(text);
});
