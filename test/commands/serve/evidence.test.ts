/** Which report the controller gets at a look, and when it waits for a new one. */

import { describe, expect, it } from 'vitest';
import { analyse, DEFAULT_SETTINGS } from '../../../analysis/analyse.ts';
import { createEvidence } from '../../../commands/serve/evidence.ts';
import type { Evidence } from '../../../commands/serve/judgements.ts';
import type { Upgrade } from '../../../model.ts';
import { generateArms } from '../../support/generator.ts';

const EVERY_MS = 5_000;
const analysis = analyse({
  ...generateArms({ seed: 1, calls: 500 }),
  changed: [],
  settings: DEFAULT_SETTINGS,
  seed: 1,
});
const upgrade = (id: string): Upgrade => ({ id, name: id, startedMs: 0, finishedMs: null, changed: [] });

/** Analyses are begun by looks and finished by the test. */
function arrange() {
  const scene = { nowMs: 0, id: 'u1' };
  const begun: PromiseWithResolvers<Evidence | null>[] = [];
  const suspects = createEvidence({
    upgrades: {
      current: async () => ({ upgrade: upgrade(scene.id), baseline: { startMs: 0, endMs: 0 } }),
      evidence: () => {
        const analysing = Promise.withResolvers<Evidence | null>();
        begun.push(analysing);
        return analysing.promise;
      },
    },
    clock: () => scene.nowMs,
    everyMs: EVERY_MS,
  });
  const finish = async (number: number, id = scene.id, isComplete = false) => {
    begun[number - 1]?.resolve({ upgrade: upgrade(id), analysis, isComplete });
    await new Promise(setImmediate);
  };
  /** The first analysis is there. */
  const first = async () => {
    const look = suspects();
    await new Promise(setImmediate);
    await finish(1);
    return look;
  };
  return { scene, begun, suspects, finish, first };
}

const isPending = async (look: Promise<unknown>): Promise<boolean> => {
  await new Promise(setImmediate);
  return (await Promise.race([look, 'pending'])) === 'pending';
};

describe('the report at a look', () => {
  it('is waited for at first, and is then the same until it is due', async () => {
    const { scene, begun, suspects, first } = arrange();
    const evidence = await first();
    expect(evidence).toMatchObject({ upgradeId: 'u1', untilMs: analysis.windows.candidate.endMs, isComplete: false });
    scene.nowMs = EVERY_MS - 1;
    expect(await suspects()).toBe(evidence);
    expect(begun).toHaveLength(1);
  });

  it('is the last one while the next is being made, which is begun once', async () => {
    const { scene, begun, suspects, finish, first } = arrange();
    const evidence = await first();
    scene.nowMs = EVERY_MS;
    expect(await suspects()).toBe(evidence);
    expect(await suspects()).toBe(evidence);
    expect(begun).toHaveLength(2);
    await finish(2, 'u1', true);
    expect(await suspects()).toMatchObject({ isComplete: true });
  });

  it('is waited for when the last one is older than two rounds', async () => {
    const { scene, suspects, finish, first } = arrange();
    await first();
    scene.nowMs = 2 * EVERY_MS + 1;
    const look = suspects();
    expect(await isPending(look)).toBe(true);
    await finish(2, 'u1', true);
    expect(await look).toMatchObject({ isComplete: true });
  });

  it('is never about the upgrade before', async () => {
    const { scene, suspects, finish, first } = arrange();
    await first();
    scene.nowMs = EVERY_MS;
    await suspects();
    scene.id = 'u2';
    const look = suspects();
    await finish(2, 'u1');
    expect(await isPending(look)).toBe(true);
    await finish(3, 'u2');
    expect(await look).toMatchObject({ upgradeId: 'u2' });
  });

  it('fails at the look that has to wait for it, and is tried again', async () => {
    const { scene, begun, suspects, finish, first } = arrange();
    const evidence = await first();
    scene.nowMs = EVERY_MS;
    await suspects();
    begun[1]?.reject(new Error('the store is away'));
    await new Promise(setImmediate);
    expect(await suspects()).toBe(evidence);
    scene.nowMs = 3 * EVERY_MS;
    const look = suspects();
    await finish(3, 'u1', true);
    expect(await look).toMatchObject({ isComplete: true });
  });
});
