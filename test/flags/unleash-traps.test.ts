/** What is surprising about Unleash, shown on the server itself, and what the port does about it. */
import { beforeAll, beforeEach, describe, expect, it } from 'vitest';
import type { FlagPort } from '../../flags/port.ts';
import { createUnleash } from '../../flags/unleash/unleash.ts';
import { startFaultProxy } from '../support/fault-proxy.ts';
import { environmentPath, quiet, type TestUnleash, uniqueFlag, useUnleash } from '../support/unleash.ts';

const ENV = 'production';
const PAYLOAD = '{"baseMs":5}';

let unleash: TestUnleash;
let port: FlagPort;
let flag: string;

const connect = (more: Partial<Parameters<typeof createUnleash>[0]> = {}): FlagPort => {
  const { url, bot, backendToken } = unleash;
  return createUnleash({ url, token: bot.token, backendToken, log: quiet, ...more });
};

async function newFlag(name = uniqueFlag('trap')): Promise<string> {
  const variants = [{ name: 'v2', weight: 1000, payload: PAYLOAD }];
  await unleash.admin.flag({ flag: name, strategies: [{ rollout: 25, stickiness: 'hostname', variants }] });
  return name;
}

async function strategyPath(): Promise<string> {
  const [strategy] = (await port.snapshot(flag, ENV)).strategies;
  return `${environmentPath(flag)}/strategies/${strategy?.id}`;
}

/** Straight at the server, as the bot. */
async function raw(method: string, path: string, body?: unknown, headers: Record<string, string> = {}) {
  const response = await fetch(unleash.url + path, {
    method,
    headers: { authorization: unleash.bot.token, 'content-type': 'application/json', ...headers },
    ...(body === undefined ? {} : { body: JSON.stringify(body) }),
  });
  return { status: response.status, text: await response.text() };
}

interface Served {
  readonly name: string;
  readonly enabled: boolean;
  readonly strategies: readonly { readonly parameters: { readonly rollout: string } }[];
}

async function served(): Promise<Served | undefined> {
  const answer = await fetch(`${unleash.url}/api/client/features`, {
    headers: { authorization: unleash.backendToken },
  });
  const { features } = (await answer.json()) as { features: Served[] };
  return features.find(({ name }) => name === flag);
}

async function until<T>(read: () => Promise<T>, fits: (value: T) => boolean): Promise<T> {
  for (const deadline = performance.now() + 10_000; performance.now() < deadline; ) {
    const value = await read();
    if (fits(value)) return value;
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
  throw new Error('not within 10 s');
}

beforeAll(async () => {
  unleash = await useUnleash();
  port = connect();
});
beforeEach(async () => {
  flag = await newFlag();
});

describe('writing', () => {
  it('a guard that fails is an internal error of the server and writes nothing: a conflict to us', async () => {
    const path = await strategyPath();
    const before = await raw('GET', path);
    const { status, text } = await raw('PATCH', path, [
      { op: 'test', path: '/parameters/rollout', value: '50' },
      { op: 'replace', path: '/parameters/rollout', value: '5' },
    ]);
    expect([status, text]).toEqual([500, expect.stringContaining('TEST_OPERATION_FAILED')]);
    expect(await raw('GET', path)).toEqual(before);
    await expect(port.setRollout(flag, ENV, path.split('/').at(-1) ?? '', '50', '5')).rejects.toMatchObject({
      code: 'FLAGS_CONFLICT',
      retryable: false,
    });
  });

  it('If-Match is ignored, so it guards nothing', async () => {
    const replace = [{ op: 'replace', path: '/parameters/rollout', value: '5' }];
    const { status } = await raw('PATCH', await strategyPath(), replace, { 'if-match': '"an-old-one"' });
    expect(status).toBe(200);
    expect((await port.snapshot(flag, ENV)).strategies[0]?.rollout).toBe('5');
  });

  it('PUT wipes what it does not name: the port never sends one', async () => {
    await using proxy = await startFaultProxy(unleash.url);
    const watched = connect({ url: proxy.url });
    const { newestEventId, strategies } = await watched.snapshot(flag, ENV);
    const strategyId = strategies[0]?.id ?? '';
    await watched.setRollout(flag, ENV, strategyId, '25', '5');
    await watched.setPayload(flag, ENV, { strategyId, variant: 0 }, PAYLOAD, '{}');
    await watched.disable(flag, ENV);
    await watched.enable(flag, ENV);
    for (const { effect } of await watched.changesSince(flag, ENV, newestEventId)) {
      if (effect?.kind !== 'strategy') continue;
      const undo = { kind: 'strategy', strategyId, from: effect.after, to: effect.before } as const;
      await watched.undo(flag, ENV, undo).catch(() => {});
    }
    expect(new Set(proxy.calls.map((call) => call.split(' ')[0]))).toEqual(new Set(['GET', 'PATCH', 'POST']));

    await raw('PUT', await strategyPath(), { name: 'flexibleRollout', parameters: { rollout: '5' } });
    expect((await port.snapshot(flag, ENV)).strategies[0]?.variants).toEqual([]);
  });

  it('`on` without an enabled strategy is on for everybody: the port refuses', async () => {
    const bare = uniqueFlag('bare');
    await unleash.admin.flag({ flag: bare, strategies: [], enabled: false });
    await expect(port.enable(bare, ENV)).rejects.toMatchObject({ code: 'FLAGS_REFUSED' });
    await raw('POST', `${environmentPath(bare)}/on`);
    expect(await port.snapshot(bare, ENV)).toMatchObject({ enabled: true, strategies: [{ rollout: '100' }] });
  });

  it('disabling the last strategy turns the flag off by itself, and our `off` is then nothing', async () => {
    await raw('PATCH', await strategyPath(), [{ op: 'replace', path: '/disabled', value: true }]);
    const { enabled, newestEventId } = await port.snapshot(flag, ENV);
    expect(enabled).toBe(false);
    await port.disable(flag, ENV);
    expect(await port.changesSince(flag, ENV, newestEventId)).toEqual([]);
  });
});

describe('rollout is any text', () => {
  it.each(['abc', '500', '-1', ' 7'])(
    '%j is stored and handed out as it is: the snapshot shows it, a guarded write mends it',
    async (rollout) => {
      const path = await strategyPath();
      await raw('PATCH', path, [{ op: 'replace', path: '/parameters/rollout', value: rollout }]);
      const { strategies } = await port.snapshot(flag, ENV);
      expect(strategies[0]?.rollout).toBe(rollout);
      const handedOut = await until(served, (one) => (one?.strategies[0]?.parameters.rollout ?? '25') !== '25');
      expect(handedOut?.strategies[0]?.parameters.rollout).toBe(rollout);
      await port.setRollout(flag, ENV, strategies[0]?.id ?? '', rollout, '0');
      expect((await port.snapshot(flag, ENV)).strategies[0]?.rollout).toBe('0');
    },
  );
});

describe('events', () => {
  it('those of on and off carry no data: their type tells the effect', async () => {
    const { newestEventId } = await port.snapshot(flag, ENV);
    await port.disable(flag, ENV);
    await port.enable(flag, ENV);
    const { text } = await raw('GET', `/api/admin/search/events?feature=IS:${flag}&limit=2`);
    expect(JSON.parse(text).events).toMatchObject([
      { data: null, preData: null },
      { data: null, preData: null },
    ]);
    expect((await port.changesSince(flag, ENV, newestEventId)).map(({ effect }) => effect)).toEqual([
      { kind: 'enabled', enabled: false },
      { kind: 'enabled', enabled: true },
    ]);
  });

  it('those of a strategy carry it before and after', async () => {
    const { newestEventId, strategies } = await port.snapshot(flag, ENV);
    const strategyId = strategies[0]?.id ?? '';
    await port.setRollout(flag, ENV, strategyId, '25', '5');
    const [change] = await port.changesSince(flag, ENV, newestEventId);
    expect(change?.effect).toMatchObject({
      kind: 'strategy',
      strategyId,
      before: { parameters: { rollout: '25' } },
      after: { parameters: { rollout: '5' } },
    });
  });

  it('an empty selector answers the events of every flag: the port never asks with one', async () => {
    const other = flag;
    flag = await newFlag();
    const { text } = await raw('GET', '/api/admin/search/events?feature=IS:&limit=50');
    const names = new Set(JSON.parse(text).events.map((event: { featureName: string }) => event.featureName));
    expect([...names]).toEqual(expect.arrayContaining([flag, other]));
    await expect(port.changesSince('', ENV, 0)).rejects.toMatchObject({ code: 'FLAGS_REFUSED' });
    await expect(port.snapshot('', ENV)).rejects.toMatchObject({ code: 'FLAGS_REFUSED' });
  });
});

describe('names', () => {
  it.each(["it's", 'f(x)', 'now!', 'a..b', '~tilde', '-'])(
    '%j is a name that Unleash takes, and so does the port',
    async (name) => {
      flag = await newFlag(`${name}${uniqueFlag('')}`);
      const { newestEventId } = await port.snapshot(flag, ENV);
      await port.disable(flag, ENV);
      expect(await port.snapshot(flag, ENV)).toMatchObject({ flag, enabled: false, tags: ['simple:hinge-managed'] });
      expect(await port.changesSince(flag, ENV, newestEventId)).toHaveLength(1);
    },
  );

  it.each(['a b', 'a/b', 'a?b', 'a#b', 'é', '%41', 'a&limit=1', '..', 'x'.repeat(101)])(
    '%j is none to Unleash, and is not sent',
    async (name) => {
      const { status } = await raw('POST', '/api/admin/projects/default/features', { name, type: 'release' });
      expect(status).toBe(400);
      await using proxy = await startFaultProxy(unleash.url);
      const watched = connect({ url: proxy.url });
      await expect(watched.snapshot(name, ENV)).rejects.toMatchObject({ code: 'FLAGS_REFUSED' });
      await expect(async () => watched.disable(name, ENV)).rejects.toMatchObject({ code: 'FLAGS_REFUSED' });
      expect(proxy.calls).toEqual([]);
    },
  );
});

describe('answers', () => {
  it('415: a proxy that drops the content type', async () => {
    await using proxy = await startFaultProxy(unleash.url);
    proxy.break({ kind: 'head', edit: (head) => head.replace(/\r\ncontent-type:[^\r]*/i, '') });
    const [strategy] = (await port.snapshot(flag, ENV)).strategies;
    await expect(
      connect({ url: proxy.url }).setRollout(flag, ENV, strategy?.id ?? '', '25', '5'),
    ).rejects.toMatchObject({
      code: 'FLAGS_REFUSED',
      message: expect.stringMatching(/415 .*drops the content type/),
    });
  });

  it('400: an archived flag still takes events and answers as if it lived', async () => {
    await unleash.asPerson('DELETE', `/api/admin/projects/default/features/${flag}`);
    expect((await raw('GET', environmentPath(flag))).status).toBe(200);
    expect(await port.snapshot(flag, ENV)).toMatchObject({ archived: true, enabled: false });
    await expect(port.disable(flag, ENV)).rejects.toMatchObject({
      code: 'FLAGS_REFUSED',
      message: expect.stringMatching(/400 .*the flag is archived/),
    });
  });

  it('404: a strategy that is gone', async () => {
    const [strategy] = (await port.snapshot(flag, ENV)).strategies;
    await unleash.asPerson('DELETE', await strategyPath());
    await expect(port.setRollout(flag, ENV, strategy?.id ?? '', '25', '5')).rejects.toMatchObject({
      code: 'FLAGS_REFUSED',
      message: expect.stringMatching(/404/),
    });
  });

  it.each([
    ['a personal token', () => unleash.bot.token],
    ['an admin token', () => unleash.adminToken],
  ])('403: %s in place of the backend token cannot see what is published', async (_name, token) => {
    await expect(connect({ backendToken: token() }).published(1)).rejects.toMatchObject({
      code: 'FLAGS_REFUSED',
      message: expect.stringMatching(/403 .*wrong type/),
    });
  });

  it('a page of something else at the address is no flag server', async () => {
    await using proxy = await startFaultProxy(unleash.url);
    proxy.break({ kind: 'head', edit: (head) => head.replace(/^GET \S+/, 'GET /') });
    await expect(connect({ url: proxy.url }).whoAmI()).rejects.toMatchObject({
      code: 'FLAGS_REFUSED',
      message: expect.stringMatching(/check the address/),
    });
  });
});

describe('published', () => {
  it('means that an application that asks from now on is given the change', async () => {
    const { newestEventId } = await port.snapshot(flag, ENV);
    await until(served, (one) => one?.enabled === true);
    await port.disable(flag, ENV);
    const [change] = await port.changesSince(flag, ENV, newestEventId);
    await until(
      () => port.published(change?.id ?? 0),
      (isPublished) => isPublished === true,
    );
    expect(await served()).toMatchObject({ enabled: false });
  });

  it('is not told by the change being stored: until then applications are given the old state', async () => {
    const { newestEventId } = await port.snapshot(flag, ENV);
    await until(served, (one) => one?.enabled === true);
    await port.disable(flag, ENV);
    const [change] = await port.changesSince(flag, ENV, newestEventId);
    const old: boolean[] = [];
    await until(
      async () => {
        const isPublished = await port.published(change?.id ?? 0);
        if (!isPublished) old.push((await served())?.enabled ?? false);
        return isPublished;
      },
      (isPublished) => isPublished === true,
    );
    // The last look may fall between the answer to the one question and that to the other.
    expect(old.slice(0, -1)).not.toContain(false);
  });
});
