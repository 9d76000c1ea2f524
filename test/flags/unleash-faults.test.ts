/** The network and the server at each call of a kill, through a TCP proxy: what is done in the end is right, and done once. */
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import type { Behaviour } from '../../flags/behaviour.ts';
import type { FlagPort } from '../../flags/port.ts';
import { createUnleash } from '../../flags/unleash/unleash.ts';
import { type CallFault, type FaultProxy, startFaultProxy } from '../support/fault-proxy.ts';
import { quiet } from '../support/unleash.ts';
import { LADDER } from './fixtures.ts';
import { createScene, eventsOf, prepare, type Scene, unleash } from './scene.ts';

prepare();

const ENV = 'production';
const TIMEOUT_MS = 400;
let proxy: FaultProxy;
let port: FlagPort;

function portThrough({ url }: FaultProxy): FlagPort {
  const { backendToken, bot } = unleash;
  return createUnleash({ url, token: bot.token, backendToken, timeoutMs: TIMEOUT_MS, log: quiet });
}

beforeEach(async () => {
  proxy = await startFaultProxy(unleash.url);
  port = portThrough(proxy);
});
afterEach(() => proxy[Symbol.asyncDispose]());

/** Every call of a kill, in its order. */
const CALLS: readonly [string, RegExp][] = [
  ['the events', /GET \/api\/admin\/search\/events/],
  ['the flag', /GET \/api\/admin\/projects\/default\/features\/[^/]+$/],
  ['the tags', /GET .*\/tags$/],
  ['the user', /GET \/api\/admin\/user$/],
  ['the write', /POST .*\/off$/],
  ['what is published', /GET \/api\/client\/features/],
];

const FAULTS: readonly [string, CallFault][] = [
  ['500', { kind: 'status', status: 500 }],
  ['503', { kind: 'status', status: 503 }],
  ['429', { kind: 'status', status: 429 }],
  ['no answer', { kind: 'silent' }],
  ['a reset', { kind: 'reset' }],
  ['an answer lost', { kind: 'lost' }],
  ['half an answer', { kind: 'half' }],
  ['an answer after the timeout', { kind: 'slow', delayMs: 2 * TIMEOUT_MS }],
];

const writesOf = async (flag: string) => (await eventsOf(flag)).filter((event) => event.startsWith('hinge'));

/** Every attempt has a line of its own; those of one decision bear its time. */
function decisionsIn({ memory }: Scene): string[] {
  const attempts = memory.entries.filter(({ intent }) => intent !== '');
  const keys = attempts.map(({ intent, evidence }) => `${intent} ${JSON.parse(evidence).state.change.decidedMs}`);
  return [...new Set(keys)];
}

/** The calls that fit meet the fault, `times` times; in the end the change is made, once. */
async function settles(fault: CallFault, which: RegExp, times: number, behaviour: Partial<Behaviour> = {}) {
  await using proxy = await startFaultProxy(unleash.url);
  const scene = await createScene(behaviour, { port: portThrough(proxy) });
  proxy.break(fault, (call) => which.test(call), times);
  await scene.until('VERIFY_RECOVERY');
  const writes = await writesOf(scene.flag);
  return { met: proxy.broken() > 0, writes, decisions: decisionsIn(scene).length };
}

const atOnce = async <T>(run: (fault: CallFault) => Promise<T>) =>
  Object.fromEntries(await Promise.all(FAULTS.map(async ([name, fault]) => [name, await run(fault)])));
const forEachFault = <T>(value: T) => Object.fromEntries(FAULTS.map(([name]) => [name, value]));

const OFF = 'hinge: feature-environment-disabled';
const STEP = 'hinge: feature-strategy-update';

describe('a fault at each call', () => {
  it.each(CALLS)('%s, twice: turned off once, in one decision', async (_name, call) => {
    const outcomes = await atOnce((fault) => settles(fault, call, 2));
    expect(outcomes).toEqual(forEachFault({ met: true, writes: [OFF], decisions: 1 }));
  });

  it('a step down: one rung, once', async () => {
    const outcomes = await atOnce((fault) => settles(fault, /^PATCH/, 1, { ladder: LADDER }));
    expect(outcomes).toEqual(forEachFault({ met: true, writes: [STEP], decisions: 1 }));
  });

  it('every call for a while: blocked and nothing written until it is over, then once', async () => {
    const outcomes = await atOnce(async (fault) => {
      await using proxy = await startFaultProxy(unleash.url);
      const scene = await createScene({}, { port: portThrough(proxy) });
      proxy.break(fault);
      await scene.until('BLOCKED');
      const { text } = scene.controller.states()[0] ?? {};
      const before = await writesOf(scene.flag);
      proxy.mend();
      await scene.until('VERIFY_RECOVERY');
      return { text, before, after: await writesOf(scene.flag) };
    });
    const text = expect.stringMatching(/^Unleash (answered|at .* did not answer)/);
    expect(outcomes).toEqual(forEachFault({ text, before: [], after: [OFF] }));
  });
});

describe('a write that the server gets after we gave up', () => {
  it.each([
    ['off', /\/off$/, {}, OFF],
    ['a step down', /^PATCH/, { ladder: LADDER }, STEP],
  ])('%s: it is applied once, however often it arrives', async (_name, pattern, more, event) => {
    const scene = await createScene(more, { port });
    proxy.break({ kind: 'late', delayMs: 3 * TIMEOUT_MS }, (call) => pattern.test(call), 2);
    await scene.until('VERIFY_RECOVERY');
    proxy.mend();
    await vi.waitFor(() => expect(proxy.pending()).toBe(0), 10_000);
    expect(await writesOf(scene.flag)).toEqual([event]);
  });

  it('is unknown to the port, not refused: the caller has to read', async () => {
    const { flag } = await createScene();
    proxy.break({ kind: 'late', delayMs: 2 * TIMEOUT_MS }, (call) => call.endsWith('/off'), 1);
    const { newestEventId } = await port.snapshot(flag, ENV);
    await expect(port.disable(flag, ENV)).rejects.toMatchObject({ code: 'FLAGS_UNAVAILABLE', retryable: true });
    expect(await port.changesSince(flag, ENV, newestEventId)).toEqual([]);
    await vi.waitFor(async () => {
      expect(await port.changesSince(flag, ENV, newestEventId)).toMatchObject([{ ours: true }]);
    }, 10_000);
  });
});

describe('a token that is taken away while a flag is being changed', () => {
  it.each([
    [401, /token is unknown or expired/],
    [403, /role may not do this/],
  ])('%i: the line says what to give, and with the token again the work is done once', async (status, line) => {
    const scene = await createScene({}, { port });
    proxy.break({ kind: 'status', status }, (call) => call.startsWith('POST'));
    await scene.until('BLOCKED');
    expect(scene.controller.states()[0]?.text).toMatch(line);
    for (let look = 0; look < 5; look++) await scene.controller.tick();
    expect(proxy.broken()).toBe(1);
    expect(await scene.isEnabled()).toBe(true);
    proxy.mend();
    scene.telemetry.script.nowMs += 61_000;
    await scene.until('VERIFY_RECOVERY');
    expect(await writesOf(scene.flag)).toEqual([OFF]);
  });
});
