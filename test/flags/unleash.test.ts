/** The port against a real Unleash: the traps of its API, one by one. */
import { beforeAll, describe, expect, it } from 'vitest';
import { HingeError } from '../../errors.ts';
import type { FlagPort } from '../../flags/port.ts';
import { createUnleash } from '../../flags/unleash/unleash.ts';
import { environmentPath, quiet, type TestUnleash, uniqueFlag, useUnleash } from '../support/unleash.ts';

const ENV = 'production';
const PAYLOAD = '{"baseMs":5}';

let unleash: TestUnleash;
let port: FlagPort;

const connect = (token: string, more: { backendToken?: string; url?: string; project?: string } = {}): FlagPort =>
  createUnleash({ url: unleash.url, token, log: quiet, ...more });

async function newFlag(prefix: string, more: { enabled?: boolean } = {}): Promise<string> {
  const flag = uniqueFlag(prefix);
  const variants = [{ name: 'v2', weight: 1000, payload: PAYLOAD }];
  await unleash.admin.flag({ flag, strategies: [{ rollout: 25, stickiness: 'hostname', variants }], ...more });
  return flag;
}

async function strategyOf(flag: string): Promise<string> {
  const [strategy] = (await port.snapshot(flag, ENV)).strategies;
  if (strategy === undefined) throw new Error('the flag has no strategy');
  return strategy.id;
}

async function until(what: string, condition: () => Promise<boolean>): Promise<void> {
  const deadline = performance.now() + 10_000;
  while (!(await condition())) {
    if (performance.now() > deadline) throw new Error(`${what}: not within 10 s`);
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
}

beforeAll(async () => {
  unleash = await useUnleash();
  port = connect(unleash.bot.token, { backendToken: unleash.backendToken });
});

describe('reading', () => {
  it('gives a flag with its strategies, payloads, tags and newest event', async () => {
    const flag = await newFlag('read');
    const snapshot = await port.snapshot(flag, ENV);
    expect(snapshot).toMatchObject({
      flag,
      environment: ENV,
      enabled: true,
      archived: false,
      tags: ['simple:hinge-managed'],
    });
    expect(snapshot.strategies).toEqual([
      {
        id: expect.any(String),
        name: 'flexibleRollout',
        enabled: true,
        rollout: '25',
        variants: [{ name: 'v2', payload: PAYLOAD }],
      },
    ]);
    expect(snapshot.newestEventId).toBeGreaterThan(0);
    expect(snapshot.newestActor).toBe('admin');
  });

  it('knows its own user', async () => {
    expect(await port.whoAmI()).toEqual({ userId: unleash.bot.userId, name: expect.stringContaining('hinge-bot') });
  });

  it('knows that an admin token is nobody: its changes are those of every admin token', async () => {
    expect((await connect(unleash.adminToken).whoAmI()).userId).toBeNull();
  });

  it('sees an archived flag, whose environment answers as if it lived', async () => {
    const flag = await newFlag('archived');
    await unleash.asPerson('DELETE', `/api/admin/projects/default/features/${flag}`);
    expect(await port.snapshot(flag, ENV)).toMatchObject({ archived: true, enabled: false });
    await expect(port.disable(flag, ENV)).rejects.toMatchObject({ code: 'FLAGS_REFUSED' });
    await expect(port.enable(flag, ENV)).rejects.toMatchObject({ message: expect.stringMatching(/is archived/) });
  });

  it('tells its own changes from those of others, oldest first, this environment and the whole flag only', async () => {
    const flag = await newFlag('events');
    const { newestEventId } = await port.snapshot(flag, ENV);
    await port.disable(flag, ENV);
    await unleash.asPerson('POST', `${environmentPath(flag)}/on`);
    await unleash.asPerson('POST', `${environmentPath(flag, 'development')}/on`);
    await unleash.asPerson('POST', `/api/admin/features/${flag}/tags`, { type: 'simple', value: 'seen' });
    const changes = await port.changesSince(flag, ENV, newestEventId);
    expect(changes.map(({ type, ours }) => [type, ours])).toEqual([
      ['feature-environment-disabled', true],
      ['feature-environment-enabled', false],
    ]);
    expect(changes[1]?.actor).toBe('person');
  });

  it('finds every change behind more than one page of events', async () => {
    const flag = await newFlag('pages');
    const { newestEventId } = await port.snapshot(flag, ENV);
    for (let index = 0; index < 60; index++) {
      await unleash.asPerson('POST', `${environmentPath(flag)}/off`);
      await unleash.asPerson('POST', `${environmentPath(flag)}/on`);
    }
    expect(await port.changesSince(flag, ENV, newestEventId)).toHaveLength(120);
  });
});

describe('writing', () => {
  it('turns a flag off, keeps its strategies, and a repeat makes no event', async () => {
    const flag = await newFlag('kill');
    const before = await port.snapshot(flag, ENV);
    await port.disable(flag, ENV);
    await port.disable(flag, ENV);
    const after = await port.snapshot(flag, ENV);
    expect(after).toMatchObject({ enabled: false, strategies: before.strategies });
    expect(await port.changesSince(flag, ENV, before.newestEventId)).toHaveLength(1);
  });

  it('turns a flag on with the strategies it has, and a repeat makes no event', async () => {
    const flag = await newFlag('on', { enabled: false });
    const before = await port.snapshot(flag, ENV);
    await port.enable(flag, ENV);
    await port.enable(flag, ENV);
    expect(await port.snapshot(flag, ENV)).toMatchObject({ enabled: true, strategies: before.strategies });
    expect(await port.changesSince(flag, ENV, before.newestEventId)).toHaveLength(1);
  });

  it.each([
    ['no strategy', []],
    ['only a disabled strategy', [{ rollout: 25 }]],
  ])('refuses to turn on a flag with %s, which would be on for everybody', async (_name, strategies) => {
    const flag = uniqueFlag('bare');
    await unleash.admin.flag({ flag, strategies, enabled: false });
    for (const { id } of (await port.snapshot(flag, ENV)).strategies) {
      const disabled = [{ op: 'replace', path: '/disabled', value: true }];
      await unleash.asPerson('PATCH', `${environmentPath(flag)}/strategies/${id}`, disabled);
    }
    const before = await port.snapshot(flag, ENV);
    await expect(port.enable(flag, ENV)).rejects.toMatchObject({
      code: 'FLAGS_REFUSED',
      message: expect.stringMatching(/no enabled strategy in production/),
    });
    expect(await port.snapshot(flag, ENV)).toEqual(before);
  });

  it('changes a rollout and a payload and leaves the rest of the strategy', async () => {
    const flag = await newFlag('patch');
    const id = await strategyOf(flag);
    await port.setRollout(flag, ENV, id, '25', '5');
    await port.setPayload(flag, ENV, { strategyId: id, variant: 0 }, PAYLOAD, '{"baseMs":50}');
    expect((await port.snapshot(flag, ENV)).strategies).toEqual([
      {
        id,
        name: 'flexibleRollout',
        enabled: true,
        rollout: '5',
        variants: [{ name: 'v2', payload: '{"baseMs":50}' }],
      },
    ]);
  });

  it('writes nothing when the value is not what it was', async () => {
    const flag = await newFlag('guard');
    const id = await strategyOf(flag);
    const before = await port.snapshot(flag, ENV);
    await expect(port.setRollout(flag, ENV, id, '50', '5')).rejects.toMatchObject({ code: 'FLAGS_CONFLICT' });
    const place = { strategyId: id, variant: 0 };
    await expect(port.setPayload(flag, ENV, place, '{}', '{"baseMs":9}')).rejects.toMatchObject({
      code: 'FLAGS_CONFLICT',
    });
    expect(await port.snapshot(flag, ENV)).toEqual(before);
  });

  it.each(['abc', '500', '-1', '', '5.5', '1e1'])(
    'refuses the rollout %j, which the server would take',
    async (rollout) => {
      const flag = await newFlag('rollout');
      const id = await strategyOf(flag);
      const write = async () => port.setRollout(flag, ENV, id, '25', rollout);
      await expect(write()).rejects.toMatchObject({ code: 'FLAGS_REFUSED' });
      expect((await port.snapshot(flag, ENV)).strategies[0]?.rollout).toBe('25');
    },
  );

  it('sees a change published', async () => {
    const flag = await newFlag('publish');
    const { newestEventId } = await port.snapshot(flag, ENV);
    await port.disable(flag, ENV);
    const [change] = await port.changesSince(flag, ENV, newestEventId);
    if (change === undefined) throw new Error('no event');
    await until('published', async () => (await port.published(change.id)) === true);
    expect(await port.published(change.id + 1_000_000)).toBe(false);
  });

  it('cannot tell publication without a backend token', async () => {
    expect(await connect(unleash.bot.token).published(1)).toBeNull();
  });
});

describe('refusals', () => {
  const refusals: [string, () => FlagPort, string, string, RegExp][] = [
    ['an unknown token', () => connect('user:nonsense'), 'kept', ENV, /401.*token is unknown/],
    ['a token of the wrong type', () => connect(unleash.backendToken), 'kept', ENV, /403.*wrong type/],
    ['a flag that does not exist', () => port, uniqueFlag('none'), ENV, /404.*no such flag/],
    ['an environment that does not exist', () => port, 'kept', 'nowhere', /403.*environment must exist/],
    ['another project', () => connect(unleash.bot.token, { project: 'other' }), 'kept', ENV, /40[34]/],
    ['no flag at all', () => port, '', ENV, /"" is not a name of a flag/],
    ['a pattern for a flag', () => port, '*', ENV, /"\*" is not a name of a flag/],
    ['a path for a flag', () => port, '../../user', ENV, /is not a name of a flag/],
    ['an empty environment', () => port, 'kept', '', /is not a name of an environment/],
  ];

  it.each(refusals)('%s: one line that says what to do', async (_name, via, name, environment, line) => {
    const flag = name === 'kept' ? await newFlag('kept') : name;
    const attempt = async () => via().disable(flag, environment);
    const thrown = await attempt().catch((error: unknown) => error);
    expect(thrown).toBeInstanceOf(HingeError);
    expect(thrown).toMatchObject({ code: 'FLAGS_REFUSED', retryable: false, message: expect.stringMatching(line) });
    expect((thrown as HingeError).message).not.toMatch(/\n/);
  });

  it('a viewer may read the flag and its events, and change nothing', async () => {
    const flag = await newFlag('viewer');
    const viewer = connect((await unleash.admin.user(`viewer-${flag}`, 'Viewer')).token);
    expect(await viewer.snapshot(flag, ENV)).toMatchObject({ enabled: true });
    expect(await viewer.changesSince(flag, ENV, 0)).not.toHaveLength(0);
    await expect(viewer.disable(flag, ENV)).rejects.toMatchObject({ code: 'FLAGS_REFUSED' });
    expect(await port.snapshot(flag, ENV)).toMatchObject({ enabled: true });
  });

  it('an address where nobody listens is worth another try', async () => {
    const away = createUnleash({ url: 'http://127.0.0.1:9', token: 'user:x', log: quiet });
    await expect(away.snapshot('kept', ENV)).rejects.toMatchObject({ code: 'FLAGS_UNAVAILABLE', retryable: true });
  });

  it('no error carries the token', async () => {
    const thrown = await connect('user:canary-4711')
      .snapshot('kept', ENV)
      .catch((error: unknown) => error);
    expect(JSON.stringify(thrown, Object.getOwnPropertyNames(thrown))).not.toContain('canary-4711');
  });
});
