/** A rollout in steps: onset, dose and the instances that were not upgraded, for a suspect and against it. */

import { describe, expect, it } from 'vitest';
import { analyse, DEFAULT_SETTINGS } from '../../analysis/analyse.ts';
import { rolloutEvidence } from '../../analysis/attribution/rollout.ts';
import type { SelfTimeCell } from '../../model.ts';
import type { Rollout } from '../../rehearse/time.ts';
import type { Fault } from '../support/workload/faults.ts';
import { armData, drawRelease } from '../support/workload/release.ts';
import { shop } from '../support/workload/system.ts';

const CHANGED = ['pricing'].map((service) => ({ service, from: `${service}-v1`, to: `${service}-v2` }));
const SLOT_MS = 60_000;
const SLOTS = 12;

/** How slow an instance is in a slot of the candidate, as a factor, when it is upgraded in slot `upgradeAt`. */
type Slowness = (slot: number, upgradeAt: number) => number;

/** Six instances, upgraded in slots 3 to 8, one after the other; levels wobble by some per cent. */
function staggered(slowness: Slowness) {
  const wobble = (instance: number, slot: number) => 1 + 0.01 * (((instance * 7 + slot * 13) % 5) - 2);
  const cellsOf = (arm: 'baseline' | 'candidate'): SelfTimeCell[] =>
    Array.from({ length: 6 * SLOTS }, (_, index) => {
      const [instance, slot] = [Math.floor(index / SLOTS), index % SLOTS];
      const upgradeAt = instance + 3;
      const factor = arm === 'baseline' ? 1 : slowness(slot, upgradeAt);
      const ns = 1e7 * factor * wobble(instance, slot + (arm === 'baseline' ? 3 : 0));
      return {
        ...{ rootService: 'gateway', rootEndpoint: 'POST /buy', unit: 'pricing', variant: '', requests: 50, spans: 50 },
        build: arm === 'candidate' && slot >= upgradeAt ? 'pricing-v2' : 'pricing-v1',
        ...{ instance: `pricing-${instance}`, slotMs: (slot + (arm === 'baseline' ? 0 : SLOTS)) * SLOT_MS },
        selfTimes: { buckets: [Math.ceil(64 * Math.log2(ns))], counts: [50] },
      };
    });
  const armOf = (arm: 'baseline' | 'candidate', startMs: number) => ({
    range: { startMs, endMs: startMs + SLOTS * SLOT_MS },
    ...{ slotMs: SLOT_MS, cells: [], selfTimes: cellsOf(arm) },
  });
  return {
    ...{ baseline: armOf('baseline', 0), candidate: armOf('candidate', SLOTS * SLOT_MS) },
    ...{ changed: CHANGED, settings: DEFAULT_SETTINGS, seed: 1 },
  };
}

describe('of a rollout in steps', () => {
  it('an effect that comes with each upgrade speaks for the build, three times', () => {
    const { support, against } = rolloutEvidence(
      'pricing',
      staggered((slot, at) => (slot >= at ? 1.4 : 1)),
    );
    expect(against).toEqual([]);
    expect(support).toEqual([
      expect.stringMatching(
        /^of 6 instances that were upgraded one after the other, 6 got slower within a slot of their own upgrade \(27\.3 % would by chance, p < 0\.001\)$/,
      ),
      expect.stringMatching(
        /^its self time rose as the share of requests on its new build went from 0 % to 100 % over 12 slots: \+[34]\d(\.\d)? % from none to all, p < 0\.001$/,
      ),
      expect.stringMatching(
        /^its instances still on the old build did not slow down alike \([+-][\d.]+ %, on the new build \+[34]\d/,
      ),
    ]);
  });

  it('an effect that came to all at once, before any upgrade, speaks against it', () => {
    const { support, against } = rolloutEvidence(
      'pricing',
      staggered(() => 1.4),
    );
    expect(support).toEqual([]);
    expect(against).toContainEqual(
      expect.stringMatching(/^against it: its self time did not rise as the share of requests on its new build went/),
    );
    expect(against).toContainEqual(
      expect.stringMatching(/^against it: its instances still on the old build slowed down as well \(\+[34]\d/),
    );
  });

  it('an effect that came to all in one slot of the rollout is not at their own upgrades', () => {
    const { against } = rolloutEvidence(
      'pricing',
      staggered((slot) => (slot >= 10 ? 1.4 : 1)),
    );
    expect(against).toContainEqual(
      expect.stringMatching(/^against it: of 6 instances that were upgraded one after the other, 0 got slower/),
    );
  });

  it.each<[string, string, Slowness]>([
    ['a build that is no slower', 'pricing', () => 0.9],
    ['a service that no request passes', 'catalog', () => 1.4],
  ])('%s: nothing to say', (_, service, slowness) => {
    expect(rolloutEvidence(service, staggered(slowness))).toEqual({ support: [], against: [] });
  });
});

function released(rollout: Rollout, fault: Fault) {
  const release = drawRelease({
    ...{ seed: 3, system: shop(8), changed: ['pricing'], faults: [fault], requests: 6_000, slots: SLOTS },
    ...{ rollout, paired: true, noise: { instanceSd: 0.05, drift: { sd: 0.03, correlation: 0.5 } } },
  });
  const arms = { baseline: armData(release.baseline), candidate: armData(release.candidate) };
  return analyse({ ...arms, changed: release.changed, settings: { ...DEFAULT_SETTINGS, warmupMs: 0 }, seed: 1 });
}

describe('in whole releases', () => {
  const slower: Fault = { kind: 'latency', service: 'pricing', effect: { slower: 1 } };

  it('a suspect that was upgraded in steps shows when it got slower', () => {
    const [first] = released({ kind: 'staggered' }, slower).suspects;
    expect(first?.service).toBe('pricing');
    expect(first?.evidence).toContainEqual(expect.stringContaining('got slower within a slot of their own upgrade'));
    expect(first?.evidence).toContainEqual(expect.stringContaining('did not slow down alike'));
  });

  it('one that was upgraded at once has nothing to show', () => {
    const [first] = released({ kind: 'all' }, slower).suspects;
    expect(first?.service).toBe('pricing');
    expect(first?.evidence.join()).not.toMatch(/own upgrade|new build/);
  });
});
