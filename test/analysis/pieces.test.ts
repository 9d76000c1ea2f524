/** The parts of the analysis on small numbers that can be checked by hand. */

import { describe, expect, it } from 'vitest';
import { clusterArms } from '../../analysis/control/cluster.ts';
import { chooseArms } from '../../analysis/control/control.ts';
import { guard, sampleRatioMismatch } from '../../analysis/control/guards.ts';
import { mustLast, persistence, windowsOf } from '../../analysis/detection/persistence.ts';
import { edgeOf, serviceOfPeer } from '../../analysis/input/graph.ts';
import { remember } from '../../analysis/input/remember.ts';
import { DEFAULT_SETTINGS } from '../../analysis/input/settings.ts';
import { dataNeeded, minimumDetectable, ratioInterval } from '../../analysis/statistics/power.ts';
import { generateArms, SLOT_MS } from '../support/generator.ts';

describe('clusters', () => {
  const place = (instances: number, slots: number, prefix = 'pod') =>
    Array.from({ length: instances * slots }, (_, index) => ({
      instance: `${prefix}-${Math.floor(index / slots)}`,
      slotMs: (index % slots) * SLOT_MS,
    }));
  const one = () => 1;

  it.each([
    // instances and slots an arm, same instances on both sides -> unit, clusters in the baseline, paired, unseen
    [10, 5, true, 'instance', 10, true, 0],
    [10, 5, false, 'instance', 10, false, 0],
    [4, 3, false, 'instance', 4, false, 0],
    [3, 12, true, 'block', 9, false, 0],
    [3, 12, false, 'block', 9, false, 2 / 3],
    [1, 12, false, 'block', 8, false, 2],
    [1, 3, true, 'block', 3, false, 0],
    [1, 1, true, 'block', 1, false, 0],
  ])(
    '%i instances in %i slots, the same on both sides: %s',
    (instances, slots, same, unit, clusters, paired, unseen) => {
      const arms = clusterArms(place(instances, slots), place(instances, slots, same ? 'pod' : 'new'), one);
      expect(arms).toMatchObject({ unit, paired });
      expect(arms.unseenInstances).toBeCloseTo(unseen);
      expect(arms.baseline.length).toBe(clusters);
      expect(arms.baseline.flatMap(({ members }) => members).length).toBe(instances * slots);
    },
  );

  it('a fleet over 32 is hashed, the same on both sides', () => {
    const arms = clusterArms(place(200, 2), place(200, 2), one);
    expect(arms.baseline.length).toBeLessThanOrEqual(32);
    expect(arms.paired).toBe(true);
    expect(arms.baseline.map(({ id }) => id)).toEqual(arms.candidate.map(({ id }) => id));
  });

  it('one instance that carries nearly everything does not count as ten', () => {
    const members = place(10, 10);
    expect(clusterArms(members, members, ({ instance }) => (instance === 'pod-0' ? 1_000 : 1)).unit).toBe('block');
  });
});

describe('the control ladder', () => {
  const cells = (build: string, slots: readonly number[], variant = '') =>
    slots.map((slot) => ({ instance: build + variant, slotMs: slot * SLOT_MS, build, variant }));
  const before = cells('v1', [0, 1, 2, 3]);

  it('old and new build in the same slots are compared in those slots', () => {
    const chosen = chooseArms(before, [...cells('v1', [10, 11, 12, 13]), ...cells('v2', [11, 12, 13])], undefined);
    expect(chosen.control).toBe('concurrent');
    expect(chosen.baseline.map(({ slotMs }) => slotMs / SLOT_MS)).toEqual([11, 12, 13]);
    expect(new Set(chosen.baseline.map(({ build }) => build))).toEqual(new Set(['v1']));
    expect(new Set(chosen.candidate.map(({ build }) => build))).toEqual(new Set(['v2']));
  });

  it('so are two variants of a flag', () => {
    const after = [...cells('v1', [10, 11, 12, 13], 'retry=old'), ...cells('v1', [10, 11, 12, 13], 'retry=new')];
    const chosen = chooseArms(cells('v1', [0, 1], 'retry=old'), after, undefined);
    expect(chosen.control).toBe('concurrent');
    expect(new Set(chosen.candidate.map(({ variant }) => variant))).toEqual(new Set(['retry=new']));
  });

  it.each([
    ['a clean cut', cells('v2', [10, 11, 12, 13])],
    ['an overlap of two slots', [...cells('v1', [10, 11]), ...cells('v2', [10, 11, 12, 13])]],
    ['no build named', cells('', [10, 11, 12, 13])],
    ['variants mixed within an instance', cells('v1', [10, 11, 12, 13], 'mixed')],
  ])('%s is compared before and after', (_, after) => {
    expect(chooseArms(before, after, undefined)).toEqual({
      control: 'before-after',
      baseline: before,
      candidate: after,
    });
  });

  it('the build that the manifest names is the new one', () => {
    const after = [10, 11, 12].flatMap((slot) => [
      ...cells('v1', [slot]),
      ...cells('v3', [slot, slot]),
      ...cells('v2', [slot]),
    ]);
    const manifest = { service: 'checkout', from: 'v1', to: 'v2' };
    expect(chooseArms(before, after, manifest).candidate.every(({ build }) => build === 'v2')).toBe(true);
  });
});

describe('guards', () => {
  const arms = generateArms({ seed: 1, calls: 2_400, slots: 12 });
  const input = (candidate: typeof arms.candidate) => ({
    baseline: arms.baseline,
    candidate,
    changed: [],
    settings: DEFAULT_SETTINGS,
    seed: 1,
  });

  it('the first minute of a process that starts in the candidate is left out', () => {
    const { startMs } = arms.candidate.range;
    const late = arms.candidate.cells.filter(
      ({ instance, slotMs }) => instance !== 'candidate-3' || slotMs >= startMs + 4 * SLOT_MS,
    );
    const guarded = guard(input({ ...arms.candidate, cells: late }));
    const own = guarded.candidate.cells.filter(({ instance }) => instance === 'candidate-3');
    expect(Math.min(...own.map(({ slotMs }) => slotMs))).toBe(startMs + 5 * SLOT_MS);
    expect(guarded.candidate.cells.length).toBe(late.length - 1);
    expect(guarded.notes).toEqual(['Warm-up left out in the candidate: the first 60 s of 1 processes.']);
  });

  it('a process that was seen for less than twice the warm-up is kept, and named', () => {
    const last = arms.candidate.range.endMs - SLOT_MS;
    const late = arms.candidate.cells.filter(({ instance, slotMs }) => instance !== 'candidate-3' || slotMs >= last);
    const guarded = guard(input({ ...arms.candidate, cells: late }));
    expect(guarded.candidate.cells.length).toBe(late.length);
    expect(guarded.notes.join()).toMatch(/Warm-up kept in the candidate: 1 processes/);
  });

  it('a load that doubled is named', () => {
    const doubled = arms.candidate.cells.map((cell) => ({ ...cell, calls: 2 * cell.calls }));
    expect(guard(input({ ...arms.candidate, cells: doubled })).notes.join()).toMatch(/latency may follow load/);
  });

  it.each([
    [{ baseline: 9_000, candidate: 1_000 }, 'concurrent', 0.1, false],
    [{ baseline: 9_000, candidate: 1_300 }, 'concurrent', 0.1, true],
    [{ baseline: 9_000, candidate: 1_300 }, 'before-after', 0.1, false],
  ] as const)('requests %j by %s, planned share %d: mismatch %s', (calls, control, plannedShare, mismatch) => {
    const found = sampleRatioMismatch(calls, control, { ...DEFAULT_SETTINGS, plannedShare });
    expect(found !== null).toBe(mismatch);
  });
});

describe('persistence', () => {
  const windows = (...rates: number[]) => rates.map((rate) => [{ events: Math.round(rate * 2_000), exposure: 2_000 }]);
  it.each([
    ['in all thirds', windows(0.02, 0.02, 0.02), 'lasts'],
    ['in the last two', windows(0.01, 0.025, 0.025), 'lasts'],
    ['not in the last', windows(0.03, 0.02, 0.01), 'transient'],
    ['in the last alone', windows(0.01, 0.01, 0.04), 'transient'],
    ['in too little data to say', windows(0.02, 0.02), 'unknown'],
  ])('an effect %s', (_, given, verdict) => {
    expect(persistence({ baselineRate: 0.01, candidateRate: 0.02, windows: given })).toBe(verdict);
  });

  it.each([
    ['beyond the tolerance and chance', { p: 0.01, ratio: 1.2 }, true],
    ['better beyond the tolerance and chance', { p: 0.01, ratio: 1 / 1.2 }, true],
    ['from nothing at all', { p: 0.01, ratio: null }, true],
    ['to nothing at all', { p: 0.01, ratio: 0 }, true],
    ['within the tolerance', { p: 0.01, ratio: 1.05 }, false],
    ['better within the tolerance', { p: 0.01, ratio: 1 / 1.05 }, false],
    ['that chance explains', { p: 0.06, ratio: 2 }, false],
    ['of which there is no test', { p: null, ratio: 2 }, false],
  ])('of a change %s it is asked: %s', (_, change, isAsked) => {
    expect(mustLast({ ...change, tolerance: 0.1 }, { falseDiscoveryRate: 0.05 })).toBe(isAsked);
  });

  it('thirds of the time, oldest first', () => {
    const members = [5, 0, 3, 1, 4, 2].map((slotMs) => ({ slotMs }));
    expect(windowsOf(members).map((window) => window.map(({ slotMs }) => slotMs).sort())).toEqual([
      [0, 1],
      [2, 3],
      [4, 5],
    ]);
  });
});

describe('power', () => {
  // Student's t at .975, as tables have it.
  it.each([
    [18, 2.1009],
    [4, 2.7764],
    [18, 2.1009],
    [1, 12.7062],
  ])('an interval at %d degrees of freedom, whatever was asked before', (degreesOfFreedom, t) => {
    const [low, high] = ratioInterval(0, { standardError: 0.1, degreesOfFreedom });
    expect(Math.log(high)).toBeCloseTo(0.1 * t, 4);
    expect(Math.log(low)).toBeCloseTo(-0.1 * t, 4);
  });

  it('the minimum detectable effect grows with the noise and holds the tolerance', () => {
    const precise = minimumDetectable({ standardError: 0.01, degreesOfFreedom: 18 }, 0.1) ?? 0;
    const noisy = minimumDetectable({ standardError: 0.1, degreesOfFreedom: 18 }, 0.1) ?? 0;
    expect(precise).toBeCloseTo(1.1 * Math.exp(0.01 * (2.1009 + 0.8621)), 4);
    expect(noisy).toBeGreaterThan(precise);
    expect(minimumDetectable({ standardError: 0, degreesOfFreedom: 18 }, 0.1)).toBeNull();
  });

  it('four times the data halve an interval', () => {
    expect(dataNeeded(1, [1 / 1.21, 1.21], 0.1)).toBeCloseTo(4);
    expect(dataNeeded(1, [0.99, 1.01], 0.1)).toBe(1);
  });
});

describe('names of services', () => {
  it.each([
    ['checkout', null],
    ['checkout->payments', { caller: 'checkout', callee: 'payments' }],
  ])('%s', (unit, edge) => {
    expect(edgeOf(unit)).toEqual(edge);
  });

  it.each([
    ['checkout', 'checkout'],
    ['checkout:8080', 'checkout'],
    ['checkout.shop.svc.cluster.local:8080', 'checkout'],
    ['api.stripe.com:443', 'api.stripe.com'],
  ])('peer %s is %s', (peer, service) => {
    const key = { service: 'gateway', endpoint: 'POST', kind: 'CLIENT', peer } as const;
    expect(serviceOfPeer(key, new Set(['checkout', 'gateway']))).toBe(service);
  });
});

it('what is remembered of a list is worked out once for it, and anew for its like', () => {
  const asked: number[][] = [];
  const lengthOf = remember((list: number[]) => asked.push(list) && list.length);
  const [one, like] = [
    [7, 8],
    [7, 8],
  ];
  expect([lengthOf(one), lengthOf(one), lengthOf(like)]).toEqual([2, 2, 2]);
  expect(asked.map((list) => [one, like].indexOf(list))).toEqual([0, 1]);
});
