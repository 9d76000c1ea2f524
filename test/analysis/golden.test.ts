/** The statistics against SciPy: values frozen by test/golden/statistics.py. */

import { describe, expect, it } from 'vitest';
import { conditionalTest } from '../../analysis/conditional.ts';
import {
  binomialAtLeast,
  chiSquareAtLeast,
  normalTwoSided,
  normalUpTo,
  studentQuantile,
  studentTwoSided,
} from '../../analysis/distributions.ts';
import { benjaminiHochberg } from '../../analysis/fdr.ts';
import { permutationTest } from '../../analysis/permutation.ts';
import { compareRates } from '../../analysis/ratio.ts';
import golden from '../golden/statistics.json' with { type: 'json' };

/** Relative, so that a tail of 1e-20 is held to its digits as well. */
function expectNear(value: number | null, reference: number, relative = 1e-9): void {
  expect(Math.abs((value ?? Number.NaN) - reference)).toBeLessThanOrEqual(relative * Math.abs(reference) + 1e-300);
}

const asCounts = (rates: readonly number[]) => rates.map((rate) => ({ events: rate, exposure: 1 }));

describe('distribution functions agree with SciPy', () => {
  it.each(golden.studentTwoSided)('t = $t, $df degrees of freedom', ({ t, df, p }) => {
    expectNear(studentTwoSided(t, df), p);
  });
  it.each(golden.studentQuantile)('t quantile $p, $df degrees of freedom', ({ p, df, t }) => {
    expectNear(studentQuantile(p, df), t);
  });
  it.each(golden.normalTwoSided)('z = $z', ({ z, p }) => {
    expectNear(normalTwoSided(z), p);
  });
  it.each(golden.normalQuantile)('normal quantile $p', ({ p, z }) => {
    expectNear(normalUpTo(p), z);
  });
  it.each(golden.binomialAtLeast)('at least $k of $n at $share', ({ k, n, share, p }) => {
    expectNear(binomialAtLeast(k, n, share), p);
  });
  it.each(golden.chiSquareAtLeast)('chi-square $x', ({ x, df, p }) => {
    expectNear(chiSquareAtLeast(x, df), p);
  });
});

describe('tests agree with SciPy', () => {
  it.each(golden.benjaminiHochberg)('Benjamini-Hochberg of $p.length tests', ({ p, q }) => {
    const adjusted = benjaminiHochberg(p);
    for (const [index, reference] of q.entries()) expectNear(adjusted[index] ?? null, reference);
  });

  it('Benjamini-Hochberg leaves out what was not tested', () => {
    expect(benjaminiHochberg([null, 0.01, null, 0.04])).toEqual([null, 0.02, null, 0.04]);
    expect(benjaminiHochberg([null])).toEqual([null]);
  });

  it.each(golden.conditional)('mid-p of $a in $na against $b in $nb', ({ a, na, b, nb, p, low, high }) => {
    const test = conditionalTest({ events: a, exposure: na }, { events: b, exposure: nb }, 1);
    expectNear(test.p, p);
    expectNear(test.interval[0], low, 1e-7);
    if (high === null) expect(test.interval[1]).toBe(Number.POSITIVE_INFINITY);
    else expectNear(test.interval[1], high, 1e-7);
  });

  it.each(golden.welch)('Welch and paired t of $baseline.length clusters of equal size', (reference) => {
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

  it.each(golden.permutation)('exact permutation of $baseline.length against $candidate.length', (reference) => {
    expectNear(
      permutationTest(asCounts(reference.baseline), asCounts(reference.candidate), false)?.p ?? null,
      reference.p,
    );
  });
});
