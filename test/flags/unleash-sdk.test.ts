/** What applications see while Unleash is away, through the SDK that Hinge's helper sits on: how long a change takes to arrive. */
import { Unleash } from 'unleash-client';
import { afterEach, beforeEach, expect, it, vi } from 'vitest';
import { unleashFlags } from '../../flags/backoff.ts';
import { type FaultProxy, startFaultProxy } from '../support/fault-proxy.ts';
import { environmentPath, type TestUnleash, uniqueFlag, useUnleash } from '../support/unleash.ts';

/** The SDK's own. */
const REFRESH_MS = 15_000;
const MOST_INTERVALS = 11;
/** The SDK asks three times in one go, 1 s and 2 s apart. */
const RETRIES_MS = 3_000;

let unleash: TestUnleash;
let proxy: FaultProxy;
let flag: string;
let client: Unleash;
let errors: string[];

const isOn = () => client.isEnabled(flag);
const polls = () => proxy.calls.filter((call) => call.startsWith('GET /api/client/features')).length;

beforeEach(async () => {
  unleash = await useUnleash();
  proxy = await startFaultProxy(unleash.url);
  flag = uniqueFlag('sdk');
  await unleash.admin.flag({ flag, strategies: [{ rollout: 100 }] });
  await served(true);
  vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout', 'Date'] });
  errors = [];
  client = new Unleash({
    url: `${proxy.url}/api`,
    appName: 'sdk-test',
    customHeaders: { Authorization: unleash.backendToken },
    refreshInterval: REFRESH_MS,
    disableMetrics: true,
    skipInstanceCountWarning: true,
    storageProvider: { get: async () => undefined, set: async () => {} },
  });
  unleashFlags(client, ({ message }) => errors.push(message));
  await passUntil(isOn, 60);
});
afterEach(async () => {
  client.destroy();
  vi.useRealTimers();
  await proxy[Symbol.asyncDispose]();
});

/** Waits, in real time, until the server hands the flag out so. */
async function served(enabled: boolean): Promise<void> {
  const headers = { authorization: unleash.backendToken };
  for (let asked = 0; asked < 2_000; asked++) {
    const answer = await fetch(`${unleash.url}/api/client/features`, { headers });
    const { features } = (await answer.json()) as { features: { name: string; enabled: boolean }[] };
    if (features.find(({ name }) => name === flag)?.enabled === enabled) return;
  }
  throw new Error('not published');
}

async function turnOff(): Promise<void> {
  await unleash.asPerson('POST', `${environmentPath(flag)}/off`);
  await served(false);
}

/** Lets what is under way between client, proxy and server come to an end; no time passes. */
async function settle(): Promise<void> {
  for (let turn = 0; turn < 30 || proxy.pending() > 0; turn++) await new Promise((resolve) => setImmediate(resolve));
}

/** Seconds of the clock until the condition holds. */
async function passUntil(condition: () => boolean, mostSeconds: number): Promise<number> {
  for (let second = 0; second <= mostSeconds; second++) {
    await settle();
    if (condition()) return second;
    vi.advanceTimersByTime(1_000);
  }
  throw new Error(`not within ${mostSeconds} s`);
}

const pass = (seconds: number) => passUntil(() => false, seconds).catch(() => {});

it.each([503, 429, 404])(
  'answers %i for ten minutes: the last values stay, and a change made meanwhile arrives within 11 intervals',
  async (status) => {
    proxy.break({ kind: 'status', status });
    await pass(300);
    await turnOff();
    await pass(300);
    expect(isOn()).toBe(true);
    // The worst moment: it has just been asked.
    const asked = polls();
    await passUntil(() => polls() > asked, MOST_INTERVALS * REFRESH_MS);
    await pass(RETRIES_MS / 1_000);
    proxy.mend();
    const seconds = await passUntil(() => !isOn(), 1_000);
    expect(seconds * 1_000).toBeLessThanOrEqual(MOST_INTERVALS * REFRESH_MS + RETRIES_MS + 1_000);
    expect(seconds * 1_000).toBeGreaterThan(REFRESH_MS);
  },
);

it('resets connections for ten minutes: it is asked on, and a change made meanwhile arrives with the next interval', async () => {
  proxy.break({ kind: 'reset' });
  await pass(300);
  await turnOff();
  await pass(300);
  expect(isOn()).toBe(true);
  proxy.mend();
  const seconds = await passUntil(() => !isOn(), 1_000);
  expect(seconds * 1_000).toBeLessThanOrEqual(REFRESH_MS + RETRIES_MS + 1_000);
});

it.each([401, 403])('answers %i once: told once, never asked again, the last values stay for good', async (status) => {
  proxy.break({ kind: 'status', status });
  await passUntil(() => errors.length > 0, 60);
  proxy.mend();
  const asked = polls();
  await turnOff();
  await pass(600);
  expect(polls()).toBe(asked);
  expect(errors).toEqual([expect.stringMatching(`${status}.*Stopping refresh of toggles`)]);
  expect(isOn()).toBe(true);
});
