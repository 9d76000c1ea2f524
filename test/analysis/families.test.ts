/** From p-values to verdicts: endpoints first, then the tests within one; what is asked of a regression. Seeds are fixed. */

import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { analyse, DEFAULT_SETTINGS } from '../../analysis/analyse.ts';
import { adjustByGroup, benjaminiHochberg } from '../../analysis/statistics/fdr.ts';
import { createRandom } from '../../analysis/statistics/random.ts';
import type { Finding } from '../../model.ts';
import { drawCells, type EndpointPlan } from '../../rehearse/cells.ts';
import { normalDraw } from '../../rehearse/draw.ts';

const TIMEOUT_MS = 120_000;
const pValue = fc.option(fc.double({ min: 1e-9, max: 1, noNaN: true }), { nil: null });

describe('adjustByGroup', () => {
  it('of groups with one test each it is Benjamini-Hochberg; so it is within one group of equal weights', () => {
    fc.assert(
      fc.property(fc.array(pValue, { maxLength: 12 }), (pValues) => {
        const alone = pValues.map((p, index) => ({ group: String(index), p, weight: 2 }));
        const together = pValues.map((p) => ({ group: 'one', p, weight: 2 }));
        expect(adjustByGroup(alone)).toEqual(benjaminiHochberg(pValues));
        expect(adjustByGroup(together)).toEqual(benjaminiHochberg(pValues));
      }),
    );
  });

  it.each<[string, Parameters<typeof adjustByGroup>[0], (number | null)[]]>([
    [
      'four tests of one endpoint do not make four endpoints of it',
      [...[0.01, 0.01, 0.01, 0.01].map((p) => ({ group: 'a', p, weight: 1 })), { group: 'b', p: 0.5, weight: 1 }],
      [0.02, 0.02, 0.02, 0.02, 0.5],
    ],
    [
      'a test of thrice the weight spends three quarters of the budget',
      [
        { group: 'a', p: 0.03, weight: 3 },
        { group: 'a', p: 0.9, weight: 1 },
      ],
      [0.04, 1],
    ],
    [
      'a test that was not made counts nowhere',
      [
        { group: 'a', p: 0.03, weight: 3 },
        { group: 'a', p: null, weight: 1 },
        { group: 'b', p: null, weight: 1 },
      ],
      [0.03, null, null],
    ],
  ])('%s', (_, tests, adjusted) => {
    expect(adjustByGroup(tests)).toEqual(adjusted.map((q) => (q === null ? null : expect.closeTo(q, 12))));
  });

  it('under the null, with tests that resemble each other, any rejection comes in at most one family in twenty', () => {
    const random = createRandom(7);
    const families = Array.from({ length: 400 }, () =>
      Array.from({ length: 20 }, (_endpoint, index) => {
        const shared = normalDraw(random);
        return [0.5, 0.5, 2, 1].map((weight) => {
          const z = Math.sqrt(0.6) * shared + Math.sqrt(0.4) * normalDraw(random);
          return { group: String(index), p: upperTail(z), weight };
        });
      }).flat(),
    );
    const alarms = families.filter((tests) => adjustByGroup(tests).some((q) => q !== null && q <= 0.05)).length;
    expect(alarms / families.length).toBeLessThan(0.05 + 3.1 * Math.sqrt((0.05 * 0.95) / families.length));
    expect(alarms).toBeGreaterThan(0);
  });
});

/** P(Z >= z), good to 1e-7 (Abramowitz and Stegun 7.1.26 on the error function). */
function upperTail(z: number): number {
  const t = 1 / (1 + (0.3275911 * Math.abs(z)) / Math.SQRT2);
  const series = t * (0.254829592 + t * (-0.284496736 + t * (1.421413741 + t * (-1.453152027 + t * 1.061405429))));
  const tail = (series * Math.exp((-z * z) / 2)) / 2;
  return z >= 0 ? tail : 1 - tail;
}

function release(seed: number, endpoints: readonly Partial<EndpointPlan>[], instances = 10): readonly Finding[] {
  const drawn = drawCells({
    ...{ seed, instances, slots: 12, slotMs: 60_000, paired: false, rollout: { kind: 'all' }, historyDays: 0 },
    ...{ noise: { instanceSd: 0.05 }, baselineMs: 0, candidateMs: 3_600_000 },
    endpoints: endpoints.map((endpoint, index) => ({
      ...{
        service: `service${index}`,
        endpoint: 'GET /',
        kind: 'SERVER' as const,
        peer: '',
        medianMs: 20,
        calls: 4_000,
      },
      ...endpoint,
    })),
  });
  return analyse({ ...drawn, changed: [], settings: DEFAULT_SETTINGS, seed }).findings;
}

const shareOf = (runs: number, plan: readonly Partial<EndpointPlan>[], isHit: (finding: Finding) => boolean) =>
  Array.from({ length: runs }, (_, run) => release(1 + run, plan)).filter((findings) => findings.some(isHit)).length /
  runs;
const regressed = ({ verdict }: Finding) => verdict === 'regressed';

describe('what is asked of a regression', () => {
  it(
    'nothing changed at ten endpoints: fewer than one release in twenty is called regressed',
    () => {
      const plain = Array.from({ length: 10 }, () => ({}));
      expect(shareOf(60, plain, regressed)).toBeLessThanOrEqual(0.05);
    },
    TIMEOUT_MS,
  );

  it(
    '+20 % at p99 of 10,000 calls is called regressed in four of five releases',
    () => {
      const isTail = (finding: Finding) => regressed(finding) && finding.signal === 'latency.p99';
      expect(shareOf(40, [{ calls: 10_000, effect: { tail: 0.2 } }], isTail)).toBeGreaterThanOrEqual(0.8);
    },
    TIMEOUT_MS,
  );

  it('a regression is significant and its estimate beyond the tolerance, where instances are counted', () => {
    const findings = Array.from({ length: 20 }, (_, run) => release(1 + run, [{ effect: { slower: 0.07 } }])).flat();
    const found = findings.filter(regressed);
    expect(found.length).toBeGreaterThan(0);
    expect(found.some(({ interval }) => interval !== null && interval[0] < 1.05)).toBe(true);
    for (const { signal, q, ratio } of found) {
      expect(q).toBeLessThanOrEqual(0.05);
      expect(ratio).toBeGreaterThan(signal === 'latency.p99' ? 1.1 : 1.05);
    }
  });

  it('with one instance, or for an improvement, the whole interval must lie beyond it', () => {
    const runs = Array.from({ length: 20 }, (_, run) => run + 1);
    const single = runs.flatMap((seed) => release(seed, [{ effect: { slower: 0.3 } }], 1)).filter(regressed);
    const faster = runs
      .flatMap((seed) => release(seed, [{ effect: { slower: -0.15 } }]))
      .filter(({ verdict }) => verdict === 'improved');
    expect(single.length * faster.length).toBeGreaterThan(0);
    for (const { interval } of single) expect(interval?.[0]).toBeGreaterThan(1.05);
    for (const { interval } of faster) expect(interval?.[1]).toBeLessThan(1 / 1.05);
  });

  it.each<[string, { before: number; after: number }, boolean]>([
    ['1.00 to 1.05', { before: 0, after: 0.05 }, true],
    ['1.01 to 1.06', { before: 0.01, after: 0.06 }, true],
    ['1.50 to 1.60', { before: 0.5, after: 0.6 }, true],
    ['1.000 to 1.01, under the floor', { before: 0, after: 0.01 }, false],
    ['1.20 unchanged', { before: 0.2, after: 0.2 }, false],
  ])('attempts per call from %s', (_, retries, isRegression) => {
    const plan = [{ kind: 'CLIENT' as const, peer: 'pricing', calls: 20_000, retries }];
    const found = shareOf(10, plan, (finding) => regressed(finding) && finding.signal === 'retries');
    expect(found).toBe(isRegression ? 1 : 0);
  });
});
