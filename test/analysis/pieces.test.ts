/** The parts of the analysis on small numbers that can be checked by hand. */

import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { clusterArms } from '../../analysis/control/cluster.ts';
import { chooseArms } from '../../analysis/control/control.ts';
import { guard, sampleRatioMismatch } from '../../analysis/control/guards.ts';
import { persistence, windowsOf } from '../../analysis/detection/persistence.ts';
import { edgeOf, serviceOfPeer } from '../../analysis/input/graph.ts';
import { remember } from '../../analysis/input/remember.ts';
import { DEFAULT_SETTINGS } from '../../analysis/input/settings.ts';
import { cumulate, positionIn, quantileNs, quantilePosition } from '../../analysis/statistics/cumulative.ts';
import {
  countOf,
  durationAt,
  edgeNearest,
  exceedances,
  mergeHistograms,
  totalNs,
} from '../../analysis/statistics/histogram.ts';
import { dataNeeded, minimumDetectable } from '../../analysis/statistics/power.ts';
import { aroundQuantile, beyondQuantile, scoreOf, thresholdsAt } from '../../analysis/statistics/tail.ts';
import { generateArms, histogramOf, SLOT_MS } from '../support/generator.ts';

const durations = fc.array(fc.integer({ min: 1, max: 60_000_000_000 }), { minLength: 1, maxLength: 200 });
const BUCKET_WIDTH = 2 ** (1 / 64);

describe('histograms', () => {
  it('a quantile is within one bucket of the true one', () => {
    fc.assert(
      fc.property(durations, fc.double({ min: 0.01, max: 0.99, noNaN: true }), (values, p) => {
        const sorted = [...values].sort((one, other) => one - other);
        const truth = sorted[Math.max(0, Math.ceil(p * sorted.length) - 1)] ?? 0;
        const ratio = (quantileNs(histogramOf(values), p) ?? 0) / truth;
        expect(ratio).toBeLessThanOrEqual(BUCKET_WIDTH * (1 + 1e-9));
        expect(ratio).toBeGreaterThanOrEqual(1 / BUCKET_WIDTH / (1 + 1e-9));
      }),
    );
  });

  it('a quantile of one is that of a table with one row, to the last bit', () => {
    const counts = fc.array(fc.constantFrom(0, 1, 2, 0.25, 1_000_000), { minLength: 1, maxLength: 40 });
    fc.assert(
      fc.property(counts, fc.double({ min: 0, max: 1, noNaN: true }), (given, p) => {
        const histogram = { buckets: given.map((_, index) => 3 * index - 20), counts: given };
        expect(positionIn(histogram, p)).toBe(quantilePosition(cumulate([histogram]), [1], p));
      }),
      { numRuns: 500 },
    );
  });

  it('buckets that are no whole numbers, and those that are far apart, merge as the others do', () => {
    const merged = mergeHistograms([
      { buckets: [-1_000_000, 1.5, 7], counts: [1, 2, 0] },
      { buckets: [1.5, 2], counts: [3, 4] },
    ]);
    expect(merged).toEqual({ buckets: [-1_000_000, 1.5, 2, 7], counts: [1, 5, 4, 0] });
    expect(mergeHistograms([{ buckets: [7, 2], counts: [0, 4] }])).toEqual({ buckets: [2, 7], counts: [4, 0] });
  });

  it('a call scores once for each threshold of the tail that it exceeds', () => {
    const pooled = { buckets: [1, 2, 3, 4], counts: [90, 8, 1, 1] };
    const thresholds = thresholdsAt(aroundQuantile(0.99), pooled);
    expect(thresholds).toEqual([2, 3]);
    expect(scoreOf(pooled, thresholds)).toEqual({ events: 1 + 2, squares: 1 + 4, exposure: 100 });
    expect(aroundQuantile(0.5)).toEqual([0.5]);
    expect(beyondQuantile(0.8)).toEqual([0.8, 0.9, 0.95]);
  });

  it('merging keeps every call and does not depend on the order', () => {
    fc.assert(
      fc.property(durations, durations, (one, other) => {
        const [first, second] = [histogramOf(one), histogramOf(other)];
        const merged = mergeHistograms([first, second]);
        expect(merged).toEqual(mergeHistograms([second, first]));
        expect(merged).toEqual(histogramOf([...one, ...other]));
        expect(countOf(merged)).toBe(one.length + other.length);
      }),
    );
  });

  it('exceedances count what lies above an edge', () => {
    fc.assert(
      fc.property(durations, fc.integer({ min: 0, max: 2300 }), (values, bucket) => {
        const above = values.filter((ns) => Math.ceil(Math.log2(ns) * 64) - 1 > bucket).length;
        expect(exceedances(histogramOf(values), bucket)).toBe(above);
      }),
    );
  });

  it('totals are right within a bucket', () => {
    fc.assert(
      fc.property(durations, (values) => {
        const truth = values.reduce((sum, value) => sum + value, 0);
        expect(totalNs(histogramOf(values)) / truth).toBeCloseTo(1, 1);
      }),
    );
  });

  it.each([
    [[1, 1, 1, 97], 0.97, 3],
    [[50, 50], 0.5, 0],
    [[100], 0.99, 0],
    [[], 0.5, null],
  ])('of the counts %j the edge nearest to p = %d is that of bucket %s', (counts, p, bucket) => {
    expect(edgeNearest({ buckets: counts.map((_, index) => index), counts }, p)).toBe(bucket);
  });

  it('of nothing there is no quantile', () => {
    expect(quantileNs({ buckets: [], counts: [] }, 0.5)).toBeNull();
    expect(durationAt(64)).toBe(2);
  });
});

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
