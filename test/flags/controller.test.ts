/** The controller end to end over a real Unleash: the main job, and people who interfere. */
import { describe, expect, it } from 'vitest';
import { verifyChain } from '../../flags/journal.ts';
import type { FlagPort } from '../../flags/port.ts';
import { environmentPath } from '../support/unleash.ts';
import { LADDER } from './fixtures.ts';
import { createMemory, createScene, eventsOf, obey, phases, portTo, prepare, unleash } from './scene.ts';

prepare();

describe('the main job', () => {
  it('turns the flag off, sees it published, proves the recovery, holds', async () => {
    const scene = await createScene();
    await scene.until('VERIFY_RECOVERY');
    expect(await scene.isEnabled()).toBe(false);
    await scene.controller.tick();
    expect(scene.state()).toBe('VERIFY_RECOVERY');
    scene.telemetry.script.exposed = 0;
    await scene.until('HOLD');
    expect(phases(scene)).toEqual(['CONFIRMED', 'KILL', 'VERIFY_PUBLISHED', 'VERIFY_RECOVERY', 'HOLD']);
    expect(scene.controller.actions().at(-1)?.text).toMatch(
      /recovery proved: bad events of checkout-latency from 30.0 % to 0.100 % in \d+ s/,
    );
    expect(verifyChain(scene.memory.entries)).toEqual({ ok: true, lines: 5 });
  });

  it('steps down the ladder, one rung a cool-down, then turns the flag off and says that it was not the cause', async () => {
    const more = { ladder: LADDER, cooldownMs: 1_000, recoveryTimeoutMs: 5_000 };
    const scene = await createScene(more);
    scene.telemetry.script.followsFlag = false;
    obey(scene.memory, scene.telemetry);
    await scene.until('EXHAUSTED');
    const intents = scene.memory.entries
      .filter(({ intent }) => intent !== '')
      .map(({ state, intent }) => [state, JSON.parse(intent).to]);
    expect(intents).toEqual([
      ['TUNE', LADDER[1]],
      ['TUNE', LADDER[2]],
      ['KILL', undefined],
    ]);
    expect(await scene.isEnabled()).toBe(false);
  });

  it('the line with the intent is written before the flag', async () => {
    const memory = createMemory();
    const real = portTo(unleash.url);
    const seen: string[] = [];
    const port: FlagPort = {
      ...real,
      async disable(flag, environment) {
        seen.push(...memory.entries.map(({ intent }) => intent).filter((intent) => intent !== ''));
        await real.disable(flag, environment);
      },
    };
    const scene = await createScene({}, { memory, port });
    await scene.until('VERIFY_RECOVERY');
    expect(seen).toEqual(['{"kind":"disable"}']);
  });

  it('in dry-run says once what it would have done, and writes nothing', async () => {
    const scene = await createScene({ mode: 'dry-run' });
    for (let look = 0; look < 5; look++) {
      scene.telemetry.script.nowMs += 1_000;
      await scene.controller.tick();
    }
    expect(scene.memory.entries.map(({ text }) => text)).toEqual([
      expect.stringMatching(new RegExp(`^would have turned ${scene.flag} off, because checkout-latency burns`)),
    ]);
    expect(await scene.isEnabled()).toBe(true);
    expect(await eventsOf(scene.flag)).not.toContainEqual(expect.stringContaining('hinge'));
  });
});

describe('people', () => {
  it('who turn the flag on again during recovery win, and Hinge stays away until re-armed', async () => {
    const scene = await createScene({ cooldownMs: 0 });
    await scene.until('VERIFY_RECOVERY');
    await unleash.asPerson('POST', `${environmentPath(scene.flag)}/on`);
    await scene.until('YIELDED');
    for (let look = 0; look < 3; look++) await scene.controller.tick();
    expect(await scene.isEnabled()).toBe(true);
    expect(scene.controller.actions().at(-1)?.text).toMatch(/^person changed the flag \(feature-environment-enabled/);
    scene.controller.rearm(scene.flag, 'ada');
    await scene.until('VERIFY_RECOVERY');
    expect(await scene.isEnabled()).toBe(false);
    expect(scene.memory.entries.filter(({ actor }) => actor === 'ada')).toHaveLength(1);
  });

  it('who change the flag in the very moment of the write win', async () => {
    const real = portTo(unleash.url);
    const port: FlagPort = {
      ...real,
      async disable(flag, environment) {
        await real.disable(flag, environment);
        await unleash.asPerson('POST', `${environmentPath(flag)}/on`);
      },
    };
    const scene = await createScene({}, { port });
    await scene.until('YIELDED');
    expect(await scene.isEnabled()).toBe(true);
    expect(scene.controller.actions().at(-1)?.text).toMatch(/while Hinge was changing it/);
  });

  it('who hold the flag, or stop everything, are heard with neither store nor Unleash', async () => {
    const held = await createScene();
    held.controller.hold(held.flag, 'ada');
    await held.until('YIELDED');
    expect(await held.isEnabled()).toBe(true);

    const stopped = await createScene({}, { port: portTo('http://127.0.0.1:9') });
    stopped.memory.fail(true);
    stopped.controller.stop({ actor: 'ada', way: 'api' });
    await stopped.controller.tick();
    expect(stopped.controller.isStopped()).toBe(true);
    expect(stopped.memory.entries).toEqual([]);
  });

  it('who stop everything between the decision and the write', async () => {
    const memory = createMemory();
    const append = memory.journal.append;
    const scene = await createScene({}, { memory });
    memory.journal.append = async (entry) => {
      await append(entry);
      if (entry.state === 'KILL' && memory.entries.length === 2) scene.controller.stop({ actor: 'ada', way: 'api' });
    };
    await scene.controller.tick();
    expect(phases(scene)).toContain('KILL');
    expect(await scene.isEnabled()).toBe(true);
    scene.controller.resume({ actor: 'ada', way: 'api' });
    await scene.until('VERIFY_RECOVERY');
    expect(await scene.isEnabled()).toBe(false);
  });
});
