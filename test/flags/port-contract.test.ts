/** What the controller relies on of any flag server: one body over each of them. */
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import type { FlagPort, PayloadPlace } from '../../flags/port.ts';
import { putBack } from '../../flags/put-back.ts';
import { ENVIRONMENT as ENV, FLAG_SERVERS, type FlagServer, PAYLOAD } from '../support/flag-servers.ts';

const SAFE = '{"baseMs":50}';

describe.each(FLAG_SERVERS)('%s', (_name, start) => {
  let server: FlagServer;
  let port: FlagPort;
  let flag: string;
  let somebody: Awaited<ReturnType<FlagServer['newFlag']>>['somebody'];
  let since: number;
  let place: PayloadPlace;

  beforeAll(async () => {
    server = await start();
    ({ port } = server);
  });
  afterAll(() => server[Symbol.asyncDispose]());
  beforeEach(async () => {
    ({ flag, somebody } = await server.newFlag());
    const { newestEventId, strategies } = await port.snapshot(flag, ENV);
    since = newestEventId;
    place = { strategyId: strategies[0]?.id ?? '', variant: 0 };
  });

  const payload = async () => (await port.snapshot(flag, ENV)).strategies[0]?.variants[0]?.payload;
  const isOn = async () => (await port.snapshot(flag, ENV)).enabled;
  const changes = () => port.changesSince(flag, ENV, since);

  it('knows who we are', async () => {
    expect(await port.whoAmI()).toEqual({ name: expect.stringContaining('hinge'), userId: expect.any(Number) });
  });

  it('reads a flag', async () => {
    const snapshot = await port.snapshot(flag, ENV);
    expect(snapshot).toMatchObject({ flag, environment: ENV, enabled: true, archived: false });
    expect(snapshot.strategies).toMatchObject([{ enabled: true, variants: [{ name: 'v2', payload: PAYLOAD }] }]);
    expect(snapshot.tags).toEqual([expect.stringMatching(/:hinge-managed$/)]);
  });

  it('turns it off and on, each one event of ours, a repeat none, and keeps the rest', async () => {
    const before = await port.snapshot(flag, ENV);
    for (let time = 0; time < 2; time++) await port.disable(flag, ENV);
    expect(await isOn()).toBe(false);
    for (let time = 0; time < 2; time++) await port.enable(flag, ENV);
    const { newestEventId, newestActor, ...after } = await port.snapshot(flag, ENV);
    expect({ ...before, ...after }).toEqual(before);
    expect((await changes()).map(({ ours, effect }) => [ours, effect])).toEqual([
      [true, { kind: 'enabled', enabled: false }],
      [true, { kind: 'enabled', enabled: true }],
    ]);
    expect((await changes()).at(-1)).toMatchObject({ id: newestEventId, actor: newestActor });
  });

  it('sets a payload where it still is what it was, else writes nothing', async () => {
    await port.setPayload(flag, ENV, place, PAYLOAD, SAFE);
    expect(await payload()).toBe(SAFE);
    await expect(port.setPayload(flag, ENV, place, PAYLOAD, '{"baseMs":9}')).rejects.toMatchObject({
      code: 'FLAGS_CONFLICT',
      retryable: false,
    });
    expect(await payload()).toBe(SAFE);
    expect(await changes()).toMatchObject([{ ours: true, effect: { kind: 'strategy', strategyId: place.strategyId } }]);
  });

  it('tells changes of others from ours, oldest first, with growing ids', async () => {
    await somebody.turn('off');
    await changes();
    await port.enable(flag, ENV);
    await somebody.setPayload(SAFE);
    const events = await changes();
    expect(events.map(({ ours, effect }) => [ours, effect?.kind])).toEqual([
      [false, 'enabled'],
      [true, 'enabled'],
      [false, 'strategy'],
    ]);
    expect(events.map(({ id }) => id)).toEqual(events.map(({ id }) => id).toSorted((a, b) => a - b));
    expect(await port.changesSince(flag, ENV, events.at(-1)?.id ?? 0)).toEqual([]);
  });

  it('does not mix flags', async () => {
    const other = await server.newFlag();
    await other.somebody.turn('off');
    expect(await changes()).toEqual([]);
  });

  it('undoes a payload of ours that somebody had set meanwhile, once', async () => {
    await somebody.setPayload('{"baseMs":77}');
    await port.setPayload(flag, ENV, place, '{"baseMs":77}', SAFE);
    expect(await putBack(port, flag, ENV, since)).toMatchObject({ kind: 'put-back', by: { ours: false } });
    expect(await payload()).toBe('{"baseMs":77}');
    expect(await putBack(port, flag, ENV, since)).toMatchObject({ kind: 'foreign' });
    expect(await changes()).toHaveLength(3);
  });

  it('leaves the last word to somebody who writes after us', async () => {
    await port.disable(flag, ENV);
    await somebody.turn('on');
    expect(await putBack(port, flag, ENV, since)).toMatchObject({ kind: 'foreign' });
    expect(await isOn()).toBe(true);
  });

  it('undoes nothing that is not as our write left it', async () => {
    await somebody.setPayload('{"baseMs":77}');
    await port.setPayload(flag, ENV, place, '{"baseMs":77}', SAFE);
    const [, ours] = await changes();
    await somebody.setPayload('{"baseMs":78}');
    if (ours?.effect?.kind !== 'strategy') throw new Error('no effect');
    const { strategyId, before: to, after: from } = ours.effect;
    await expect(port.undo(flag, ENV, { kind: 'strategy', strategyId, from, to })).rejects.toMatchObject({
      code: 'FLAGS_CONFLICT',
    });
    expect(await payload()).toBe('{"baseMs":78}');
  });

  it.each([
    ['a flag that is not there', 'none.such', ENV],
    ['no name', '', ENV],
    ['a name that every object has', 'constructor', ENV],
    ['an environment that is not there', null, 'nowhere'],
  ])('%s is refused, in one line', async (_what, name, environment) => {
    const refused = { code: 'FLAGS_REFUSED', retryable: false, message: expect.stringMatching(/^[^\n]+$/) };
    await expect(async () => port.snapshot(name ?? flag, environment)).rejects.toMatchObject(refused);
    await expect(async () => port.disable(name ?? flag, environment)).rejects.toMatchObject(refused);
  });
});
