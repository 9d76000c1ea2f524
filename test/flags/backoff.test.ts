/** The helper as applications use it: over real HTTP, with a real tracer, fed by a real Unleash through its SDK. */
import { once } from 'node:events';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { setTimeout as pause } from 'node:timers/promises';
import { propagation, SpanKind, SpanStatusCode, trace } from '@opentelemetry/api';
import { NodeSDK } from '@opentelemetry/sdk-node';
import { Unleash } from 'unleash-client';
import { afterAll, beforeAll, beforeEach, describe, expect, it, vi } from 'vitest';
import {
  AttemptTimeoutError,
  type BackoffOptions,
  createBackoff,
  type FlagVariant,
  ResponseError,
  responseError,
  unleashFlags,
} from '../../flags/backoff.ts';
import { environmentPath, uniqueFlag, useUnleash } from '../support/unleash.ts';

type Processor = NonNullable<NonNullable<ConstructorParameters<typeof NodeSDK>[0]>['spanProcessors']>[number];
type FinishedSpan = Parameters<Processor['onEnd']>[0];

const finished: FinishedSpan[] = [];
const collecting: Processor = {
  onStart() {},
  onEnd: (span) => void finished.push(span),
  forceFlush: async () => {},
  shutdown: async () => {},
};
const sdk = new NodeSDK({ autoDetectResources: false, spanProcessors: [collecting] });

beforeAll(() => sdk.start());
afterAll(() => sdk.shutdown());
beforeEach(() => finished.splice(0));

const OFF: FlagVariant = { name: 'disabled', enabled: false };
const on = (policy: object): FlagVariant => ({
  name: 'v2',
  enabled: true,
  payload: { type: 'json', value: JSON.stringify(policy) },
});

/** A helper whose pauses are noted and not slept. */
function quick(variant: FlagVariant, more: Partial<BackoffOptions> = {}) {
  const pauses: number[] = [];
  const backoff = createBackoff({
    flag: 'pay.retry',
    flags: { getVariant: () => variant },
    random: () => 0.5,
    sleep: async (ms) => void pauses.push(ms),
    ...more,
  });
  return { backoff, pauses };
}

const failing = (times: number, thrown: () => unknown = () => new ResponseError(503)) => {
  let calls = 0;
  return async () => {
    calls += 1;
    if (calls <= times) throw thrown();
    return calls;
  };
};

describe('attempts', () => {
  it.each([
    { what: 'a first success', policy: {}, failures: 0, pauses: [] },
    { what: 'two failures', policy: {}, failures: 2, pauses: [50, 100] },
    {
      what: 'the payload of the flag',
      policy: { baseMs: 10, jitter: 'none', maxAttempts: 5 },
      failures: 4,
      pauses: [10, 20, 40, 80],
    },
    {
      what: 'a cap',
      policy: { baseMs: 10, capMs: 15, jitter: 'none', maxAttempts: 4 },
      failures: 3,
      pauses: [10, 15, 15],
    },
  ])('$what', async ({ policy, failures, pauses }) => {
    const { backoff, pauses: seen } = quick(on(policy));
    expect(await backoff.run('pay', failing(failures))).toBe(failures + 1);
    expect(seen).toEqual(pauses);
  });

  it('throws what the last attempt threw', async () => {
    const { backoff, pauses } = quick(on({ maxAttempts: 3 }));
    await expect(backoff.run('pay', failing(9))).rejects.toMatchObject({ statusCode: 503 });
    expect(pauses).toHaveLength(2);
  });

  it('does not repeat what is no failure of the callee, nor what the caller calls final', async () => {
    const { backoff, pauses } = quick(OFF);
    await expect(
      backoff.run(
        'pay',
        failing(1, () => new TypeError('x')),
      ),
    ).rejects.toThrow(TypeError);
    await expect(backoff.run('pay', failing(1), { retryable: () => false })).rejects.toThrow(ResponseError);
    expect(pauses).toEqual([]);
  });

  it('waits at least as long as the callee asks, and gives up when it asks too much', async () => {
    const { backoff, pauses } = quick(OFF);
    await backoff.run(
      'pay',
      failing(1, () => new ResponseError(429, 7_000)),
    );
    expect(pauses).toEqual([7_050]);
    await expect(
      backoff.run(
        'pay',
        failing(1, () => new ResponseError(429, 60_001)),
      ),
    ).rejects.toThrow('429');
  });

  it('stops at the budget, each operation name on its own', async () => {
    const { backoff, pauses } = quick(on({ maxAttempts: 10, budgetRatio: 0 }));
    await expect(backoff.run('pay', failing(99))).rejects.toThrow();
    await expect(backoff.run('pay', failing(99))).rejects.toThrow();
    expect(pauses).toHaveLength(10);
    await backoff.run('refund', failing(1));
    expect(pauses).toHaveLength(11);
  });

  it('reads the policy once an operation', async () => {
    const getVariant = vi.fn(() => OFF);
    const { backoff } = quick(OFF, { flags: { getVariant }, context: () => ({ hostname: 'h1' }) });
    await backoff.run('pay', failing(2));
    expect(getVariant).toHaveBeenCalledExactlyOnceWith('pay.retry', { hostname: 'h1' });
  });

  it('refuses defaults that are no policy', () => {
    expect(() => quick(OFF, { defaults: { maxAttempts: 0 } })).toThrow(/maxAttempts: not a number from 1 to 10/);
  });
});

describe('time', () => {
  it('aborts an attempt that takes too long, even one that does not listen, and tries again', async () => {
    const { backoff } = quick(on({ attemptTimeoutMs: 20 }));
    const aborted: boolean[] = [];
    const result = await backoff.run('pay', async ({ number, signal }) => {
      if (number === 2) return 'done';
      signal.addEventListener('abort', () => aborted.push(true));
      return new Promise<string>(() => {});
    });
    expect(result).toBe('done');
    expect(aborted).toEqual([true]);
  });

  it('names a timeout as what it is', async () => {
    const { backoff } = quick(on({ attemptTimeoutMs: 5, maxAttempts: 1 }));
    await expect(backoff.run('pay', ({ signal }) => pause(60_000, 0, { signal }))).rejects.toThrow(AttemptTimeoutError);
  });

  it('ends at once when the caller aborts: before, in an attempt, in a pause', async () => {
    const reason = new Error('the caller left');
    const { backoff, pauses } = quick(OFF);
    const operation = vi.fn(async () => 1);
    await expect(backoff.run('pay', operation, { signal: AbortSignal.abort(reason) })).rejects.toBe(reason);
    expect(operation).not.toHaveBeenCalled();

    const inAttempt = new AbortController();
    const running = backoff.run('pay', () => new Promise(() => {}), { signal: inAttempt.signal });
    inAttempt.abort(reason);
    await expect(running).rejects.toBe(reason);
    expect(pauses).toEqual([]);

    const inPause = new AbortController();
    const slow = createBackoff({
      flag: 'f',
      flags: { getVariant: () => on({ baseMs: 5_000, capMs: 60_000, jitter: 'none' }) },
    });
    const waiting = slow.run('pay', async () => Promise.reject(new ResponseError(503)), { signal: inPause.signal });
    setTimeout(() => inPause.abort(reason), 20);
    await expect(waiting).rejects.toBe(reason);
  });
});

describe('spans', () => {
  it('one for the operation with the flag, one for each attempt, the trace sent along', async () => {
    const { backoff } = quick(on({ baseMs: 1 }));
    const sent: Readonly<Record<string, string>>[] = [];
    await backoff.run(
      'POST /charge',
      async ({ number, headers }) => {
        sent.push(headers);
        if (number === 1) throw new ResponseError(503);
        return { status: 200 };
      },
      { peer: 'payments' },
    );
    const [first, second, operation] = finished;
    const flagged = {
      'feature_flag.key': 'pay.retry',
      'feature_flag.provider.name': 'unleash',
      'feature_flag.result.variant': 'v2',
    };
    expect(operation).toMatchObject({ name: 'POST /charge', kind: SpanKind.INTERNAL, attributes: flagged });
    const peer = { 'server.address': 'payments', 'peer.service': 'payments' };
    expect(first).toMatchObject({
      kind: SpanKind.CLIENT,
      status: { code: SpanStatusCode.ERROR },
      attributes: { ...peer, 'http.response.status_code': 503, 'error.type': '503' },
      parentSpanContext: { spanId: operation?.spanContext().spanId },
    });
    expect(first?.attributes).not.toHaveProperty('http.request.resend_count');
    expect(second).toMatchObject({
      attributes: { ...peer, 'http.request.resend_count': 1, 'http.response.status_code': 200 },
    });
    const ids = [first, second].map((span) => `00-${span?.spanContext().traceId}-${span?.spanContext().spanId}-01`);
    expect(sent.map(({ traceparent }) => traceparent)).toEqual(ids);
  });

  it.each([
    ['off', OFF, 'default'],
    ['not valid', on({ baseMs: -1 }), 'error'],
  ])('say `disabled` while the flag is %s', async (_name, variant, reason) => {
    await quick(variant).backoff.run('pay', async () => 1);
    expect(finished.at(-1)?.attributes).toMatchObject({
      'feature_flag.result.variant': 'disabled',
      'feature_flag.result.reason': reason,
    });
  });

  it('are the parents of what the operation does', async () => {
    await quick(OFF).backoff.run('pay', async ({ span }) => {
      expect(trace.getActiveSpan()).toBe(span);
      expect(propagation.fields()).toContain('traceparent');
    });
  });
});

describe('over HTTP', () => {
  it('a callee that throttles is left alone as long as it asks', async () => {
    const arrivals: number[] = [];
    const server = createServer((_request, response) => {
      arrivals.push(performance.now());
      if (arrivals.length === 1) response.writeHead(429, { 'retry-after': '1' }).end();
      else response.end('charged');
    });
    server.listen(0, '127.0.0.1');
    await once(server, 'listening');
    const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
    const backoff = createBackoff({ flag: 'f', flags: { getVariant: () => on({ baseMs: 1 }) } });
    const text = await backoff.run('POST /charge', async ({ signal, headers }) => {
      const response = await fetch(url, { method: 'POST', signal, headers });
      if (!response.ok) throw responseError(response);
      return response.text();
    });
    expect(text).toBe('charged');
    expect((arrivals[1] ?? 0) - (arrivals[0] ?? 0)).toBeGreaterThanOrEqual(999);
    server.closeAllConnections();
    server.close();
  });
});

describe('with a real Unleash', () => {
  it('takes the payload, follows a kill, and says so in telemetry', async () => {
    const unleash = await useUnleash();
    const flag = uniqueFlag('backoff');
    const payload = '{"baseMs":3,"maxAttempts":5,"jitter":"none"}';
    const variants = [{ name: 'v2', weight: 1000, payload }];
    await unleash.admin.flag({ flag, strategies: [{ rollout: 100, stickiness: 'hostname', variants }] });
    const client = new Unleash({
      url: `${unleash.url}/api`,
      appName: 'backoff-test',
      customHeaders: { Authorization: unleash.backendToken },
      refreshInterval: 100,
      disableMetrics: true,
      skipInstanceCountWarning: true,
      storageProvider: { get: async () => undefined, set: async () => {} },
    });
    const backoff = createBackoff({ flag, flags: unleashFlags(client), sleep: async () => {} });
    expect(await backoff.policy()).toMatchObject({ source: 'default', variant: 'disabled' });
    await vi.waitFor(
      async () => expect(await backoff.policy()).toMatchObject({ source: 'flag', variant: 'v2' }),
      10_000,
    );
    expect(await backoff.run('pay', failing(4))).toBe(5);
    await unleash.asPerson('POST', `${environmentPath(flag)}/off`);
    await vi.waitFor(
      async () => expect(await backoff.policy()).toMatchObject({ source: 'default', variant: 'disabled' }),
      10_000,
    );
    await backoff.run('pay', async () => 1);
    const operations = finished.filter(({ kind }) => kind === SpanKind.INTERNAL);
    expect(operations.map(({ attributes }) => attributes['feature_flag.result.variant'])).toEqual(['v2', 'disabled']);
    client.destroy();
  });

  it('a refused token is told once, and destroying a failing client does not end the process', async () => {
    const unleash = await useUnleash();
    const errors: string[] = [];
    const client = new Unleash({
      url: `${unleash.url}/api`,
      appName: 'backoff-test',
      customHeaders: { Authorization: 'nonsense' },
      refreshInterval: 50,
      disableMetrics: true,
      skipInstanceCountWarning: true,
      storageProvider: { get: async () => undefined, set: async () => {} },
    });
    const backoff = createBackoff({ flag: 'f', flags: unleashFlags(client, ({ message }) => errors.push(message)) });
    await vi.waitFor(() => expect(errors).toHaveLength(1), 10_000);
    expect(errors[0]).toMatch(/401/);
    client.destroy();
    expect(await backoff.run('pay', async () => 'served')).toBe('served');
  });
});
