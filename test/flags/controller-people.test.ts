/** The controller over a real Unleash where people decide: approval, putting back, the tag, the lease. */
import { describe, expect, it } from 'vitest';
import type { Lease } from '../../flags/controller/options.ts';
import { createController } from '../../flags/controller.ts';
import type { FlagPort } from '../../flags/port.ts';
import { environmentPath, quiet } from '../support/unleash.ts';
import { BEHAVIOUR, LADDER, SLO } from './fixtures.ts';
import {
  createMemory,
  createScene,
  createTelemetry,
  eventsOf,
  obey,
  phases,
  portTo,
  prepare,
  type Scene,
  unleash,
} from './scene.ts';

prepare();

const awaits = ({ controller }: Scene) => controller.states()[0]?.awaits;

describe('approval', () => {
  it('by two different people: the first alone changes nothing, nor does the same person twice', async () => {
    const scene = await createScene({ mode: 'approve', approvals: 2 });
    await scene.until('AWAIT_APPROVAL');
    expect(awaits(scene)).toMatchObject({ kind: 'change', approvedBy: [], needed: 2 });
    for (const actor of ['ada', 'ada']) {
      await scene.controller.approve(scene.flag, actor);
      await scene.controller.tick();
    }
    expect(awaits(scene)).toMatchObject({ approvedBy: ['ada'] });
    expect(await scene.isEnabled()).toBe(true);
    await scene.controller.approve(scene.flag, 'bob');
    await scene.until('VERIFY_RECOVERY');
    expect(await scene.isEnabled()).toBe(false);
    expect(scene.memory.entries.map(({ actor }) => actor)).toEqual(expect.arrayContaining(['ada', 'bob']));
  });

  it('outlives a restart', async () => {
    const more = { mode: 'approve', approvals: 2 } as const;
    const first = await createScene(more);
    await first.until('AWAIT_APPROVAL');
    await first.controller.approve(first.flag, 'ada');
    await first.controller[Symbol.asyncDispose]();
    const { flag, memory, telemetry } = first;
    const second = await createScene(more, { flag, memory, telemetry });
    await second.controller.approve(flag, 'bob');
    await second.until('VERIFY_RECOVERY');
  });

  it('is refused where nothing awaits, for another proposal, and for a flag that is not known', async () => {
    const scene = await createScene({ mode: 'approve' });
    const { controller, flag } = scene;
    const conflict = { code: 'FLAGS_CONFLICT' };
    await expect(controller.approve(flag, 'ada')).rejects.toMatchObject(conflict);
    await scene.until('AWAIT_APPROVAL');
    await expect(controller.restore(flag, 'ada')).rejects.toMatchObject(conflict);
    await expect(controller.approve(flag, 'ada', { id: 'another' })).rejects.toMatchObject(conflict);
    await expect(controller.approve(flag, 'ada', { environment: 'staging' })).rejects.toMatchObject(conflict);
    await expect(controller.approve('unknown', 'ada')).rejects.toMatchObject({ code: 'NOT_FOUND' });
    expect(await scene.isEnabled()).toBe(true);
  });
});

describe('a flag that was turned off in vain', () => {
  const more = { ladder: LADDER.slice(0, 2), cooldownMs: 1_000, recoveryTimeoutMs: 3_000 };

  async function exhausted(with_: Parameters<typeof createScene>[0] = {}): Promise<Scene> {
    const scene = await createScene({ ...more, ...with_ });
    scene.telemetry.script.followsFlag = false;
    obey(scene.memory, scene.telemetry);
    await scene.until('EXHAUSTED');
    return scene;
  }

  const payloadOf = async ({ flag }: Scene) => {
    const { strategies } = await portTo(unleash.url).snapshot(flag, 'production');
    return strategies[0]?.variants[0]?.payload;
  };

  it("is offered back, and put back at a person's word to exactly what it was: the payload, then on", async () => {
    const scene = await exhausted();
    expect(scene.controller.states()[0]?.text).toMatch(/hinge flags restore/);
    expect([await scene.isEnabled(), await payloadOf(scene)]).toEqual([false, LADDER[1]]);
    await scene.controller.restore(scene.flag, 'ada');
    await scene.controller.tick();
    expect(scene.controller.states()[0]).toMatchObject({
      state: 'EXHAUSTED',
      text: expect.stringMatching(/is back as it was/),
    });
    expect([await scene.isEnabled(), await payloadOf(scene)]).toEqual([true, LADDER[0]]);
    for (let look = 0; look < 3; look++) await scene.controller.tick();
    expect(await scene.isEnabled()).toBe(true);
  });

  it('needs a second person where two are asked for', async () => {
    const scene = await exhausted({ approvals: 2 });
    await scene.controller.restore(scene.flag, 'ada');
    await scene.controller.tick();
    expect(await scene.isEnabled()).toBe(false);
    await scene.controller.approve(scene.flag, 'bob');
    await scene.controller.tick();
    expect(await scene.isEnabled()).toBe(true);
  });

  it('is put back once by the policy that says so', async () => {
    const scene = await exhausted({ onNoRecovery: 'restore' });
    const isBack = () => scene.controller.states()[0]?.text.includes('is back as it was') ?? false;
    for (let look = 0; look < 40 && !isBack(); look++) {
      scene.telemetry.script.nowMs += 500;
      await scene.controller.tick();
    }
    expect(phases(scene)).toContain('RESTORE');
    expect([await scene.isEnabled(), await payloadOf(scene)]).toEqual([true, LADDER[0]]);
  });

  it('stays as a person set it meanwhile', async () => {
    const scene = await exhausted();
    await unleash.asPerson('POST', `${environmentPath(scene.flag)}/on`);
    await scene.until('YIELDED');
    await expect(scene.controller.restore(scene.flag, 'ada')).rejects.toMatchObject({ code: 'FLAGS_CONFLICT' });
    expect(await payloadOf(scene)).toBe(LADDER[1]);
  });
});

describe('people and the flag server', () => {
  it('a person whom a write overtook gets their state back', async () => {
    const real = portTo(unleash.url);
    let isFirst = true;
    const port: FlagPort = {
      ...real,
      async disable(flag, environment) {
        // A person turns it off and on again after the look and before the write.
        if (isFirst) {
          await unleash.asPerson('POST', `${environmentPath(flag)}/off`);
          await unleash.asPerson('POST', `${environmentPath(flag)}/on`);
        }
        isFirst = false;
        await real.disable(flag, environment);
      },
    };
    const scene = await createScene({}, { port });
    await scene.until('YIELDED');
    for (let look = 0; look < 3; look++) {
      scene.telemetry.script.nowMs += 3_000;
      await scene.controller.tick();
    }
    expect(await scene.isEnabled()).toBe(true);
    expect(scene.controller.states()[0]?.text).toMatch(/what person set stands again/);
    const last = (await eventsOf(scene.flag)).slice(-2);
    expect(last).toEqual(['hinge: feature-environment-disabled', 'hinge: feature-environment-enabled']);
  });

  it('a flag that is tagged hinge-hold is left alone', async () => {
    const scene = await createScene();
    const tag = { type: 'simple', value: 'hinge-hold' };
    await unleash.asPerson('POST', `/api/admin/features/${scene.flag}/tags`, tag);
    await scene.until('YIELDED');
    expect(scene.controller.states()[0]?.text).toMatch(/tagged hinge-hold/);
    expect(await scene.isEnabled()).toBe(true);
  });

  it('and watched again when the tag is taken away', async () => {
    const scene = await createScene();
    const tags = `/api/admin/features/${scene.flag}/tags`;
    await unleash.asPerson('POST', tags, { type: 'simple', value: 'hinge-hold' });
    await scene.until('YIELDED');
    await unleash.asPerson('DELETE', `${tags}/simple/hinge-hold`);
    await scene.until('VERIFY_RECOVERY');
    expect(scene.memory.entries.map(({ text }) => text)).toContain('the tag hinge-hold is gone: watching');
    expect(await scene.isEnabled()).toBe(false);
  });
});

describe('two controllers with one lease', () => {
  function createLease() {
    const lease = { held: false, won: 0 };
    const given: Lease = { isHeld: () => lease.held, term: () => lease.won };
    return { lease, given };
  }

  it('one acts; the other shows what the journal says, and goes on from there', async () => {
    const scene = await createScene();
    const { script, source } = scene.telemetry;
    const { lease, given } = createLease();
    await using second = createController({
      ...{ behaviours: [{ ...BEHAVIOUR, flag: scene.flag }], slos: [SLO], port: portTo(unleash.url), source },
      ...{ journal: scene.memory.journal, clock: () => script.nowMs, log: quiet, intervalMs: 1_000, lease: given },
    });
    await second.tick();
    expect(scene.memory.entries).toEqual([]);
    expect(() => second.rearm(scene.flag, 'ada')).toThrow(/not the active one/);
    await expect(second.approve(scene.flag, 'ada')).rejects.toMatchObject({ code: 'FLAGS_CONFLICT' });
    await scene.until('VERIFY_RECOVERY');
    await scene.controller[Symbol.asyncDispose]();
    script.nowMs += 30_000;
    await second.tick();
    expect(second.states()[0]?.state).toBe('VERIFY_RECOVERY');
    expect(await second.hold('another flag', 'ada')).toBe(false);
    Object.assign(lease, { held: true, won: 1 });
    script.exposed = 0;
    for (let look = 0; look < 10; look++) {
      script.nowMs += 1_000;
      await second.tick();
    }
    expect(second.states()[0]?.state).toBe('HOLD');
    expect((await eventsOf(scene.flag)).filter((event) => event.startsWith('hinge'))).toHaveLength(1);
  });

  it('a lease that is lost between the line and the write keeps the flag from being written', async () => {
    const { lease, given } = createLease();
    Object.assign(lease, { held: true, won: 1 });
    const memory = createMemory();
    const append = memory.journal.append;
    memory.journal.append = async (entry) => {
      await append(entry);
      if (entry.state === 'KILL') lease.held = false;
    };
    const telemetry = createTelemetry();
    const scene = await createScene({}, { memory, telemetry, lease: given });
    await scene.controller.tick();
    expect(phases(scene)).toEqual(['CONFIRMED', 'KILL']);
    expect(await scene.isEnabled()).toBe(true);
  });
});

it('a flag that two environments share is re-armed in both', async () => {
  const scene = await createScene();
  const behaviours = ['production', 'development'].map((environment) => ({
    ...BEHAVIOUR,
    ...{ name: environment, environment, flag: scene.flag },
  }));
  const { script, source } = scene.telemetry;
  await using both = createController({
    ...{ behaviours, slos: [SLO], port: portTo(unleash.url), source, journal: createMemory().journal },
    ...{ clock: () => script.nowMs, log: quiet, intervalMs: 1_000 },
  });
  expect(await both.hold(scene.flag, 'ada')).toBe(true);
  expect(both.states().map(({ state }) => state)).toEqual(['YIELDED', 'YIELDED']);
  both.rearm(scene.flag, 'bob');
  both.stop({ actor: 'ada', way: 'api' });
  await both.tick();
  expect(both.states().map(({ state }) => state)).toEqual(['OBSERVE', 'OBSERVE']);
});
