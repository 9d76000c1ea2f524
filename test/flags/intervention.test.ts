/** The controller's own journal as evidence: what turning a flag down showed, and what the report makes of it. */
import { describe, expect, it } from 'vitest';
import { withInterventions } from '../../commands/intervene.ts';
import { interventionsOf } from '../../flags/intervention.ts';
import { changeOutcomes } from '../../flags/outcome.ts';
import { MINUTE, NOW, suspect } from './fixtures.ts';
import { createScene, phases, prepare, type Scene } from './scene.ts';

prepare();

/** Turned off; then the instances follow, or the fault is elsewhere. */
async function turnOff(followsFlag: boolean): Promise<Scene> {
  const scene = await createScene();
  const { script } = scene.telemetry;
  script.followsFlag = followsFlag;
  await scene.until('VERIFY_RECOVERY');
  script.exposed = 0;
  await scene.controller.tick();
  if (!followsFlag) script.nowMs += 10 * MINUTE;
  return scene;
}

describe('the journal of a flag', () => {
  it('whose turning off removed the regression confirms its service', async () => {
    const scene = await turnOff(true);
    await scene.until('HOLD');
    expect(interventionsOf(scene.memory.entries)).toEqual([
      {
        ...{ service: 'checkout', outcome: 'confirmed' },
        words: expect.stringMatching(
          /^scene\.\S+ was turned off in production at \d\d:\d\d:\d\d UTC, and bad events of checkout-latency fell from 30\.0 % to 0\.100 % within \d+ s \(journal line \d+\)$/,
        ),
      },
    ]);
    const [change] = changeOutcomes(scene.memory.entries, [{ id: 'u1', startedMs: NOW - MINUTE }]);
    expect(change).toMatchObject({ outcome: 'recovered', upgradeId: 'u1' });
    expect(change?.detectMs).toBeGreaterThanOrEqual(MINUTE);
    expect(change?.recoverMs).toBeGreaterThan(change?.publishMs ?? Number.POSITIVE_INFINITY);
  });

  it('whose turning off did not help clears it', async () => {
    const scene = await turnOff(false);
    await scene.until('EXHAUSTED');
    const [intervention, ...more] = interventionsOf(scene.memory.entries);
    expect(more).toEqual([]);
    expect(intervention).toMatchObject({ service: 'checkout', outcome: 'cleared' });
    expect(intervention?.words).toMatch(
      /turned off in production at \S+ UTC, and 10 min later checkout-latency still had 30\.0 % bad events \(30\.0 % before\): what the flag gates is not the cause \(journal line \d+\)$/,
    );
    expect(changeOutcomes(scene.memory.entries, [])).toMatchObject([{ outcome: 'did-not-help' }]);
  });

  it('that no instance took up proves nothing', async () => {
    const scene = await createScene();
    scene.telemetry.script.followsFlag = false;
    await scene.until('VERIFY_RECOVERY');
    scene.telemetry.script.nowMs += 11 * MINUTE;
    await scene.controller.tick();
    expect(scene.controller.states()).toMatchObject([
      { state: 'VERIFY_RECOVERY', text: expect.stringMatching(/instances still report/) },
    ]);
    expect(interventionsOf(scene.memory.entries)).toEqual([]);
  });

  it('that a person changed meanwhile proves nothing', async () => {
    const scene = await createScene();
    await scene.until('VERIFY_RECOVERY');
    scene.controller.hold(scene.flag, 'ada');
    await scene.until('YIELDED');
    expect(interventionsOf(scene.memory.entries)).toEqual([]);
    expect(phases(scene)).toContain('KILL');
  });
});

describe('suspects', () => {
  const intervention = (service: string, outcome: 'confirmed' | 'cleared') => ({ service, outcome, words: 'tried' });
  const suspects = ['cart', 'checkout', 'stock'].map((service, index) => suspect(service, { rank: index + 1 }));
  const changed = ['cart', 'pay'].map((service) => ({ service, from: '1', to: '2' }));
  it.each([
    ['stay as they are where nothing was tried', [], ['cart', 'checkout', 'stock']],
    ['that are confirmed come first', [intervention('stock', 'confirmed')], ['stock+', 'cart', 'checkout']],
    ['that are cleared come last', [intervention('cart', 'cleared')], ['checkout', 'stock', 'cart-']],
    [
      'are confirmed by one of several flags',
      [intervention('checkout', 'cleared'), intervention('checkout', 'confirmed')],
      ['checkout+', 'cart', 'stock'],
    ],
    ['are joined by a changed service', [intervention('pay', 'confirmed')], ['pay+', 'cart', 'checkout', 'stock']],
    ['are not joined by a cleared one', [intervention('pay', 'cleared')], ['cart', 'checkout', 'stock']],
    ['are not joined by an unchanged one', [intervention('mail', 'confirmed')], ['cart', 'checkout', 'stock']],
  ])('%s', (_, interventions, expected) => {
    const ranked = withInterventions(suspects, interventions, changed);
    const signs = { confirmed: '+', cleared: '-', none: '' };
    expect(ranked.map(({ service, intervention: mark }) => service + signs[mark ?? 'none'])).toEqual(expected);
    expect(ranked.map(({ rank }) => rank)).toEqual(ranked.map((_suspect, index) => index + 1));
    for (const { intervention: mark, evidence } of ranked.filter((each) => each.intervention !== undefined))
      expect(evidence[evidence.length - 1]).toBe(`${mark} by intervention: tried`);
  });
});
