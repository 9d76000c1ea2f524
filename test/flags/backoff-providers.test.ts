/** What flag providers do to an application, and what the helper makes of it. */
import { once } from 'node:events';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { Unleash } from 'unleash-client';
import { describe, expect, it, vi } from 'vitest';
import {
  createBackoff,
  type FlagReader,
  type FlagVariant,
  type OpenFeatureDetails,
  openFeatureFlags,
  type RetryPolicy,
  renewingUnleash,
  unleashFlags,
} from '../../flags/backoff.ts';
import { environmentPath, uniqueFlag, useUnleash } from '../support/unleash.ts';

const on = (policy: Partial<RetryPolicy>): FlagVariant => ({
  name: 'v2',
  enabled: true,
  payload: { type: 'json', value: JSON.stringify(policy) },
});

describe('a provider', () => {
  const policyOf = (flags: FlagReader, staleAfterMs = 1_000) =>
    createBackoff({ flag: 'f', flags, staleAfterMs }).policy();

  it('that answers with a promise is waited for', async () => {
    expect(await policyOf({ getVariant: async () => on({ baseMs: 7 }) })).toMatchObject({
      source: 'flag',
      policy: { baseMs: 7 },
    });
  });

  it.each<[string, FlagReader['getVariant']]>([
    [
      'throws',
      () => {
        throw new Error('away');
      },
    ],
    ['rejects', async () => Promise.reject(new Error('away'))],
    ['never answers', () => new Promise(() => {})],
  ])('that %s counts as a flag that is off', async (_, getVariant) => {
    expect(await policyOf({ getVariant })).toMatchObject({ source: 'failed', variant: 'disabled' });
  });

  it('that never answers does not keep a caller who leaves', async () => {
    const reason = new Error('the caller left');
    const caller = new AbortController();
    const operation = vi.fn(async () => 1);
    const running = createBackoff({ flag: 'f', flags: { getVariant: () => new Promise(() => {}) } }).run(
      'pay',
      operation,
      {
        signal: caller.signal,
      },
    );
    caller.abort(reason);
    await expect(running).rejects.toBe(reason);
    expect(operation).not.toHaveBeenCalled();
  });

  it.each([
    { ageMs: 999, source: 'flag', variant: 'v2' },
    { ageMs: 1_001, source: 'stale', variant: 'disabled' },
  ])('whose state is $ageMs ms old: $source', async ({ ageMs, source, variant }) => {
    expect(await policyOf({ getVariant: () => on({}), ageMs: () => ageMs })).toMatchObject({ source, variant, ageMs });
  });

  it('whose state may be of any age, where the application says so', async () => {
    const flags = { getVariant: () => on({}), ageMs: () => Number.MAX_VALUE };
    expect(await policyOf(flags, Number.POSITIVE_INFINITY)).toMatchObject({ source: 'flag' });
  });
});

describe('OpenFeature', () => {
  /** A client as `@openfeature/server-sdk` has it. */
  function clientOf(details: OpenFeatureDetails | 'default') {
    const handlers = new Map<string, () => void>();
    const asked: unknown[] = [];
    return {
      asked,
      emit: (event: string) => handlers.get(event)?.(),
      metadata: { providerMetadata: { name: 'in-memory' } },
      addHandler: (event: string, handler: () => void) => handlers.set(event, handler),
      async getObjectDetails(flag: string, byDefault: object, context: object) {
        asked.push([flag, context]);
        return details === 'default' ? { value: byDefault, reason: 'TARGETING_MATCH' } : details;
      },
    };
  }
  const value = { baseMs: 7, maxAttempts: 2 };

  it.each<[string, OpenFeatureDetails | 'default', object]>([
    [
      'a value',
      { value, variant: 'v2', reason: 'TARGETING_MATCH' },
      { source: 'flag', variant: 'v2', policy: { baseMs: 7 } },
    ],
    ['a value without a variant', { value }, { source: 'flag', variant: 'on', policy: { baseMs: 7 } }],
    [
      'a value that is no policy',
      { value: { baseMs: 0 }, variant: 'v2' },
      { source: 'flag-invalid', variant: 'disabled' },
    ],
    ['a value that is no object', { value: 7, variant: 'v2' }, { source: 'flag-invalid', variant: 'disabled' }],
    ['an error', { value, errorCode: 'FLAG_NOT_FOUND', reason: 'ERROR' }, { source: 'default', variant: 'disabled' }],
    ['a flag that is off', { value, reason: 'DISABLED' }, { source: 'default', variant: 'disabled' }],
    ['the default given', 'default', { source: 'default', variant: 'disabled' }],
  ])('%s', async (_, details, expected) => {
    const client = clientOf(details);
    const context = () => ({ targetingKey: 'user-1' });
    expect(await createBackoff({ flag: 'f', flags: openFeatureFlags(client), context }).policy()).toMatchObject(
      expected,
    );
    expect(client.asked).toEqual([['f', { targetingKey: 'user-1', hostname: expect.any(String) }]]);
  });

  it('names its provider, and grows old from when the provider says so', async () => {
    const client = clientOf({ value, variant: 'v2' });
    const flags = openFeatureFlags(client);
    const backoff = createBackoff({ flag: 'f', flags, staleAfterMs: 0 });
    expect(flags.provider).toBe('in-memory');
    expect(await backoff.policy()).toMatchObject({ source: 'flag' });
    client.emit('PROVIDER_STALE');
    await vi.waitFor(async () =>
      expect(await backoff.policy()).toMatchObject({ source: 'stale', variant: 'disabled' }),
    );
    client.emit('PROVIDER_READY');
    expect(await backoff.policy()).toMatchObject({ source: 'flag' });
  });
});

/** In front of Unleash: passes requests on, refuses tokens, or answers nobody. */
async function openDoor(target: string) {
  let mode: 'pass' | 'refuse' | 'away' = 'pass';
  const server = createServer(async (request, response) => {
    if (mode === 'away') return void request.socket.destroy();
    if (mode === 'refuse') return void response.writeHead(401).end();
    const authorization = request.headers.authorization ?? '';
    const answer = await fetch(target + request.url, { headers: { authorization } });
    response.writeHead(answer.status, { 'content-type': 'application/json' }).end(await answer.text());
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    set: (next: typeof mode) => {
      mode = next;
    },
    async [Symbol.asyncDispose]() {
      server.closeAllConnections();
      server.close();
      await once(server, 'close');
    },
  };
}

describe('with a real Unleash', () => {
  const PATIENCE = { timeout: 15_000, interval: 20 };

  async function scene() {
    const unleash = await useUnleash();
    const flag = uniqueFlag('providers');
    const variants = [{ name: 'v2', weight: 1000, payload: '{"baseMs":3}' }];
    await unleash.admin.flag({ flag, strategies: [{ rollout: 100, stickiness: 'hostname', variants }] });
    const door = await openDoor(unleash.url);
    const made: Unleash[] = [];
    const create = () => {
      const client = new Unleash({
        url: `${door.url}/api`,
        appName: 'providers-test',
        customHeaders: { Authorization: unleash.backendToken },
        refreshInterval: 50,
        disableMetrics: true,
        skipInstanceCountWarning: true,
        storageProvider: { get: async () => undefined, set: async () => {} },
      });
      made.push(client);
      return client;
    };
    return { flag, door, create, made, turnOff: () => unleash.asPerson('POST', `${environmentPath(flag)}/off`) };
  }

  it('a token that is refused for a while freezes a client for good; a renewed one follows the flag again', async () => {
    const { flag, door, create, made, turnOff } = await scene();
    await using _door = door;
    const errors: string[] = [];
    const frozen = create();
    using flags = renewingUnleash(create, { renewAfterMs: 400, onError: ({ message }) => errors.push(message) });
    const plain = createBackoff({ flag, flags: unleashFlags(frozen, () => {}) });
    const renewed = createBackoff({ flag, flags });
    for (const each of [plain, renewed]) {
      await vi.waitFor(
        async () => expect(await each.policy()).toMatchObject({ source: 'flag', variant: 'v2' }),
        PATIENCE,
      );
    }
    door.set('refuse');
    await vi.waitFor(() => expect(errors.join()).toMatch(/401/), PATIENCE);
    await vi.waitFor(() => expect(made.length).toBeGreaterThan(2), PATIENCE);
    expect(await renewed.policy()).toMatchObject({ source: 'flag', variant: 'v2' });
    door.set('pass');
    await turnOff();
    await vi.waitFor(async () => expect(await renewed.policy()).toMatchObject({ source: 'default' }), PATIENCE);
    expect(await plain.policy()).toMatchObject({ source: 'flag', variant: 'v2' });
    frozen.destroy();
  });

  it('a server that is away: the last policy, its age, then the defaults; and the policy again once it is back', async () => {
    const { flag, door, create } = await scene();
    await using _door = door;
    using flags = renewingUnleash(create, { renewAfterMs: 300, onError: () => {} });
    const backoff = createBackoff({ flag, flags, staleAfterMs: 2_000 });
    await vi.waitFor(
      async () => expect(await backoff.policy()).toMatchObject({ source: 'flag', variant: 'v2' }),
      PATIENCE,
    );
    door.set('away');
    await vi.waitFor(async () => {
      const { source, ageMs = 0 } = await backoff.policy();
      expect([source, ageMs > 500]).toEqual(['flag', true]);
    }, PATIENCE);
    await vi.waitFor(async () => expect(await backoff.policy()).toMatchObject({ source: 'stale' }), PATIENCE);
    door.set('pass');
    await vi.waitFor(
      async () => expect(await backoff.policy()).toMatchObject({ source: 'flag', variant: 'v2' }),
      PATIENCE,
    );
    door.set('away');
  });
});
