/** What a write of ours did to somebody else's is found in the event log and taken back: as a rule, and against a real Unleash. */
import fc from 'fast-check';
import { beforeAll, describe, expect, it } from 'vitest';
import { createAdmin } from '../../demo/unleash-server/setup.ts';
import type { FlagEvent, FlagPort, StrategyParts } from '../../flags/port.ts';
import { putBack, undoOf } from '../../flags/put-back.ts';
import { createUnleash } from '../../flags/unleash/unleash.ts';
import { environmentPath, quiet, type TestUnleash, uniqueFlag, useUnleash } from '../support/unleash.ts';

describe('the rule', () => {
  let id = 0;
  const event = (ours: boolean, effect?: FlagEvent['effect']): FlagEvent => {
    id += 1;
    const known = { id, type: 'changed', atMs: id, actor: ours ? 'hinge' : 'person', ours };
    return effect === undefined ? known : { ...known, effect };
  };
  const turned = (ours: boolean, enabled: boolean) => event(ours, { kind: 'enabled', enabled });
  const wrote = (ours: boolean, before: StrategyParts, after: StrategyParts) =>
    event(ours, { kind: 'strategy', strategyId: 's', before, after });
  const [us, them] = [true, false];
  const old = { rollout: 25, title: 'a' };

  it.each<[string, FlagEvent[], ReturnType<typeof undoOf>]>([
    ['nobody wrote', [], null],
    ['only we wrote', [turned(us, false), wrote(us, old, { ...old, rollout: 5 })], null],
    ['only they wrote', [turned(them, false), wrote(them, old, { ...old, rollout: 5 })], null],
    ['they turned it on after we turned it off', [turned(us, false), turned(them, true)], null],
    [
      'we turned it off after they turned it on',
      [turned(them, true), turned(us, false)],
      { kind: 'enabled', enabled: true },
    ],
    ['so, and it is on again', [turned(them, true), turned(us, false), turned(us, true)], null],
    ['we turned it off after they did', [turned(them, false), turned(us, false)], null],
    [
      'we turned it off while they changed the rollout',
      [wrote(them, old, { ...old, rollout: 5 }), turned(us, false)],
      null,
    ],
    ['we turned it off after something that tells no effect', [event(them), turned(us, false)], null],
    [
      'we wrote the part that they had written',
      [wrote(them, old, { ...old, rollout: 50 }), wrote(us, { ...old, rollout: 50 }, { ...old, rollout: 5 })],
      { kind: 'strategy', strategyId: 's', from: { ...old, rollout: 5 }, to: { ...old, rollout: 50 } },
    ],
    [
      'we wrote another part, having read theirs',
      [wrote(them, old, { ...old, title: 'b' }), wrote(us, { ...old, title: 'b' }, { rollout: 5, title: 'b' })],
      null,
    ],
    [
      'we wrote another part, not having read theirs: ours is kept',
      [wrote(them, old, { ...old, title: 'b' }), wrote(us, old, { ...old, rollout: 5 })],
      { kind: 'strategy', strategyId: 's', from: { rollout: 5, title: 'a' }, to: { rollout: 5, title: 'b' } },
    ],
    [
      'a part that they had added',
      [wrote(them, old, { ...old, note: 'mine' }), wrote(us, old, { ...old, rollout: 5 })],
      { kind: 'strategy', strategyId: 's', from: { ...old, rollout: 5 }, to: { ...old, rollout: 5, note: 'mine' } },
    ],
  ])('%s', (_name, changes, undo) => {
    expect(undoOf(changes)).toEqual(undo);
  });

  const anyWrite = fc.record({
    ours: fc.boolean(),
    key: fc.constantFrom('a', 'b', 'c'),
    value: fc.nat(9),
    /** Of ours alone: read before the write that came last, so that it is lost. */
    stale: fc.boolean(),
  });
  type Write = typeof anyWrite extends fc.Arbitrary<infer T> ? T : never;

  /** The log that the writes leave, what is there in the end, and what the others set that nobody of them has changed since. */
  function play(writes: readonly Write[]) {
    let before: StrategyParts = { a: 0, b: 0, c: 0 };
    let now = before;
    let theirs: StrategyParts = {};
    const changes = writes.map(({ ours, key, value, stale }) => {
      const read = ours && stale ? before : now;
      const after = { ...read, [key]: value };
      if (!ours) {
        const known = read[key] === value ? theirs : { ...theirs, [key]: value };
        theirs = Object.fromEntries(Object.keys(known).map((one) => [one, after[one]]));
      }
      [before, now] = [now, after];
      return wrote(ours, read, after);
    });
    return { changes, now, theirs };
  }

  it('for any order of writes that ours ends, one undo lets stand all that others set, and the rest of ours', () => {
    fc.assert(
      fc.property(fc.array(anyWrite, { maxLength: 8 }), anyWrite, (writes, last) => {
        const { changes, now, theirs } = play([...writes, { ...last, ours: true }]);
        const undo = undoOf(changes);
        const { from, to } = undo?.kind === 'strategy' ? undo : { from: now, to: now };
        expect(from).toEqual(now);
        expect(to).toEqual({ ...now, ...theirs });
        expect(undoOf([...changes, wrote(us, from, to)])).toBeNull();
      }),
    );
  });

  it('whoever comes last was not overwritten', () => {
    fc.assert(
      fc.property(fc.array(anyWrite, { maxLength: 8 }), anyWrite, (writes, last) => {
        expect(undoOf(play([...writes, { ...last, ours: false }]).changes)).toBeNull();
      }),
    );
  });
});

describe('against Unleash', () => {
  const ENV = 'production';
  const SAFE = '{"baseMs":50}';
  const RISKY = '{"baseMs":5}';
  let unleash: TestUnleash;
  let port: FlagPort;

  beforeAll(async () => {
    unleash = await useUnleash();
    port = createUnleash({ url: unleash.url, token: unleash.bot.token, log: quiet });
  });

  async function newFlag() {
    const flag = uniqueFlag('put-back');
    const variants = [{ name: 'v2', weight: 1000, payload: RISKY }];
    await unleash.admin.flag({ flag, strategies: [{ rollout: 25, stickiness: 'hostname', variants }] });
    const { newestEventId: since, strategies } = await port.snapshot(flag, ENV);
    const strategyId = strategies[0]?.id ?? '';
    const person = {
      replace: (path: string, value: unknown) =>
        unleash.asPerson('PATCH', `${environmentPath(flag)}/strategies/${strategyId}`, [
          { op: 'replace', path, value },
        ]),
      turn: (to: 'on' | 'off') => unleash.asPerson('POST', `${environmentPath(flag)}/${to}`),
    };
    const now = async () => {
      const { enabled, strategies } = await port.snapshot(flag, ENV);
      return { enabled, rollout: strategies[0]?.rollout, payload: strategies[0]?.variants[0]?.payload };
    };
    return { flag, since, strategyId, person, now };
  }

  it('alone: nothing is written a second time', async () => {
    const { flag, since, now } = await newFlag();
    await port.disable(flag, ENV);
    expect(await putBack(port, flag, ENV, since)).toEqual({ kind: 'alone' });
    expect(await port.changesSince(flag, ENV, since)).toHaveLength(1);
    expect((await now()).enabled).toBe(false);
  });

  it("a person's rollout that we wrote over is back, once, and the event names who", async () => {
    const { flag, since, strategyId, person, now } = await newFlag();
    await person.replace('/parameters/rollout', '50');
    await port.setRollout(flag, ENV, strategyId, '50', '5');
    expect(await putBack(port, flag, ENV, since)).toMatchObject({ kind: 'put-back', by: { actor: 'person' } });
    expect((await now()).rollout).toBe('50');
    expect(await putBack(port, flag, ENV, since)).toMatchObject({ kind: 'foreign' });
    expect((await port.changesSince(flag, ENV, since)).map(({ ours }) => ours)).toEqual([false, true, true]);
  });

  it("a person's rollout beside our payload: both stand", async () => {
    const { flag, since, strategyId, person, now } = await newFlag();
    await person.replace('/parameters/rollout', '50');
    await port.setPayload(flag, ENV, { strategyId, variant: 0 }, RISKY, SAFE);
    expect(await putBack(port, flag, ENV, since)).toMatchObject({ kind: 'foreign' });
    expect(await now()).toEqual({ enabled: true, rollout: '50', payload: SAFE });
  });

  it('a flag that a person turned on and we turned off is on, with its strategies', async () => {
    const { flag, since, person, now } = await newFlag();
    await person.turn('off');
    await person.turn('on');
    await port.disable(flag, ENV);
    expect(await putBack(port, flag, ENV, since)).toMatchObject({ kind: 'put-back' });
    expect(await now()).toEqual({ enabled: true, rollout: '25', payload: RISKY });
  });

  it('a person who wrote after us has the last word', async () => {
    const { flag, since, person, now } = await newFlag();
    await port.disable(flag, ENV);
    await person.turn('on');
    expect(await putBack(port, flag, ENV, since)).toMatchObject({ kind: 'foreign', by: { actor: 'person' } });
    expect((await now()).enabled).toBe(true);
  });

  it('a person who writes once more while we put back has the last word', async () => {
    const { flag, since, strategyId, person, now } = await newFlag();
    await person.replace('/parameters/rollout', '50');
    await port.setRollout(flag, ENV, strategyId, '50', '5');
    const slow: FlagPort = {
      ...port,
      async undo(...args) {
        await person.replace('/parameters/rollout', '75');
        await port.undo(...args);
      },
    };
    expect(await putBack(slow, flag, ENV, since)).toMatchObject({ kind: 'foreign' });
    expect((await now()).rollout).toBe('75');
  });

  it('what cannot be put back is told: a flag without an enabled strategy is not turned on', async () => {
    const { flag, since, person, now } = await newFlag();
    await person.turn('off');
    await person.turn('on');
    await port.disable(flag, ENV);
    await person.replace('/disabled', true);
    expect(await putBack(port, flag, ENV, since)).toMatchObject({
      kind: 'overwritten',
      by: { actor: 'person' },
      undo: { kind: 'enabled', enabled: true },
    });
    expect((await now()).enabled).toBe(false);
  });

  it('every part of a strategy that the log shows can be put back', async () => {
    const { flag, since, strategyId, person } = await newFlag();
    await person.replace('/title', 'for the night');
    await person.replace('/variants', []);
    await person.replace('/constraints', [
      { contextName: 'appName', operator: 'IN', values: ['pay'], caseInsensitive: false, inverted: false },
    ]);
    await person.replace('/parameters', { rollout: '50', stickiness: 'random', groupId: 'mine' });
    const path = `${environmentPath(flag)}/strategies/${strategyId}`;
    const theirs = await unleash.admin.call('GET', path);
    // As a write that has read nothing of it leaves the strategy; the port has none such of its own.
    const { call } = createAdmin({ url: unleash.url, adminToken: unleash.bot.token });
    await call('PUT', path, { name: 'flexibleRollout', parameters: { rollout: '5' } });
    expect(await unleash.admin.call('GET', path)).not.toEqual(theirs);
    expect(await putBack(port, flag, ENV, since)).toMatchObject({ kind: 'put-back' });
    expect(await unleash.admin.call('GET', path)).toEqual(theirs);
  });
});
