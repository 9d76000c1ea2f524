/** The controller over a real Unleash when things break: its process, its journal, the network, the token, the flag. */
import { describe, expect, it } from 'vitest';
import { createController } from '../../flags/controller.ts';
import { verifyChain } from '../../flags/journal.ts';
import type { FlagPort } from '../../flags/port.ts';
import { quiet, uniqueFlag } from '../support/unleash.ts';
import { BEHAVIOUR, NOW, SLO } from './fixtures.ts';
import { createMemory, createScene, createTelemetry, eventsOf, portTo, prepare, startProxy, unleash } from './scene.ts';

prepare();

describe('a restart', () => {
  it.each(['CONFIRMED', 'KILL', 'VERIFY_PUBLISHED', 'VERIFY_RECOVERY'])(
    'after the line %s neither repeats nor loses',
    async (at) => {
      const memory = createMemory();
      const append = memory.journal.append;
      let dead = false;
      // The process dies once the line is committed: nothing that follows happens.
      memory.journal.append = async (entry) => {
        if (dead) throw new Error('dead');
        await append(entry);
        if (entry.state === at) {
          dead = true;
          throw new Error('dead');
        }
      };
      const first = await createScene({}, { memory });
      for (let look = 0; look < 100 && !dead; look++) {
        first.telemetry.script.nowMs += 500;
        await first.controller.tick();
        await new Promise((resolve) => setTimeout(resolve, 25));
      }
      await first.controller[Symbol.asyncDispose]();
      memory.journal.append = append;
      const { flag, telemetry } = first;
      telemetry.script.nowMs += 5_000;
      const second = await createScene({}, { flag, memory, telemetry });
      await second.until('VERIFY_RECOVERY');
      telemetry.script.exposed = 0;
      await second.until('HOLD');
      const kills = (await eventsOf(flag)).filter((event) => event === 'hinge: feature-environment-disabled');
      expect(kills).toHaveLength(1);
      expect(verifyChain(memory.entries)).toMatchObject({ ok: true });
    },
  );

  it('between the write and the next line finds the write and does not repeat it', async () => {
    const memory = createMemory();
    const real = portTo(unleash.url);
    const port: FlagPort = {
      ...real,
      async disable(name, environment) {
        await real.disable(name, environment);
        memory.fail(true);
      },
    };
    const first = await createScene({}, { memory, port });
    await first.controller.tick();
    await first.controller[Symbol.asyncDispose]();
    expect(memory.entries.at(-1)).toMatchObject({ state: 'KILL', intent: '{"kind":"disable"}' });
    memory.fail(false);
    const { flag, telemetry } = first;
    const second = await createScene({}, { flag, memory, telemetry });
    await second.until('VERIFY_RECOVERY');
    const kills = (await eventsOf(flag)).filter((event) => event === 'hinge: feature-environment-disabled');
    expect(kills).toHaveLength(1);
    expect(memory.entries.filter(({ intent }) => intent !== '')).toHaveLength(1);
  });

  it('with a journal that was tampered with stops automation', async () => {
    const first = await createScene();
    await first.until('VERIFY_RECOVERY');
    const [line] = first.memory.entries;
    if (line) first.memory.entries[0] = { ...line, text: 'nothing happened' };
    const { flag, memory, telemetry } = first;
    const second = await createScene({}, { flag, memory, telemetry });
    await second.controller.tick();
    expect(second.controller.isStopped()).toBe(true);
  });
});

describe('faults', () => {
  it('without its journal nothing is written; with it again the work is done', async () => {
    const scene = await createScene();
    scene.memory.fail(true);
    for (let look = 0; look < 3; look++) await scene.controller.tick();
    expect(await scene.isEnabled()).toBe(true);
    scene.memory.fail(false);
    await scene.until('VERIFY_RECOVERY');
    expect(await scene.isEnabled()).toBe(false);
  });

  it('a write whose answer is lost is found by reading back, and not repeated', async () => {
    const proxy = await startProxy(unleash.url);
    const scene = await createScene({}, { port: portTo(proxy.url) });
    proxy.loseAnswer('/off');
    await scene.until('VERIFY_RECOVERY');
    expect(proxy.lost()).toBe(1);
    const kills = (await eventsOf(scene.flag)).filter((event) => event === 'hinge: feature-environment-disabled');
    expect(kills).toHaveLength(1);
    expect(scene.memory.entries.filter(({ intent }) => intent !== '')).toHaveLength(1);
  });

  it.each([500, 503, 429])('Unleash answers %i for a while: blocked, then done once', async (status) => {
    const proxy = await startProxy(unleash.url);
    const scene = await createScene({}, { port: portTo(proxy.url) });
    proxy.answer(status);
    await scene.until('BLOCKED');
    expect(scene.controller.states()[0]?.text).toContain(String(status));
    proxy.answer(null);
    await scene.until('VERIFY_RECOVERY');
    const kills = (await eventsOf(scene.flag)).filter((event) => event === 'hinge: feature-environment-disabled');
    expect(kills).toHaveLength(1);
  });

  it('a token that may read and not write blocks with the line to act on, and does not hammer', async () => {
    const { token } = await unleash.admin.user(uniqueFlag('viewer'), 'Viewer');
    const scene = await createScene({}, { port: portTo(unleash.url, token) });
    await scene.until('BLOCKED');
    for (let look = 0; look < 5; look++) await scene.controller.tick();
    expect(scene.controller.states()[0]?.text).toMatch(/403.*root role Editor/);
    expect(scene.memory.entries.filter(({ intent }) => intent !== '')).toHaveLength(1);
    expect(await scene.isEnabled()).toBe(true);
  });

  it.each([
    ['an unknown token', () => portTo(unleash.url, 'user:nonsense'), /401/],
    ['a token of nobody', () => portTo(unleash.url, unleash.adminToken), /belongs to no user/],
    ['nobody at the address', () => portTo('http://127.0.0.1:9'), /did not answer/],
  ])('%s: blocked before anything happens', async (_name, port, line) => {
    const scene = await createScene({}, { port: port() });
    await scene.controller.tick();
    expect(scene.controller.states()[0]).toMatchObject({ state: 'BLOCKED', text: expect.stringMatching(line) });
  });

  it.each([
    [
      'archived',
      (flag: string) => unleash.asPerson('DELETE', `/api/admin/projects/default/features/${flag}`),
      /archived/,
    ],
    [
      'not tagged',
      (flag: string) => unleash.asPerson('DELETE', `/api/admin/features/${flag}/tags/simple/hinge-managed`),
      /not tagged hinge-managed/,
    ],
  ])('a flag that is %s is not touched', async (_name, change, line) => {
    const scene = await createScene();
    await change(scene.flag);
    await scene.controller.tick();
    expect(scene.controller.states()[0]).toMatchObject({ state: 'BLOCKED', text: expect.stringMatching(line) });
  });

  it('mode act without Unleash is refused at the start', async () => {
    const telemetry = createTelemetry();
    const make = () =>
      createController({
        behaviours: [BEHAVIOUR],
        slos: [SLO],
        port: null,
        source: telemetry.source,
        journal: createMemory().journal,
        clock: () => NOW,
        log: quiet,
        intervalMs: 1,
      });
    expect(make).toThrow(/mode act, but no Unleash is configured/);
  });
});
