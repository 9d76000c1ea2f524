/** The statistics against SciPy: values frozen by test/golden/statistics.py, one file a function. */

import { describe, expect, it } from 'vitest';
import { conditionalTest } from '../../analysis/statistics/conditional.ts';
import {
  binomialAtLeast,
  chiSquareAtLeast,
  normalTwoSided,
  normalUpTo,
  studentQuantile,
  studentTwoSided,
} from '../../analysis/statistics/distributions.ts';
import { adjustByGroup, benjaminiHochberg } from '../../analysis/statistics/fdr.ts';
import { medianOfFew } from '../../analysis/statistics/few-calls.ts';
import { permutationTest } from '../../analysis/statistics/permutation.ts';
import { compareRates } from '../../analysis/statistics/ratio.ts';
import { adjustForSpeed, speedOf } from '../../analysis/statistics/speed-adjusted.ts';
import type { Histogram } from '../../model.ts';
import { wilson } from '../../rehearse/wilson.ts';
import adjustForSpeedGolden from '../golden/statistics/adjustForSpeed.json' with { type: 'json' };
import benjaminiHochbergGolden from '../golden/statistics/benjaminiHochberg.json' with { type: 'json' };
import binomialAtLeastGolden from '../golden/statistics/binomialAtLeast.json' with { type: 'json' };
import chiSquareAtLeastGolden from '../golden/statistics/chiSquareAtLeast.json' with { type: 'json' };
import conditionalGolden from '../golden/statistics/conditional.json' with { type: 'json' };
import medianOfFewGolden from '../golden/statistics/medianOfFew.json' with { type: 'json' };
import normalQuantileGolden from '../golden/statistics/normalQuantile.json' with { type: 'json' };
import normalTwoSidedGolden from '../golden/statistics/normalTwoSided.json' with { type: 'json' };
import permutationGolden from '../golden/statistics/permutation.json' with { type: 'json' };
import studentQuantileGolden from '../golden/statistics/studentQuantile.json' with { type: 'json' };
import studentTwoSidedGolden from '../golden/statistics/studentTwoSided.json' with { type: 'json' };
import weightedBenjaminiHochbergGolden from '../golden/statistics/weightedBenjaminiHochberg.json' with { type: 'json' };
import welchGolden from '../golden/statistics/welch.json' with { type: 'json' };
import wilsonGolden from '../golden/statistics/wilson.json' with { type: 'json' };

/** Relative, so that a tail of 1e-20 is held to its digits as well. */
function expectNear(value: number | null, reference: number, relative = 1e-9): void {
  expect(Math.abs((value ?? Number.NaN) - reference)).toBeLessThanOrEqual(relative * Math.abs(reference) + 1e-300);
}

const asCounts = (rates: readonly number[]) => rates.map((rate) => ({ events: rate, exposure: 1 }));

describe('distribution functions agree with SciPy', () => {
  it.each(studentTwoSidedGolden.values)('t = $t, $df degrees of freedom', ({ t, df, p }) => {
    expectNear(studentTwoSided(t, df), p);
  });
  it.each(studentQuantileGolden.values)('t quantile $p, $df degrees of freedom', ({ p, df, t }) => {
    expectNear(studentQuantile(p, df), t);
  });
  it.each(normalTwoSidedGolden.values)('z = $z', ({ z, p }) => {
    expectNear(normalTwoSided(z), p);
  });
  it.each(normalQuantileGolden.values)('normal quantile $p', ({ p, z }) => {
    expectNear(normalUpTo(p), z);
  });
  it.each(binomialAtLeastGolden.values)('at least $k of $n at $share', ({ k, n, share, p }) => {
    expectNear(binomialAtLeast(k, n, share), p);
  });
  it.each(chiSquareAtLeastGolden.values)('chi-square $x', ({ x, df, p }) => {
    expectNear(chiSquareAtLeast(x, df), p);
  });
});

describe('tests agree with SciPy', () => {
  it.each(benjaminiHochbergGolden.values)('Benjamini-Hochberg of $p.length tests', ({ p, q }) => {
    const adjusted = benjaminiHochberg(p);
    for (const [index, reference] of q.entries()) expectNear(adjusted[index] ?? null, reference);
  });

  it('Benjamini-Hochberg leaves out what was not tested', () => {
    expect(benjaminiHochberg([null, 0.01, null, 0.04])).toEqual([null, 0.02, null, 0.04]);
    expect(benjaminiHochberg([null])).toEqual([null]);
  });

  it.each(conditionalGolden.values)('mid-p of $a in $na against $b in $nb', ({ a, na, b, nb, p, low, high }) => {
    const test = conditionalTest({ events: a, exposure: na }, { events: b, exposure: nb }, 1);
    expectNear(test.p, p);
    expectNear(test.interval[0], low, 1e-7);
    if (high === null) expect(test.interval[1]).toBe(Number.POSITIVE_INFINITY);
    else expectNear(test.interval[1], high, 1e-7);
  });

  it.each(welchGolden.values)('Welch and paired t of $baseline.length clusters of equal size', (reference) => {
    const [before, after] = [asCounts(reference.baseline), asCounts(reference.candidate)];
    const independent = compareRates(before, after, { paired: false, noise: 'none' });
    expectNear(independent.degreesOfFreedom, reference.df);
    expectNear(independent.difference / independent.standardError, reference.t);
    const paired = compareRates(before, after, { paired: true, noise: 'none' });
    // With six clusters or fewer the permutation test has a veto, so only the larger cases are the plain t test.
    if (before.length > 6) {
      expectNear(independent.p, reference.p);
      expectNear(paired.p, reference.paired);
    }
  });

  it.each(permutationGolden.values)('exact permutation of $baseline.length against $candidate.length', (reference) => {
    expectNear(
      permutationTest(asCounts(reference.baseline), asCounts(reference.candidate), false)?.p ?? null,
      reference.p,
    );
  });

  it.each(medianOfFewGolden.values)('median of a few calls in $clusters clusters', (reference) => {
    const arm = (of: Histogram) => Array.from({ length: reference.clusters }, () => of);
    const test = medianOfFew({ baseline: arm(reference.baseline), candidate: arm(reference.candidate), unseenSd: 0 });
    expectNear(test?.p ?? null, reference.p);
    // The normal law that stands in for many pairs.
    expect(Math.abs((test?.p ?? 0) - reference.exact)).toBeLessThan(0.03 * reference.exact + 1e-4);
  });

  it.each(adjustForSpeedGolden.values)(
    'a rate freed of the speed of $baseline.rates.length instances an arm',
    (reference) => {
      const of = (name: 'rates' | 'speeds') => ({
        baseline: asCounts(reference.baseline[name]),
        candidate: asCounts(reference.candidate[name]),
      });
      const speed = speedOf(of('speeds'));
      const adjusted = speed && adjustForSpeed(of('rates'), speed, { baseline: 0, candidate: 0 });
      expectNear(adjusted?.difference ?? null, reference.difference);
      expectNear(adjusted?.p ?? null, reference.p);
    },
  );

  it.each(weightedBenjaminiHochbergGolden.values)('weights $weights within one endpoint', ({ p, weights, q }) => {
    const adjusted = adjustByGroup(p.map((each, index) => ({ group: 'one', p: each, weight: weights[index] ?? 1 })));
    for (const [index, reference] of q.entries()) expectNear(adjusted[index] ?? null, reference);
  });

  it.each(wilsonGolden.values)('interval of $hits in $n', ({ hits, n, low, high }) => {
    const [from, to] = wilson(hits, n) ?? [Number.NaN, Number.NaN];
    expect(from).toBeCloseTo(low, 12);
    expect(to).toBeCloseTo(high, 12);
  });
});
