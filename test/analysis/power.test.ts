/** Power, by simulation: how often something is seen. Seeds are fixed. */

import { describe, expect, it } from 'vitest';
import { type Analysis, analyse, DEFAULT_SETTINGS } from '../../analysis/analyse.ts';
import { aroundQuantile } from '../../analysis/statistics/tail.ts';
import type { LatencyEffect } from '../../rehearse/latency.ts';
import { type EndpointTruth, generateArms } from '../support/generator.ts';
import { tailP } from '../support/tail.ts';
import { analysed, judged, p99OfEndpoint, rejections, simulate, TIMEOUT_MS } from './simulations.ts';

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
      const pValues = simulate(runs, { effect }, (arms) => tailP(arms, aroundQuantile(p)));
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
