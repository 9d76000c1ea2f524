/** The median of a dozen calls, by the exact test: what a person would see. */

import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { analyse, DEFAULT_SETTINGS } from '../../analysis/analyse.ts';
import { medianOfFew } from '../../analysis/statistics/few-calls.ts';
import { BUCKETS_PER_OCTAVE } from '../../analysis/statistics/histogram.ts';
import { createRandom } from '../../analysis/statistics/random.ts';
import { generateArms, histogramOf, normalDraw } from '../support/generator.ts';

/** Calls of these milliseconds, dealt to five clusters. */
const arm = (ms: readonly number[]) =>
  [0, 1, 2, 3, 4].map((cluster) =>
    histogramOf(ms.filter((_, index) => index % 5 === cluster).map((each) => each * 1e6)),
  );
const compare = (baseline: readonly number[], candidate: readonly number[], unseenSd = 0) =>
  medianOfFew({ baseline: arm(baseline), candidate: arm(candidate), unseenSd });
const FAST = [10, 11, 12, 13, 14, 15, 16, 17, 18, 19];

describe('the exact test', () => {
  it('ten slow calls against ten fast ones: one way in 184,756 of dealing them, and mid-p', () => {
    const slow = compare(
      FAST,
      FAST.map((ms) => ms * 10),
    );
    expect(slow?.p).toBeCloseTo(1 / 184_756, 12);
    expect(slow?.ratio).toBeCloseTo(10, 0);
    expect(slow?.bounds[0]).toBeGreaterThan(5);
    expect(
      compare(
        FAST.map((ms) => ms * 10),
        FAST,
      )?.bounds[1],
    ).toBeLessThan(0.2);
  });

  it('the same calls twice are no difference', () => {
    const same = compare(FAST, FAST);
    expect(same?.p).toBeCloseTo(1, 9);
    expect(same?.ratio).toBe(1);
  });

  it.each([
    ['six calls', FAST.slice(4), FAST],
    ['no call', [], FAST],
  ])('says nothing of %s', (_, baseline, candidate) => {
    expect(compare(baseline, candidate)).toBeNull();
  });

  it('what is assumed about instances widens the interval', () => {
    const [known, assumed] = [compare(FAST, FAST), compare(FAST, FAST, 0.1)];
    expect(assumed?.bounds[0]).toBeLessThan(known?.bounds[0] ?? 0);
    expect(assumed?.bounds[1]).toBeGreaterThan(known?.bounds[1] ?? 0);
  });

  it('a candidate that is slower by a factor has the same interval times that factor', () => {
    const calls = fc.uniqueArray(fc.integer({ min: 5, max: 500 }), { minLength: 20, maxLength: 30 });
    fc.assert(
      fc.property(calls, calls, fc.integer({ min: -64, max: 64 }), (baseline, candidate, buckets) => {
        const factor = 2 ** (buckets / BUCKETS_PER_OCTAVE);
        const plain = compare(baseline, candidate);
        const moved = compare(
          baseline,
          candidate.map((ms) => ms * factor),
        );
        fc.pre(plain !== null && moved !== null);
        for (const end of [0, 1] as const) {
          expect(Math.abs(Math.log2((moved?.bounds[end] ?? 0) / (plain?.bounds[end] ?? 0) / factor))).toBeLessThan(0.1);
        }
      }),
    );
  });

  it('the interval holds no change in 95 of 100', () => {
    const random = createRandom(8);
    const draw = (count: number) => Array.from({ length: count }, () => 20 * Math.exp(0.6 * normalDraw(random)));
    const runs = 400;
    const told = Array.from({ length: runs }, () => compare(draw(24), draw(18))).filter((each) => each !== null);
    expect(told.length).toBeGreaterThan(0.7 * runs);
    const held = told.filter(({ bounds }) => bounds[0] <= 1 && bounds[1] >= 1).length;
    expect(held / told.length).toBeGreaterThan(0.93);
  });
});

describe('in the whole analysis: one instance, two dozen calls in an arm', () => {
  const share = (size: number, verdict: string) => {
    const verdicts = Array.from({ length: 100 }, (_, run) => {
      const arms = generateArms({ seed: 5 + 13 * run, calls: 24, instances: 1, effect: { kind: 'scale', size } });
      const { findings } = analyse({
        ...arms,
        changed: [],
        settings: { ...DEFAULT_SETTINGS, bootstrapDraws: 10 },
        seed: 1,
      });
      return findings.find(({ signal }) => signal === 'latency.p50')?.verdict;
    });
    return verdicts.filter((each) => each === verdict).length / 100;
  };

  it('three times as slow is found', () => {
    expect(share(2, 'regressed')).toBeGreaterThanOrEqual(0.85);
  });

  it('nothing is found where nothing changed', () => {
    expect(share(0, 'regressed')).toBeLessThanOrEqual(0.02);
  });
});
