/** Limits over all flags of an environment, over a real Unleash: an incident is for people, and so is the fourth change in an hour. */
import { expect, it } from 'vitest';
import { createController } from '../../flags/controller.ts';
import { quiet, uniqueFlag } from '../support/unleash.ts';
import { BEHAVIOUR, SLO } from './fixtures.ts';
import { createMemory, createScene, createTelemetry, newFlag, portTo, prepare, unleash } from './scene.ts';

prepare();

it('many flags in breach at once: none is touched, not even the first', async () => {
  const flags = [1, 2, 3, 4].map(() => uniqueFlag('storm'));
  for (const flag of flags) await newFlag(flag);
  const { script, source } = createTelemetry();
  const port = portTo(unleash.url);
  const memory = createMemory();
  await using controller = createController({
    behaviours: flags.map((flag) => ({ ...BEHAVIOUR, name: flag, flag })),
    slos: [SLO],
    port,
    source,
    journal: memory.journal,
    clock: () => script.nowMs,
    log: quiet,
    intervalMs: 1_000,
  });
  await controller.tick();
  expect(controller.states().map(({ state }) => state)).toEqual(flags.map(() => 'CONFIRMED'));
  expect(controller.states()[0]?.text).toMatch(/an incident for people/);
  for (const flag of flags) expect(await port.snapshot(flag, 'production')).toMatchObject({ enabled: true });
});

it('three flags turned off within the hour, also over restarts: the fourth waits for a person, or for the hour', async () => {
  const memory = createMemory();
  const telemetry = createTelemetry();
  for (let count = 0; count < 3; count++) {
    const scene = await createScene({}, { memory, telemetry });
    await scene.until('VERIFY_RECOVERY');
  }
  const fourth = await createScene({}, { memory, telemetry });
  await fourth.controller.tick();
  expect(fourth.controller.states()[0]).toMatchObject({
    state: 'CONFIRMED',
    text: expect.stringMatching(/within the hour/),
  });
  expect(await fourth.isEnabled()).toBe(true);
  telemetry.script.nowMs += 3_600_000;
  await fourth.until('VERIFY_RECOVERY');
  expect(await fourth.isEnabled()).toBe(false);
});
