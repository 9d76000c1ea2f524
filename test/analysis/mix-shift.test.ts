/** Another mix of requests: told from a regression by what changed within each root endpoint. */

import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { analyse, DEFAULT_SETTINGS } from '../../analysis/analyse.ts';
import { splitMix } from '../../analysis/attribution/mix-split.ts';
import { rootTimes, strataOf } from '../../analysis/attribution/mix-strata.ts';
import { createRandom } from '../../analysis/statistics/random.ts';
import type { SelfTimeCell } from '../../model.ts';
import type { Fault } from '../support/workload/faults.ts';
import { armData, drawRelease } from '../support/workload/release.ts';
import { drawSystem } from '../support/workload/system.ts';

const MS = 1e6;

/** `requests` requests of a root, each with so much self time in a unit. */
const time = (
  route: string,
  unit: string,
  requests: number,
  spans: number,
  ms: number,
  instance = 'a',
): SelfTimeCell => ({
  ...{ rootService: 'gateway', rootEndpoint: `POST /${route}`, unit, build: '', variant: '', instance, slotMs: 0 },
  ...{ requests, spans },
  selfTimes: { buckets: [Math.round(64 * Math.log2(ms * MS))], counts: [requests] },
});

describe('the calls of an endpoint by root endpoint', () => {
  const services = new Set(['gateway', 'stock', 'prices']);
  const roots = rootTimes([
    ...[time('buy', 'gateway', 100, 100, 4), time('buy', 'gateway->stock', 100, 200, 2)],
    ...[
      time('buy', 'stock', 100, 200, 16),
      time('buy', 'stock->prices', 50, 50, 1),
      time('buy', 'prices', 100, 100, 8),
    ],
    ...[time('buy', 'gateway->prices', 50, 50, 1), time('look', 'gateway', 300, 300, 4)],
    ...[time('look', 'gateway->stock', 300, 300, 2), time('look', 'stock', 300, 300, 4)],
  ]);
  const means = (finding: Parameters<typeof strataOf>[0]) =>
    strataOf(finding, roots, services).map(({ root, calls, meanNs }) => [root, calls, Math.round(meanNs / MS)]);

  it('a service is called by its callers, and its time holds the part of what it waits for', () => {
    expect(means({ service: 'stock', kind: 'SERVER', peer: '' })).toEqual([
      ['["gateway","POST /buy"]', 200, 10],
      ['["gateway","POST /look"]', 300, 4],
    ]);
  });

  it('a call to a peer holds the edge and the callee', () => {
    expect(means({ service: 'gateway', kind: 'CLIENT', peer: 'stock:8080' })).toEqual([
      ['["gateway","POST /buy"]', 200, 11],
      ['["gateway","POST /look"]', 300, 6],
    ]);
  });

  it('of a service that no request passes there are none', () => {
    expect(means({ service: 'nobody', kind: 'SERVER', peer: '' })).toEqual([]);
  });
});

describe('the split', () => {
  const arm = fc.tuple(
    ...[0, 1].map(() => fc.tuple(fc.integer({ min: 1, max: 500 }), fc.integer({ min: 1, max: 900 }))),
  );
  const splitArm = (routes: readonly (readonly [number, number])[]) => {
    const roots = rootTimes(
      routes.flatMap(([requests, ms], index) =>
        ['a', 'b', 'c', 'd'].map((instance) => time(`route${index}`, 'gateway', requests, requests, ms, instance)),
      ),
    );
    return { roots, strata: strataOf({ service: 'gateway', kind: 'SERVER', peer: '' }, roots, new Set(['gateway'])) };
  };

  it('adds up to the change of the mean, whatever the strata', () => {
    fc.assert(
      fc.property(arm, arm, (before, after) => {
        const split = splitMix(splitArm(before), splitArm(after), 0.05);
        const total = (split?.candidateNs ?? 0) - (split?.baselineNs ?? 0);
        expect((split?.performanceNs ?? 0) + (split?.mixNs ?? 0)).toBeCloseTo(total, 0);
      }),
    );
  });

  it('is all mix where each stratum is as fast as before, all performance where the mix stays', () => {
    const [slow, fast] = [64, 4] as const;
    const before = splitArm([
      [100, fast],
      [100, slow],
    ]);
    const shifted = splitMix(
      before,
      splitArm([
        [50, fast],
        [150, slow],
      ]),
      0.05,
    );
    expect(shifted?.performanceNs).toBeCloseTo(0, 3);
    expect(shifted?.mixNs).toBeCloseTo(15 * MS, -6);
    expect(shifted?.moved).toMatchObject({ baseline: 0.5, candidate: 0.75, root: '["gateway","POST /route1"]' });
    const slower = splitMix(
      before,
      splitArm([
        [200, fast],
        [200, 2 * slow],
      ]),
      0.05,
    );
    expect(slower?.mixNs).toBeCloseTo(0, 3);
    expect(slower?.performanceNs).toBeCloseTo(32 * MS, -6);
  });

  it('needs two strata', () => {
    expect(splitMix(splitArm([[100, 4]]), splitArm([[100, 4]]), 0.05)).toBeNull();
  });
});

function released(seed: number, faults: (endpoint: string) => readonly Fault[]) {
  const system = drawSystem(
    { services: 12, instances: 10, roots: 3, depthOfCalls: 7, sharedEndpoints: true },
    createRandom(seed),
  );
  const release = drawRelease({
    ...{ system, seed: 1_000_000 + seed, requests: 4_000, slots: 6, startMs: Date.UTC(2025, 5, 15, 3) },
    faults: faults(system.roots[1]?.operation.endpoint ?? ''),
    changed: ['service1', 'service2', 'service3', 'service6'],
    noise: { instanceSd: 0.05, drift: { sd: 0.05, correlation: 0.7 } },
  });
  const arms = { baseline: armData(release.baseline), candidate: armData(release.candidate) };
  return analyse({ ...arms, changed: release.changed, settings: DEFAULT_SETTINGS, seed });
}

describe('whole releases', () => {
  it('twice the requests of one route: no regression, and the report says whose requests came', () => {
    const { verdict, conclusion, headline, findings, suspects } = released(2, (endpoint) => [
      { kind: 'mix', endpoint, factor: 2 },
    ]);
    expect(findings.filter((finding) => finding.verdict === 'regressed')).toEqual([]);
    expect({ verdict, conclusion, suspects }).toEqual({
      verdict: 'inconclusive',
      conclusion: 'TRAFFIC_MIX',
      suspects: [],
    });
    expect(headline).toMatch(
      /^Nothing is proved to have regressed, but traffic moved; .*POST \/gateway\/route\d makes [\d.]+ % of its calls, [\d.]+ % before\.$/,
    );
    const told = findings.filter(({ reason }) => reason.includes('as other requests came'));
    expect(told.length).toBeGreaterThan(0);
    for (const { reason } of told)
      expect(reason).toMatch(/like for like it changed by [+-][\d.e-]+ % \(95 % interval .* to .*\)$/);
  });

  it('what the mix does not explain keeps it from being the conclusion', () => {
    const { conclusion, findings } = released(2, (endpoint) => [
      { kind: 'mix', endpoint, factor: 2 },
      { kind: 'errors', service: 'service6', share: 0.003 },
    ]);
    const errors = findings.filter(({ signal, service }) => signal === 'errors' && service === 'service6');
    expect(errors.some(({ verdict, q }) => verdict === 'regressed' || (q ?? 1) < 0.05)).toBe(true);
    expect(conclusion).not.toBe('TRAFFIC_MIX');
  });

  it('a service that got twice as slow meanwhile is still named', () => {
    const { verdict, suspects } = released(2, (endpoint) => [
      { kind: 'mix', endpoint, factor: 2 },
      { kind: 'latency', service: 'service6', effect: { slower: 1 } },
    ]);
    expect({ verdict, first: suspects[0]?.service }).toEqual({ verdict: 'regressed', first: 'service6' });
  });
});
