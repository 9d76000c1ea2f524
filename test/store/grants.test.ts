/** Hinge as a guest on somebody else's server: it reads the telemetry, owns thirteen tables and views, and names what it lacks. */
import { afterAll, beforeAll, expect, it } from 'vitest';
import { openStore, type Store } from '../../store/store.ts';
import { silentLog } from '../support/engine.ts';
import { createExporterTables, exportTraces } from '../support/exporter.ts';
import { spanId, traceId, tracesRequest } from '../support/otlp.ts';
import { plainCell } from '../support/plain-cells.ts';
import { type ServerWithUsers, startServer } from '../support/server-users.ts';
import { T0_MS } from '../support/spans.ts';

const OWN = [
  ...['schema_migrations', 'seals', 'cells', 'self_times', 'upgrades', 'journal', 'controller_claims'],
  ...['markers', 'sealed_cells', 'sealed_self_times'],
  ...['staged_spans', 'staged_variants', 'staged_odd_calls'],
];
const READS = 'GRANT SELECT ON otel.otel_traces';
const OWNS = OWN.map((name) => `GRANT ALL ON otel.${name}`);
const MAKES = [
  'GRANT TABLE ENGINE ON MergeTree',
  'GRANT TABLE ENGINE ON ReplacingMergeTree',
  'GRANT TABLE ENGINE ON Memory',
];

let server: ServerWithUsers;
beforeAll(async () => {
  server = await startServer({
    guest: [READS, ...OWNS, ...MAKES],
    seeing: [READS, ...OWNS, ...MAKES, 'GRANT SELECT ON system.parts', 'GRANT SELECT ON system.disks'],
    blind: [...OWNS, ...MAKES],
    handless: [READS, ...OWNS],
    homeless: [READS, ...OWNS.filter((grant) => !grant.endsWith('.seals')), ...MAKES],
  });
  await createExporterTables(server.owner, 'otel');
  const span = { traceId: traceId(1), spanId: spanId(1), name: 'op', startMs: T0_MS, durationMs: 5 };
  await exportTraces(server.owner, 'otel', tracesRequest([{ service: 'shop', items: [span] }]));
});
afterAll(() => server[Symbol.asyncDispose]());

const open = (user: string): Promise<Store> =>
  openStore({
    ...{ connection: server.as(user), database: 'otel', collects: false, retentionDays: 14, log: silentLog },
    ...{ slotSeconds: 60, sealDelaySeconds: 60, horizonSeconds: 60 },
  });

it.each([
  ['blind', /the database otel has no otel_traces that this user may see.*GRANT SELECT ON otel\.otel_traces/],
  ['handless', /create schema_migrations.*handless lacks a right: GRANT TABLE ENGINE ON MergeTree TO handless/],
  ['homeless', /apply migration 2.*GRANT CREATE TABLE ON otel\.seals TO homeless/],
])('says to %s which right is missing', async (user, message) => {
  await expect(open(user)).rejects.toMatchObject({ code: 'STORE_REFUSED', message: expect.stringMatching(message) });
});

it('works with the right to read the spans and to own its tables', async () => {
  await using store = await open('guest');
  expect(await store.seal(T0_MS + 600_000)).toEqual({ sealed: 1, resealed: 0 });
  expect((await store.cells({ startMs: T0_MS, endMs: T0_MS + 60_000 })).map(plainCell)).toMatchObject([
    { service: 'shop', calls: 1 },
  ]);
  await store.upgrades.start({ id: 'u', name: 'u', startedMs: T0_MS, finishedMs: null, changed: [] });
  expect(await store.upgrades.list()).toHaveLength(1);
  expect(await store.journal.read()).toEqual([]);
  expect(await store.status()).toMatchObject({ spans: 1, sealedUntilMs: T0_MS + 60_000 });
  expect((await store.status()).bytesOnDisk).toBeGreaterThan(0);
});

it('needs two rights more to tell sizes', async () => {
  await using guest = await open('guest');
  await expect(guest.storage(T0_MS)).rejects.toMatchObject({
    message: expect.stringMatching(/lacks a right: GRANT SELECT ON system\.parts TO guest/),
  });
  await using seeing = await open('seeing');
  const { tables, disk } = await seeing.storage(T0_MS);
  expect(tables.map(({ name }) => name)).toContain('otel_traces');
  expect(disk?.freeBytes).toBeGreaterThan(0);
});
