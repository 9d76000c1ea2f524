/** Old and new that serve together, in shares that change: weights that let both lie alike in time. */
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { analyse, DEFAULT_SETTINGS } from '../../analysis/analyse.ts';
import { type Balance, balanceOf } from '../../analysis/control/balance.ts';
import { type CellPlan, drawCells } from '../../rehearse/cells.ts';

interface Load {
  readonly instance: string;
  readonly slotMs: number;
  readonly load: number;
}

const MINUTE = 60_000;
const loadsOf = (loads: readonly number[]): Load[] =>
  loads.map((load, slot) => ({ instance: 'a', slotMs: slot * MINUTE, load })).filter(({ load }) => load > 0);
const of = (baseline: readonly number[], candidate: readonly number[]) =>
  balanceOf(loadsOf(baseline), loadsOf(candidate), ({ load }) => load);
const weighted = (loads: readonly number[], weightAt: Balance['baseline']) =>
  loads.map((load, slot) => load * weightAt(slot * MINUTE));

const rising = Array.from({ length: 12 }, (_, slot) => 1_000 * slot);
const falling = rising.toReversed();

describe('weights', () => {
  it.each([
    ['a canary', Array(12).fill(9_000), Array(12).fill(1_000)],
    ['old and new that leave and come together', rising, rising],
    ['a day that is busiest in the middle', [...rising, ...falling], [...falling, ...rising]],
    ['too few calls to tell', rising.map((load) => load / 100), falling.map((load) => load / 100)],
    ['one slot', [5_000], [5_000]],
  ])('none for %s', (_, baseline, candidate) => {
    expect(of(baseline, candidate)).toBeNull();
  });

  it('old that goes while new comes: in each part of the time both have the same share, and nothing weighs more than it did', () => {
    const balance = of(falling, rising);
    const [old, fresh] = [
      weighted(falling, balance?.baseline ?? Number),
      weighted(rising, balance?.candidate ?? Number),
    ];
    expect(old).toEqual(fresh.map((load) => expect.closeTo(load, -2)));
    expect(old).toEqual(falling.map((load, slot) => expect.closeTo(Math.min(load, rising[slot] ?? 0), -2)));
  });

  it('are from 0 to 1, and leave both arms lying alike, whatever the loads', () => {
    const loads = fc.array(fc.nat({ max: 50_000 }), { minLength: 12, maxLength: 12 });
    fc.assert(
      fc.property(loads, loads, (baseline, candidate) => {
        const balance = of(baseline, candidate);
        if (balance === null) return;
        const weights = [balance.baseline, balance.candidate].flatMap((at) =>
          baseline.map((_, slot) => at(slot * MINUTE)),
        );
        expect(weights.every((weight) => weight >= 0 && weight <= 1)).toBe(true);
        const shares = [weighted(baseline, balance.baseline), weighted(candidate, balance.candidate)].map((arm) => {
          const all = arm.reduce((total, load) => total + load, 0);
          return arm.map((load) => load / all);
        });
        expect(shares[0]).toEqual(shares[1]?.map((share) => expect.closeTo(share, 2)));
      }),
    );
  });
});

describe('a service that is upgraded instance after instance while the day makes everything slower', () => {
  const plan: CellPlan = {
    ...{ seed: 1, instances: 20, slots: 40, slotMs: MINUTE, paired: false, historyDays: 0 },
    // Twice as slow twelve hours later, nothing by chance: what is found is the day.
    noise: { instanceSd: 0, dailyRise: 1 },
    rollout: { kind: 'staggered', everySlots: 2 },
    baselineMs: Date.UTC(2025, 5, 15, 8),
    candidateMs: Date.UTC(2025, 5, 15, 9),
    endpoints: [
      { service: 'checkout', endpoint: 'POST /orders', kind: 'SERVER', peer: '', medianMs: 60, calls: 400_000 },
    ],
  };
  const medianRatio = (more: Partial<CellPlan>) => {
    const changed = [{ service: 'checkout', from: 'checkout-v1', to: 'checkout-v2' }];
    const { findings } = analyse({ ...drawCells({ ...plan, ...more }), changed, settings: DEFAULT_SETTINGS, seed: 1 });
    const finding = findings.find(({ signal }) => signal === 'latency.p50');
    expect(finding?.control).toBe('concurrent');
    return { ratio: finding?.ratio ?? 0, calls: finding?.calls };
  };

  it('is not called slower: old serves early and new late', () => {
    expect(medianRatio({}).ratio).toBeCloseTo(1, 2);
  });

  it('is called slower by as much as it is', () => {
    const [endpoint] = plan.endpoints;
    const slower = endpoint === undefined ? [] : [{ ...endpoint, effect: { slower: 0.1 } }];
    expect(medianRatio({ endpoints: slower }).ratio).toBeCloseTo(1.1, 2);
  });

  it('tells the calls that were made, not those that weigh', () => {
    const { calls } = medianRatio({});
    // In 38 minutes 19 instances come and go; the first minute of each new one is left out, and what old ones served in the first.
    expect(calls?.baseline).toBe((19 * 19 * 400_000) / 20 / 40);
    expect(calls?.candidate).toBe(calls?.baseline);
  });
});
