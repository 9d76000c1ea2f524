/** `hinge serve` from telemetry to report, through the commands that people type, on either kind of store. */

import { gunzipSync } from 'node:zlib';
import { afterEach, describe, expect, it } from 'vitest';
import type { Report } from '../../model.ts';
import { openEngine } from '../../store/engine/engine.ts';
import { silentLog } from '../support/engine.ts';
import { hinge, scratchFolder, serveHinge } from '../support/hinge.ts';
import { shopFile } from '../support/traffic-file.ts';

const EPHEMERAL = [
  'collector.port=0',
  'collector.grpcPort=0',
  'api.port=0',
  'store.slotSeconds=5',
  'analysis.warmupSeconds=0',
];
/** What an operator of the collector needs to see, for both signals where it is of one. */
const REQUIRED_METRICS = [
  ...['requests', 'received', 'accepted', 'rejected', 'truncated', 'refused', 'invalid', 'aborted'].map(
    (name) => `collector_${name}_total{signal="metrics"`,
  ),
  ...['receiving', 'queue', 'last_commit', 'commits', 'failed_commits', 'commit_time'].map(
    (name) => `collector_${name}`,
  ),
  ...['store_sealed_slots', 'store_seal_lag'],
];
const sets = (...values: string[]) => values.flatMap((value) => ['--set', value]);

let stack = new AsyncDisposableStack();
afterEach(async () => {
  await stack.disposeAsync();
  stack = new AsyncDisposableStack();
});

async function send(otlpUrl: string, file: Uint8Array): Promise<void> {
  for (const body of gunzipSync(file).toString().trim().split('\n')) {
    const headers = { 'content-type': 'application/json' };
    const response = await fetch(`${otlpUrl}/v1/traces`, { method: 'POST', headers, body });
    expect(response.status).toBe(200);
  }
}

/** Options of a Hinge that keeps its telemetry in the engine of its own data folder. */
async function embedded(): Promise<string[]> {
  const folder = stack.use(scratchFolder());
  return ['--data', folder.path];
}

/** Options of a Hinge that uses a ClickHouse somebody else runs. */
async function server(): Promise<string[]> {
  const folder = stack.use(scratchFolder());
  const engine = stack.use(await openEngine({ dataDir: folder.path, durability: 'fast', log: silentLog }));
  const { url, username, password } = engine.connection;
  return [
    '--data',
    `${folder.path}/none`,
    ...sets(`store.url=${url}`, `store.username=${username}`, `store.password=${password}`),
  ];
}

describe('hinge serve', () => {
  it.each([
    ['the embedded engine', embedded],
    ['a ClickHouse server', server],
  ])('tells on the next day what an upgrade did: %s', { timeout: 60_000 }, async (_, optionsOf) => {
    const running = stack.use(await serveHinge([...(await optionsOf()), ...sets(...EPHEMERAL)]));
    const command = (...argv: string[]) => hinge([...argv, '--server', running.apiUrl]);
    const folder = stack.use(scratchFolder());
    const changed = folder.write(
      'changed.json',
      '{"changed":[{"service":"checkout","from":"1","to":"2"},{"service":"gateway"}]}',
    );

    const nowMs = Date.now();
    await send(running.otlpUrl, shopFile({ seed: 1, startMs: nowMs - 130_000, version: '1' }));
    expect(await command('upgrade', 'start', '--name', 'Dten 7.2', '--changed', changed)).toMatchObject({
      code: 0,
      out: 'dten-7.2 started; changed: checkout, gateway\n',
    });
    expect((await command('upgrade', 'finish')).out).toBe('dten-7.2 finished\n');
    expect((await command('upgrade', 'list')).out).toMatch(/^dten-7\.2 {2}started \S+ {2}finished \S+ {2}2 changed\n$/);
    await send(running.otlpUrl, shopFile({ seed: 2, startMs: nowMs + 10_000, version: '2', checkoutFactor: 1.6 }));

    const { code, out } = await command('report', '--format', 'json');
    const report = JSON.parse(out) as Report;
    expect({ code, verdict: report.verdict, first: report.suspects[0]?.service }).toEqual({
      code: 1,
      verdict: 'regressed',
      first: 'checkout',
    });
    // The candidate ends with the newest whole slot.
    expect(report.health.calls.baseline).toBe(7_200);
    expect(report.health.calls.candidate).toBeGreaterThan(6_500);
    expect((await command('report', 'none')).err).toMatch(
      /^hinge: no upgrade none; hinge upgrade list shows them \(NOT_FOUND\)\n$/,
    );
    expect((await command('report', '--fail-on', 'regressed', '--format', 'markdown')).code).toBe(1);
    expect((await command('flags')).out).toMatch(/^no behaviour is configured/);
    const metrics = await (await fetch(`${running.apiUrl}/metrics`)).text();
    expect(metrics).toMatch(/^hinge_collector_accepted_total\{signal="traces".*\} 14400$/m);
    for (const name of REQUIRED_METRICS) expect(metrics).toMatch(new RegExp(`^hinge_${name}.* \\d`, 'm'));
  });
});
