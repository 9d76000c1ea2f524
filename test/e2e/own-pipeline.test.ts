/** Tables that an OpenTelemetry Collector fills, on a server of their owner: Hinge reads them, and reports the same. */

import { gunzipSync } from 'node:zlib';
import { afterEach, expect, it } from 'vitest';
import type { Connection, Report } from '../../model.ts';
import { connectDatabase } from '../../store/connect.ts';
import { useEngine } from '../support/engine.ts';
import { createExporterTables, exportTraces, statementsOf } from '../support/exporter.ts';
import { hinge, scratchFolder, serveHinge } from '../support/hinge.ts';
import { postJson } from '../support/otlp.ts';
import { shopFile } from '../support/traffic-file.ts';

const tests = useEngine();
const SETTINGS = [
  ...['collector.port=0', 'collector.grpcPort=0', 'api.port=0', 'store.slotSeconds=5', 'store.sealDelaySeconds=0'],
  ...['store.horizonSeconds=5', 'analysis.warmupSeconds=0'],
];

let stack = new AsyncDisposableStack();
afterEach(async () => {
  await stack.disposeAsync();
  stack = new AsyncDisposableStack();
});

/** Hinge on a database of the server. */
async function serve(database: string, ...more: string[]) {
  const { url, username, password } = tests.engine.connection;
  const server = [`store.url=${url}`, `store.username=${username}`, `store.password=${password}`];
  const settings = [...SETTINGS, ...server, `store.database=${database}`, ...more];
  const folder = stack.use(scratchFolder());
  return stack.use(await serveHinge(['--data', folder.path, ...settings.flatMap((each) => ['--set', each])]));
}

/** Two minutes before an upgrade and two minutes after it, which is slower; all of it an hour old. */
const UPGRADED_MS = Date.now() - 3_600_000;
const requests = [
  shopFile({ seed: 1, startMs: UPGRADED_MS - 130_000, version: '1' }),
  shopFile({ seed: 2, startMs: UPGRADED_MS + 10_000, version: '2', checkoutFactor: 1.6 }),
].flatMap((file) =>
  gunzipSync(file)
    .toString()
    .trim()
    .split('\n')
    .map((line): object => JSON.parse(line)),
);

async function upgrade(connection: Connection, database: string): Promise<void> {
  await using target = connectDatabase(connection, database);
  await target.run({
    sql: `INSERT INTO upgrades SELECT 'u', 1, 'u', fromUnixTimestamp64Milli({at:Int64}), fromUnixTimestamp64Milli({at:Int64}),
  '[{"service":"checkout","from":"1","to":"2"},{"service":"gateway","from":"1","to":"2"}]'`,
    parameters: { at: UPGRADED_MS },
    doing: 'mark the upgrade',
  });
}

/** The report once every slot is sealed. */
async function sealedReport(apiUrl: string, database: string): Promise<Report> {
  await using target = connectDatabase(tests.engine.connection, database);
  await expect
    .poll(
      async () => {
        const [row] = await target.rows<{ missing: number }>({
          sql: `SELECT uniqExact(toStartOfInterval(Timestamp, INTERVAL 5 SECOND)) - (SELECT uniqExact(slot) FROM seals) AS missing
FROM otel_traces`,
          doing: 'count what is not sealed',
        });
        return row?.missing;
      },
      { timeout: 30_000, interval: 250 },
    )
    .toBe(0);
  const { out } = await hinge(['report', 'u', '--format', 'json', '--server', apiUrl]);
  return JSON.parse(out) as Report;
}

it("gives the report that Hinge's own collector gives, and leaves the tables as they are", async () => {
  const { connection } = tests.engine;
  const ours = await serve('hinge_ours');
  for (const request of requests) expect((await postJson(`${ours.otlpUrl}/v1/traces`, request)).status).toBe(200);
  await createExporterTables(connection, 'theirs');
  for (const request of requests) await exportTraces(connection, 'theirs', request);
  const before = await statementsOf(connection, 'theirs');
  const theirs = await serve('theirs', 'collector.enabled=false');
  for (const database of ['hinge_ours', 'theirs']) await upgrade(connection, database);

  const expected = await sealedReport(ours.apiUrl, 'hinge_ours');
  const report = await sealedReport(theirs.apiUrl, 'theirs');

  expect(expected).toMatchObject({ verdict: 'regressed', suspects: [{ service: 'checkout' }, { service: 'gateway' }] });
  expect(expected.findings[0]?.exemplars.candidate).not.toEqual([]);
  expect(report.findings).toEqual(expected.findings);
  expect(report.suspects).toEqual(expected.suspects);
  expect(theirs.err()).toMatch(/^hinge \S+: takes no OTLP \(collector\.enabled is false\), page and API on /m);
  expect(Object.keys(before)).toHaveLength(8);
  expect(await statementsOf(connection, 'theirs')).toEqual(before);
}, 90_000);

it('says what is missing where nobody has made the tables', async () => {
  await expect(serve('hinge_empty', 'collector.enabled=false')).rejects.toThrow(
    /the database hinge_empty has no otel_traces .*let the Collector's ClickHouse exporter make it.*\(STORE_REFUSED\)/,
  );
});
