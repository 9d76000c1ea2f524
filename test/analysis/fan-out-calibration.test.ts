/** Calls per request by simulation: how often nothing alarms, and how often something is seen. Seeds are fixed. */

import { describe, expect, it } from 'vitest';
import { analyse, DEFAULT_SETTINGS } from '../../analysis/analyse.ts';
import { type FanOutTruth, generateFanOut } from '../support/fan-out.ts';
import { LEVEL, mostRejections, TIMEOUT_MS } from './simulations.ts';

describe('calls per request: one service, two root endpoints, five callees', () => {
  const settings = { ...DEFAULT_SETTINGS, bootstrapDraws: 2 };
  const drift = { sd: 0.05, correlation: 0.7 };
  const callsOf = (truth: FanOutTruth) =>
    analyse({ ...generateFanOut(truth), changed: [], settings, seed: 1 }).findings.filter(
      ({ signal }) => signal === 'calls',
    );
  const simulate = (runs: number, truth: Omit<FanOutTruth, 'seed'>) =>
    Array.from({ length: runs }, (_, run) => callsOf({ seed: 11 + 17 * run, ...truth }));
  const isRegressed = (calls: ReturnType<typeof callsOf>) => calls.some(({ verdict }) => verdict === 'regressed');

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
      const releases = simulate(runs, truth);
      const significant = releases.filter((calls) => calls.some(({ q }) => q !== null && q <= LEVEL));
      expect(significant.length).toBeLessThanOrEqual(mostRejections(runs));
      expect(releases.filter(isRegressed).length).toBeLessThanOrEqual(0.02 * runs);
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
      const runs = 40;
      expect(simulate(runs, truth).filter(isRegressed).length).toBeGreaterThanOrEqual(power * runs);
    },
    TIMEOUT_MS,
  );
});
