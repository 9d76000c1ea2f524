import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { createFleet, type FleetOptions } from '../../demo/fleet.ts';
import { startTraffic } from '../../demo/traffic.ts';
import { isRunning, openShop, openSink, type Shop, type Sink, until } from './shop.ts';

let shop: Shop;
let sink: Sink;
beforeAll(async () => {
  [shop, sink] = [await openShop(), await openSink()];
});
afterAll(async () => {
  await sink[Symbol.asyncDispose]();
  await shop[Symbol.asyncDispose]();
});

async function options(name: string): Promise<FleetOptions> {
  const folder = join(shop.folder, name);
  await mkdir(folder);
  return {
    folder,
    otlpEndpoint: sink.endpoint,
    unleash: { url: 'http://127.0.0.1:9', token: '' },
    chargesPerSecond: 60,
    seed: 1,
    signal: new AbortController().signal,
  };
}

describe('the fleet', () => {
  it('is upgraded under load without a failed request, and leaves nothing running', { timeout: 120_000 }, async () => {
    const fleet = createFleet(await options('rolled'));
    await fleet.start(shop.old);
    const before = fleet.pids();
    expect(before).toHaveLength(13);
    const traffic = startTraffic({ perSecond: 20, targets: () => fleet.gateways() });
    for (const service of ['pricing', 'gateway'] as const) await fleet.roll(service, shop.fresh);
    await traffic[Symbol.asyncDispose]();
    const tally = Object.values(traffic.take());
    expect(tally.reduce((sum, { sent }) => sum + sent, 0)).toBeGreaterThan(10);
    expect(tally.every(({ failed }) => failed === 0)).toBe(true);
    const after = fleet.pids();
    expect(after).toHaveLength(13);
    expect(after.filter((pid) => before.includes(pid))).toHaveLength(7);
    await fleet[Symbol.asyncDispose]();
    expect([...before, ...after].filter(isRunning)).toEqual([]);
  });

  it('ends what it started when an instance does not come up', { timeout: 60_000 }, async () => {
    const started = await options('broken');
    const fleet = createFleet(started);
    await expect(fleet.start({ version: '0', folder: join(shop.folder, 'nowhere') })).rejects.toThrow('pricing-0-1');
    const pids = fleet.pids();
    expect(pids.length).toBeGreaterThan(0);
    await fleet[Symbol.asyncDispose]();
    expect(pids.filter(isRunning)).toEqual([]);
  });

  it('goes with its owner, even when that is killed', { timeout: 60_000 }, async () => {
    const { folder } = await options('orphaned');
    const script = `
      import { startInstance } from ${JSON.stringify(join(import.meta.dirname, '../../demo/instance.ts'))};
      const pids = [];
      for (const name of ['pricing', 'inventory']) {
        const program = ${JSON.stringify(shop.old.folder)} + '/bin/' + name;
        const env = { OTEL_TRACES_EXPORTER: 'none', OTEL_METRICS_EXPORTER: 'none', OTEL_LOGS_EXPORTER: 'none' };
        pids.push((await startInstance({ name, program, env, logFile: ${JSON.stringify(folder)} + '/log' })).pid);
      }
      console.log(JSON.stringify(pids));
      setInterval(() => {}, 1000);
    `;
    const owner = spawn(process.execPath, ['--input-type=module', '--eval', script], {
      stdio: ['ignore', 'pipe', 'inherit'],
    });
    const [line] = (await once(createInterface(owner.stdout), 'line')) as [string];
    const pids = JSON.parse(line) as number[];
    expect(pids.filter(isRunning)).toEqual(pids);
    owner.kill('SIGKILL');
    await until(() => !pids.some(isRunning));
  });
});
