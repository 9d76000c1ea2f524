import { statfsSync } from 'node:fs';
import { expect, it } from 'vitest';
import type { Store } from '../../store/store.ts';
import { useEngine } from '../support/engine.ts';
import { createExporterTables, exportTraces } from '../support/exporter.ts';
import { spanId, traceId, tracesRequest } from '../support/otlp.ts';
import { insertSpans, type SpanSpec, T0_MS } from '../support/spans.ts';

const tests = useEngine();
const DAY_MS = 86_400_000;

/** 2,000 calls spread over a day, that many days after the first. */
const dayOf = (day: number): SpanSpec[] =>
  Array.from({ length: 2_000 }, (_, i) => ({
    ...{ trace: `t${i}`, span: `s${i}`, service: 's', name: 'op', durationMs: i },
    startMs: day * DAY_MS + i * 20_000,
  }));

const tablesOf = async (store: Store, nowMs: number) =>
  new Map((await store.storage(nowMs)).tables.map(({ name, ...rest }) => [name, rest]));

it('knows rows, bytes, extent, retention and growth of every table', async () => {
  const store = await tests.freshStore({ retentionDays: 3_000, cellRetentionMonths: 240 });
  for (const day of [0, 1, 2, 3]) await insertSpans(store, dayOf(day));
  await store.seal(T0_MS + 4 * DAY_MS);
  await store.upgrades.start({ id: 'u', name: 'u', startedMs: T0_MS, finishedMs: null, changed: [] });

  const nowMs = T0_MS + 3 * DAY_MS + 12 * 3_600_000;
  const tables = await tablesOf(store, nowMs);
  const spans = tables.get('otel_traces');
  expect(spans).toMatchObject({
    ...{ rows: 8_000, oldestMs: T0_MS, newestMs: T0_MS + 3 * DAY_MS + 1_999 * 20_000, madeByHinge: true },
    kept: { count: 3_000, unit: 'day' },
  });
  // Two full days lie between the first and this one, of four that are alike.
  expect(spans?.growth?.days).toBe(2);
  expect(spans?.growth?.bytesPerDay).toBeGreaterThan((spans?.bytes ?? 0) / 5);
  expect(spans?.growth?.bytesPerDay).toBeLessThan((spans?.bytes ?? 0) / 3);
  expect(tables.get('cells')).toMatchObject({ kept: { count: 240, unit: 'month' }, oldestMs: T0_MS });
  expect(tables.get('seals')).toMatchObject({ kept: null, oldestMs: T0_MS });
  expect(tables.get('upgrades')).toMatchObject({ kept: null, rows: 1, oldestMs: T0_MS });
  expect(tables.get('journal')).toEqual({
    ...{ rows: 0, bytes: 0, oldestMs: null, newestMs: null, kept: null, growth: null, madeByHinge: true },
  });
  const total = [...tables.values()].reduce((sum, { bytes }) => sum + bytes, 0);
  // The ledger of migrations is not listed.
  expect(total).toBeLessThanOrEqual((await store.status()).bytesOnDisk);
  expect(total).toBeGreaterThan((await store.status()).bytesOnDisk - 4_096);
});

it('knows the disk of the engine', async () => {
  const { disk } = await (await tests.freshStore()).storage(T0_MS);
  const { blocks, bsize } = statfsSync(tests.dataDir);
  expect(disk?.totalBytes).toBe(blocks * bsize);
  expect(disk?.freeBytes).toBeLessThan(blocks * bsize);
});

it('tells the tables that others made, with their own retention', async () => {
  const { connection } = tests.engine;
  await createExporterTables(connection, 'theirs');
  const span = { traceId: traceId(1), spanId: spanId(1), name: 'op', startMs: T0_MS, durationMs: 5 };
  await exportTraces(connection, 'theirs', tracesRequest([{ service: 'shop', items: [span] }]));
  const store = await tests.freshStore({ database: 'theirs', collects: false, retentionDays: 14 });
  const tables = await tablesOf(store, T0_MS + DAY_MS);
  expect(tables.get('otel_traces')).toMatchObject({ rows: 1, oldestMs: T0_MS, madeByHinge: false, kept: null });
  expect(tables.get('cells')).toMatchObject({ madeByHinge: true });
});
