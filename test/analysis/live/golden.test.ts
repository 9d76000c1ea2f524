/** The live test's numbers against SciPy and mpmath: values frozen by test/golden/live.py. */

import { describe, expect, it } from 'vitest';
import { eBenjaminiHochberg } from '../../../analysis/live/e-bh.ts';
import { type ArmTotals, logEValue } from '../../../analysis/live/e-value.ts';
import { logEOfFewEvents } from '../../../analysis/live/few-events.ts';
import { estimateSpread } from '../../../analysis/live/spread.ts';
import { logNormalAtMost } from '../../../analysis/statistics/distributions.ts';
import golden from '../../golden/live.json' with { type: 'json' };

function expectNear(value: number | null, reference: number, tolerance = 1e-9): void {
  expect(Math.abs((value ?? Number.NaN) - reference)).toBeLessThanOrEqual(tolerance * Math.max(1, Math.abs(reference)));
}

type Case = (typeof golden.logE)[number];

const totalsOf = ({ a, b, na, nb, ka, kb }: Case): ArmTotals => ({
  baseline: { events: a, exposure: na, instances: ka },
  candidate: { events: b, exposure: nb, instances: kb },
});

describe('the e-value is the integral that defines it', () => {
  it.each(golden.logE)('$a of $na against $b of $nb, at least $atLeast: ln E = $logE', (each) => {
    expectNear(logEValue(totalsOf(each), each.tau2, each.atLeast), each.logE);
  });

  it.each(golden.logEOfFew)('few events: $a of $na against $b of $nb, at least $atLeast: ln E = $logE', (each) => {
    const { a, b, na, nb, ka, kb, tau2, atLeast } = each;
    const spread = tau2 / ka + tau2 / kb;
    const logE = logEOfFewEvents({ a, b, exposureA: na, exposureB: nb, spread, prior: 0.09, atLeast });
    expectNear(logE, each.logE, 1e-8);
    expectNear(logEValue(totalsOf(each), tau2, atLeast), each.logE, 1e-8);
  });

  it.each(golden.logNormalAtMost)('ln P(Z <= $z) = $log', ({ z, log }) => {
    expect(Math.abs(logNormalAtMost(z) - log)).toBeLessThanOrEqual(1e-9 * Math.abs(log) + 1e-15);
  });
});

describe('the spread between instances solves its equations', () => {
  it.each(golden.spread)('$counts.length instances: tau2 = $tau2, at most $upper', ({ counts, tau2, upper }) => {
    const spread = estimateSpread(counts, 0);
    expectNear(spread.tau2, tau2);
    expectNear(spread.upper, upper);
  });
});

describe('e-BH is what its definition says', () => {
  it.each(golden.eBenjaminiHochberg)('$logE', ({ logE, adjusted }) => {
    const own = eBenjaminiHochberg(logE);
    for (const [index, reference] of adjusted.entries()) expectNear(own[index] ?? null, reference);
  });
});
