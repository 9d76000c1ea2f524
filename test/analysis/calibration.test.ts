/** Calibration, by simulation: how often nothing alarms. Seeds are fixed. */

import { describe, expect, it } from 'vitest';
import { bootstrapQuantiles } from '../../analysis/statistics/bootstrap.ts';
import { conditionalTest } from '../../analysis/statistics/conditional.ts';
import { cumulate } from '../../analysis/statistics/cumulate.ts';
import { testExceedance } from '../../analysis/statistics/exceedance.ts';
import { ratioInterval } from '../../analysis/statistics/power.ts';
import { createRandom } from '../../analysis/statistics/random.ts';
import { compareRates } from '../../analysis/statistics/ratio.ts';
import { createResamples } from '../../analysis/statistics/resamples.ts';
import { aroundQuantile, beyondQuantile } from '../../analysis/statistics/tail.ts';
import { normalDraw } from '../../rehearse/draw.ts';
import type { EndpointTruth } from '../support/generator.ts';
import { tailP } from '../support/tail.ts';
import { judged, LEVEL, mostRejections, rejections, simulate, TIMEOUT_MS } from './simulations.ts';

describe('A/A: nothing changed, 4,000 calls an arm, instances differ by 5 %', () => {
  const RUNS = 300;
  const CALLS = 4_000;
  it.each<[string, number, Omit<EndpointTruth, 'seed'>]>([
    ['ten fresh instances', 0.5, {}],
    ['ten fresh instances', 0.99, {}],
    ['ten instances that stay', 0.95, { paired: true }],
    ['ten instances whose slots drift together', 0.95, { drift: { sd: 0.05, correlation: 0.7 } }],
    ['four fresh instances', 0.95, { instances: 4 }],
    ['four instances that stay', 0.95, { instances: 4, paired: true }],
    ['five instances that stay', 0.5, { instances: 5, paired: true }],
    ['three instances that stay, in blocks of time', 0.95, { instances: 3, paired: true }],
    ['one instance that stays, in blocks of time', 0.5, { instances: 1, paired: true }],
  ])(
    '%s, p%d: the exceedance test and the test of the tail keep their level',
    (_, p, truth) => {
      const pValues = simulate(RUNS, { calls: CALLS, ...truth }, ({ baseline, candidate, paired }) => ({
        exceedance: testExceedance(baseline, candidate, { p, paired })?.p ?? null,
        tail: tailP({ baseline, candidate, paired }, aroundQuantile(p)),
        beyond: tailP({ baseline, candidate, paired }, beyondQuantile(p)),
      }));
      for (const test of ['exceedance', 'tail', 'beyond'] as const) {
        const own = pValues.map((each) => each[test]);
        expect(own.every((value) => value !== null)).toBe(true);
        expect(rejections(own)).toBeLessThanOrEqual(mostRejections(RUNS));
      }
    },
    TIMEOUT_MS,
  );

  it.each<[string, Omit<EndpointTruth, 'seed'>]>([
    ['ten fresh instances', {}],
    ['ten instances whose slots drift together', { drift: { sd: 0.05, correlation: 0.7 } }],
    ['ten instances that differ by 20 %', { instanceSd: 0.2 }],
  ])(
    '%s, 40,000 calls: freed of the speed of the instances, the test of the tail keeps its level at p99',
    (_, truth) => {
      const runs = 200;
      const pValues = simulate(runs, { calls: 40_000, ...truth }, (arms) => tailP(arms, aroundQuantile(0.99)));
      expect(rejections(pValues)).toBeLessThanOrEqual(mostRejections(runs));
    },
    TIMEOUT_MS,
  );

  it(
    'the bootstrap interval of p99 holds no change in 95 %',
    () => {
      const misses = simulate(RUNS, { calls: CALLS }, (arms, run) => {
        const [effect] = bootstrapQuantiles(cumulate(arms.baseline), cumulate(arms.candidate), {
          probabilities: [0.99],
          paired: arms.paired,
          resamples: createResamples(200, run),
        });
        if (effect === undefined) throw new Error('no effect');
        const [low, high] = ratioInterval(effect.effect, effect);
        return low > 1 || high < 1;
      }).filter(Boolean).length;
      expect(misses).toBeLessThanOrEqual(mostRejections(RUNS));
    },
    TIMEOUT_MS,
  );

  it.each([
    ['ten fresh instances', {}],
    ['three fresh instances', { instances: 3 }],
    ['one fresh instance', { instances: 1 }],
  ])(
    '%s: fewer than one whole analysis in twenty finds a regression',
    (_, truth) => {
      const runs = 60;
      const alarms = Array.from({ length: runs }, (_run, run) =>
        judged({ seed: 5 + 13 * run, calls: CALLS, ...truth }, 40),
      ).filter((verdict) => verdict === 'regressed');
      expect(alarms.length).toBeLessThanOrEqual(runs * LEVEL);
    },
    TIMEOUT_MS,
  );
});

describe('rates under the null', () => {
  const RUNS = 1_000;
  const draw = (random: () => number, calls: number, rate: number) =>
    Array.from({ length: calls }).filter(() => random() < rate).length;

  it.each([
    [0.02, 100],
    [0.05, 200],
  ])(
    'error rate %d in 10 clusters of %i calls: the ratio estimator keeps its level',
    (rate, calls) => {
      const random = createRandom(3);
      const arm = () => Array.from({ length: 10 }, () => ({ events: draw(random, calls, rate), exposure: calls }));
      const pValues = Array.from(
        { length: RUNS },
        () => compareRates(arm(), arm(), { paired: false, noise: 'binomial' }).p,
      );
      expect(rejections(pValues)).toBeLessThanOrEqual(mostRejections(RUNS));
    },
    TIMEOUT_MS,
  );

  it.each<[string, number[]]>([
    ['all alike', Array(10).fill(4)],
    ['as they come under a rollout, one after the other', [1, 2, 3, 4, 5, 6, 7, 8, 9, 10]],
    ['one with a third of all', [5, 1, 1, 1, 1, 1, 1, 1, 1, 1]],
    ['one with half of all', [9, 1, 1, 1, 1, 1, 1, 1, 1, 1]],
  ])(
    'ten instances that differ by 5 % and bear unequal load (%s): one in a hundred stays one in a hundred',
    (_, loads) => {
      const runs = 10_000;
      const random = createRandom(5);
      const drawn = (exposure: number) => exposure * (1 + 0.05 * normalDraw(random));
      const strong = (paired: boolean) => {
        const pValues = Array.from({ length: runs }, () => {
          const own = loads.map((exposure) => drawn(exposure));
          const arm = () =>
            loads.map((exposure, at) => ({ events: drawn(exposure) + (paired ? (own[at] ?? 0) : 0), exposure }));
          return compareRates(arm(), arm(), { paired, noise: 'none' }).p;
        });
        return pValues.filter((p) => p !== null && p < 0.01).length;
      };
      expect(strong(false)).toBeLessThanOrEqual(mostRejections(runs, 0.01));
      expect(strong(true)).toBeLessThanOrEqual(mostRejections(runs, 0.01));
    },
    TIMEOUT_MS,
  );

  it(
    'three errors expected in an arm: the exact test keeps its level',
    () => {
      const random = createRandom(4);
      const arm = (exposure: number) => ({ events: draw(random, exposure, 0.006), exposure });
      const pValues = Array.from({ length: RUNS }, () => conditionalTest(arm(500), arm(800), 1).p);
      expect(rejections(pValues)).toBeLessThanOrEqual(mostRejections(RUNS));
    },
    TIMEOUT_MS,
  );
});
