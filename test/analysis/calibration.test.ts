/** Calibration and power, by simulation: how often nothing alarms, and how often something is seen. Seeds are fixed. */

import { describe, expect, it } from 'vitest';
import { type Analysis, analyse, DEFAULT_SETTINGS } from '../../analysis/analyse.ts';
import { clusterArms } from '../../analysis/control/cluster.ts';
import { bootstrapQuantiles } from '../../analysis/statistics/bootstrap.ts';
import { conditionalTest } from '../../analysis/statistics/conditional.ts';
import { testExceedance } from '../../analysis/statistics/exceedance.ts';
import { mergeHistograms } from '../../analysis/statistics/histogram.ts';
import { ratioInterval } from '../../analysis/statistics/power.ts';
import { createRandom } from '../../analysis/statistics/random.ts';
import { compareRates } from '../../analysis/statistics/ratio.ts';
import { aroundQuantile, beyondQuantile, testTail } from '../../analysis/statistics/tail.ts';
import type { Cell, Finding } from '../../model.ts';
import { drawCells } from '../../rehearse/cells.ts';
import type { LatencyEffect } from '../../rehearse/latency.ts';
import { type FanOutTruth, generateFanOut } from '../support/fan-out.ts';
import { type EndpointTruth, generateArms } from '../support/generator.ts';

const LEVEL = 0.05;
const TIMEOUT_MS = 120_000;

/** Most rejections among `runs` A/A comparisons that a test of the nominal level gives in 999 of 1,000 simulations. */
function mostRejections(runs: number, level = LEVEL): number {
  return Math.floor(runs * level + 3.1 * Math.sqrt(runs * level * (1 - level)));
}

function simulate<T>(runs: number, truth: Omit<EndpointTruth, 'seed'>, measure: (arms: Arms, run: number) => T): T[] {
  return Array.from({ length: runs }, (_, run) => measure(histogramsOf({ seed: 1 + 7 * run, ...truth }), run));
}

type Arms = ReturnType<typeof histogramsOf>;

function histogramsOf(truth: EndpointTruth) {
  const arms = generateArms(truth);
  const clusters = clusterArms(arms.baseline.cells, arms.candidate.cells, ({ calls }) => calls);
  const merged = ({ members }: { readonly members: readonly Cell[] }) =>
    mergeHistograms(members.map(({ durations }) => durations));
  return {
    baseline: clusters.baseline.map(merged),
    candidate: clusters.candidate.map(merged),
    paired: clusters.paired,
  };
}

const rejections = (pValues: readonly (number | null)[]) => pValues.filter((p) => p !== null && p < LEVEL).length;

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
        tail: testTail(baseline, candidate, { probabilities: aroundQuantile(p), paired })?.p ?? null,
        beyond: testTail(baseline, candidate, { probabilities: beyondQuantile(p), paired })?.p ?? null,
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
      const pValues = simulate(
        runs,
        { calls: 40_000, ...truth },
        (arms) =>
          testTail(arms.baseline, arms.candidate, { probabilities: aroundQuantile(0.99), paired: arms.paired })?.p ??
          null,
      );
      expect(rejections(pValues)).toBeLessThanOrEqual(mostRejections(runs));
    },
    TIMEOUT_MS,
  );

  it(
    'the bootstrap interval of p99 holds no change in 95 %',
    () => {
      const misses = simulate(RUNS, { calls: CALLS }, (arms, run) => {
        const [effect] = bootstrapQuantiles(arms.baseline, arms.candidate, {
          probabilities: [0.99],
          draws: 200,
          paired: arms.paired,
          random: createRandom(run),
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

describe('power at 10,000 calls an arm and ten fresh instances', () => {
  it.each<[string, number, NonNullable<EndpointTruth['effect']>, number]>([
    ['everything 20 % slower', 0.5, { kind: 'scale', size: 0.2 }, 0.99],
    ['everything 20 % slower', 0.95, { kind: 'scale', size: 0.2 }, 0.99],
    ['the tail 20 % longer', 0.99, { kind: 'tail', size: 0.2 }, 0.9],
    ['the tail 50 % longer', 0.99, { kind: 'tail', size: 0.5 }, 0.99],
  ])(
    '%s: the test at p%d sees it',
    (_, p, effect, power) => {
      const runs = 60;
      const pValues = simulate(
        runs,
        { effect },
        (arms) =>
          testTail(arms.baseline, arms.candidate, { probabilities: aroundQuantile(p), paired: arms.paired })?.p ?? null,
      );
      expect(rejections(pValues)).toBeGreaterThanOrEqual(power * runs);
    },
    TIMEOUT_MS,
  );

  it(
    'a verdict asks for an estimate beyond the tolerance of 10 %, so that +5 % is seldom a regression; to act, the whole interval must be',
    () => {
      const share = (size: number, isHit: (analysis: Analysis) => boolean) =>
        Array.from({ length: 40 }, (_, run) =>
          analysed({ seed: 5 + 13 * run, effect: { kind: 'tail', size } }, 40, 0.1),
        ).filter(isHit).length / 40;
      const isRegressed = ({ verdict }: Analysis) => verdict === 'regressed';
      const isConclusive = ({ findings }: Analysis) =>
        findings.some(({ verdict, conclusive }) => verdict === 'regressed' && conclusive);
      expect(share(0.05, isRegressed)).toBeLessThanOrEqual(0.1);
      expect(share(0.05, isConclusive)).toBe(0);
      expect(share(0.5, isRegressed)).toBeGreaterThanOrEqual(0.95);
      expect(share(0.5, isConclusive)).toBeGreaterThanOrEqual(0.95);
    },
    TIMEOUT_MS,
  );

  it(
    '100,000 calls: the tail 10 % longer is found, and a body that is 10 % faster makes no longer tail of the same one',
    () => {
      const p99s = (effect: LatencyEffect) => Array.from({ length: 20 }, (_, seed) => p99OfEndpoint(seed + 1, effect));
      const found = p99s({ tail: 0.1 }).filter(({ verdict }) => verdict === 'regressed');
      expect(found.length).toBeGreaterThanOrEqual(17);
      const same = p99s({ slower: -0.1, tail: 1 / 0.9 - 1 }).filter(({ verdict }) => verdict === 'regressed');
      expect(same.length).toBeLessThanOrEqual(1);
    },
    TIMEOUT_MS,
  );

  it.each([
    ['four instances that stay', { instances: 4, paired: true }],
    ['four fresh instances', { instances: 4 }],
    ['three instances that stay', { instances: 3, paired: true }],
  ])(
    'small fleets are judged too: %s, everything 60 % slower',
    (_, truth) => {
      const verdicts = Array.from({ length: 20 }, (_run, run) =>
        judged({ seed: 5 + 13 * run, ...truth, effect: { kind: 'scale', size: 0.6 } }, 60),
      );
      expect(verdicts.filter((verdict) => verdict === 'regressed').length).toBeGreaterThanOrEqual(19);
    },
    TIMEOUT_MS,
  );

  it(
    'an effect of the minimum detectable size is flagged about as often as promised',
    () => {
      const settings = { ...DEFAULT_SETTINGS, bootstrapDraws: 60 };
      const p99Of = (truth: EndpointTruth) =>
        analyse({ ...generateArms(truth), changed: [], settings, seed: 1 }).findings.find(
          ({ signal }) => signal === 'latency.p99',
        );
      const reference = Array.from({ length: 20 }, (_, run) => p99Of({ seed: 900 + run })?.minimumDetectable ?? 0);
      const size = reference.reduce((sum, value) => sum + value, 0) / reference.length - 1;
      const runs = 60;
      const flagged = Array.from(
        { length: runs },
        (_, run) => p99Of({ seed: 31 * run, effect: { kind: 'tail', size } })?.verdict,
      );
      const share = flagged.filter((verdict) => verdict === 'regressed').length / runs;
      expect(share).toBeGreaterThan(0.65);
      expect(share).toBeLessThan(0.95);
    },
    TIMEOUT_MS,
  );
});

describe('calls per request: one service, two root endpoints, five callees', () => {
  const settings = { ...DEFAULT_SETTINGS, bootstrapDraws: 2 };
  const drift = { sd: 0.05, correlation: 0.7 };
  const callsOf = (truth: FanOutTruth) =>
    analyse({ ...generateFanOut(truth), changed: [], settings, seed: 1 }).findings.filter(
      ({ signal }) => signal === 'calls',
    );
  const share = (
    runs: number,
    truth: Omit<FanOutTruth, 'seed'>,
    isHit: (calls: ReturnType<typeof callsOf>) => boolean,
  ) => Array.from({ length: runs }, (_, run) => callsOf({ seed: 11 + 17 * run, ...truth })).filter(isHit).length / runs;

  it.each<[string, Omit<FanOutTruth, 'seed'>]>([
    ['ten fresh instances', { instances: 10 }],
    ['ten instances that stay', { instances: 10, paired: true }],
    ['ten fresh instances whose slots drift together', { instances: 10, drift }],
    ['four fresh instances', { instances: 4 }],
    ['one fresh instance', { instances: 1, requests: 500 }],
    ['one instance that stays, whose slots drift', { instances: 1, requests: 500, paired: true, drift }],
    ['one instance that stays, 60 requests', { instances: 1, requests: 60, paired: true }],
    ['another mix of requests', { instances: 10, purchases: { baseline: 0.3, candidate: 0.45 } }],
  ])(
    'nothing changed, %s: one comparison in twenty shows anything, and fewer a regression',
    (_, truth) => {
      const runs = 100;
      const significant = share(runs, truth, (calls) => calls.some(({ q }) => q !== null && q <= LEVEL));
      expect(significant * runs).toBeLessThanOrEqual(mostRejections(runs));
      const flagged = share(runs, truth, (calls) => calls.some(({ verdict }) => verdict === 'regressed'));
      expect(flagged).toBeLessThanOrEqual(0.02);
    },
    TIMEOUT_MS,
  );

  it.each<[string, Omit<FanOutTruth, 'seed'>, number]>([
    [
      '30 % of the purchases no longer reach payment, 2,000 requests',
      { early: { share: 0.3, before: 'payment' } },
      0.95,
    ],
    [
      'all of them, one fresh instance with a dozen purchases',
      { instances: 1, requests: 40, early: { share: 1, before: 'payment' } },
      0.95,
    ],
    [
      'twice the calls, one fresh instance',
      { instances: 1, requests: 500, more: { callee: 'catalog', times: 2 } },
      0.95,
    ],
  ])(
    '%s: it is found',
    (_, truth, power) => {
      expect(share(40, truth, (calls) => calls.some(({ verdict }) => verdict === 'regressed'))).toBeGreaterThanOrEqual(
        power,
      );
    },
    TIMEOUT_MS,
  );
});

const judged = (truth: EndpointTruth, bootstrapDraws: number) => analysed(truth, bootstrapDraws).verdict;

function analysed(truth: EndpointTruth, bootstrapDraws: number, p99 = DEFAULT_SETTINGS.tolerances.p99): Analysis {
  const tolerances = { ...DEFAULT_SETTINGS.tolerances, p99 };
  const settings = { ...DEFAULT_SETTINGS, bootstrapDraws, tolerances };
  return analyse({ ...generateArms(truth), changed: [], settings, seed: 1 });
}

/** Ten fresh instances that differ by 5 %, 100,000 calls an arm. */
function p99OfEndpoint(seed: number, effect: LatencyEffect): Finding {
  const key = { service: 'checkout', endpoint: 'POST /checkout', kind: 'SERVER', peer: '' } as const;
  const { baseline, candidate } = drawCells({
    ...{ seed, instances: 10, slots: 12, slotMs: 60_000, noise: {}, rollout: { kind: 'all' }, paired: false },
    ...{ baselineMs: 1_750_000_000_000, candidateMs: 1_750_003_600_000, historyDays: 0 },
    endpoints: [{ ...key, medianMs: 20, calls: 100_000, effect }],
  });
  const settings = { ...DEFAULT_SETTINGS, bootstrapDraws: 40 };
  const { findings } = analyse({ baseline, candidate, changed: [], settings, seed });
  const found = findings.find(({ signal }) => signal === 'latency.p99');
  if (found === undefined) throw new Error('no finding of p99');
  return found;
}
