/** The global stop in the journal: once for each word, in order, over a journal that fails, a restart, and another active Hinge. */
import { expect, it } from 'vitest';
import type { Said } from '../../flags/brake.ts';
import type { Lease } from '../../flags/controller/options.ts';
import { createController } from '../../flags/controller.ts';
import { verifyChain } from '../../flags/journal.ts';
import { quiet } from '../support/unleash.ts';
import { BEHAVIOUR, NOW, SLO } from './fixtures.ts';
import { createMemory, createTelemetry } from './scene.ts';

const ada: Said = { actor: 'ada', way: 'api' };
const ben: Said = { actor: 'ben', way: 'command' };

type Memory = ReturnType<typeof createMemory>;

function start(memory: Memory, lease?: Lease) {
  return createController({
    ...{ behaviours: [{ ...BEHAVIOUR, mode: 'dry-run' as const }], slos: [SLO], port: null },
    ...{ source: createTelemetry().source, journal: memory.journal, clock: () => NOW, log: quiet, intervalMs: 1_000 },
    ...(lease === undefined ? {} : { lease }),
  });
}

const brakesIn = ({ entries }: Memory): string[] =>
  entries.filter(({ flag }) => flag === 'all flags').map(({ state, actor }) => `${state} ${actor}`);

it('words are written once each, in order, beside the lines of flags', async () => {
  const memory = createMemory();
  await using controller = start(memory);
  await controller.tick();
  controller.stop(ada);
  controller.stop(ben);
  expect(controller.isStopped()).toBe(true);
  controller.resume(ben);
  controller.stop(ada);
  await controller.tick();
  expect(brakesIn(memory)).toEqual(['STOPPED ada', 'RESUMED ben', 'STOPPED ada']);
  const [first, ...more] = memory.entries.slice(-3);
  expect(first).toMatchObject({ upgradeId: 'u1', environment: 'every environment', intent: '' });
  expect(more.at(-1)?.text).toBe('all changes of flags were stopped by ada over the API at 2026-11-20 12:00:00 UTC');
  expect(verifyChain(memory.entries)).toEqual({ ok: true, lines: memory.entries.length });
});

it('a stop is in force while the journal fails, and written when it is back', async () => {
  const memory = createMemory();
  await using controller = start(memory);
  memory.fail(true);
  controller.stop(ada);
  await controller.tick();
  expect([controller.isStopped(), brakesIn(memory)]).toEqual([true, []]);
  memory.fail(false);
  await controller.tick();
  expect(brakesIn(memory)).toEqual(['STOPPED ada']);
});

it('a restart under the same stop says nothing new, and one without it says so', async () => {
  const memory = createMemory();
  {
    await using controller = start(memory);
    controller.stop(ada);
    await controller.tick();
  }
  {
    await using controller = start(memory);
    controller.stop({ actor: 'ada', way: 'file' });
    await controller.tick();
  }
  expect(brakesIn(memory)).toEqual(['STOPPED ada']);
  await using controller = start(memory);
  await controller.tick();
  expect(brakesIn(memory)).toEqual(['STOPPED ada', 'RESUMED hinge']);
  expect(memory.entries.at(-1)?.flag).not.toBe('all flags');
});

it('of two Hinges the active one says how it stands', async () => {
  const memory = createMemory();
  let active = 'one';
  let term = 1;
  const leaseOf = (name: string): Lease => ({ isHeld: () => active === name, term: () => term });
  await using one = start(memory, leaseOf('one'));
  await using other = start(memory, leaseOf('other'));
  one.stop(ada);
  await one.tick();
  await other.tick();
  expect(brakesIn(memory)).toEqual(['STOPPED ada']);
  [active, term] = ['other', 2];
  await other.tick();
  await one.tick();
  [active, term] = ['one', 3];
  await one.tick();
  expect(brakesIn(memory)).toEqual(['STOPPED ada', 'RESUMED hinge', 'STOPPED ada']);
});

it('a journal that was tampered with is a stop, by Hinge', async () => {
  const memory = createMemory();
  {
    await using controller = start(memory);
    await controller.tick();
  }
  const [line] = memory.entries;
  if (line !== undefined) memory.entries[0] = { ...line, text: 'nothing happened' };
  await using controller = start(memory);
  await controller.tick();
  expect(controller.brake()).toMatchObject({ stopped: true, actor: 'hinge', way: 'journal' });
  expect(memory.entries.at(-1)?.text).toMatch(/^all changes of flags were stopped by hinge because the journal was/);
});
