/** The pieces of the live test one by one: thresholds, bounds, spending, windows, and the cells that feed them. */

import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { DEFAULT_SETTINGS } from '../../../analysis/analyse.ts';
import { lookAt, watchedIn } from '../../../analysis/live/cells.ts';
import { eBenjaminiHochberg } from '../../../analysis/live/e-bh.ts';
import { type ArmTotals, logEValue, lowerBound } from '../../../analysis/live/e-value.ts';
import { addRecent, lasting, startRecent } from '../../../analysis/live/recent.ts';
import { consult, NO_OPINION, spentBy } from '../../../analysis/live/second-opinion.ts';
import { ASSUMED_VARIANCE, estimateSpread } from '../../../analysis/live/spread.ts';
import { stepLive } from '../../../analysis/live/step.ts';
import { freezeThreshold, tailIndex } from '../../../analysis/live/threshold.ts';
import { durationAt, exceedances, mergeHistograms } from '../../../analysis/statistics/histogram.ts';
import { generateArms } from '../../support/generator.ts';
import { caseOf, MINUTE_MS, START_MS } from './fixtures.ts';

const totals = (a: number, b: number, instances = 10): ArmTotals => ({
  baseline: { events: a, exposure: 10_000, instances },
  candidate: { events: b, exposure: 10_000, instances },
});

describe('the e-value', () => {
  it.each<[string, ArmTotals]>([
    ['19 events in all', totals(9, 10)],
    ['no exposure', { ...totals(20, 20), baseline: { events: 0, exposure: 0, instances: 10 } }],
    ['no instance', totals(50, 50, 0)],
  ])('%s: there is none', (_, given) => {
    expect(logEValue(given, 0.02)).toBeNull();
    expect(lowerBound(given, 0.02, Math.log(20))).toBeNull();
  });

  it('of a worse candidate rises with its events, and falls with the spread between instances', () => {
    fc.assert(
      fc.property(fc.integer({ min: 0, max: 500 }), fc.integer({ min: 20, max: 500 }), (a, more) => {
        const b = a + more;
        const logE = (after: number, tau2: number) => logEValue(totals(a, after), tau2) ?? Number.NaN;
        expect(logE(b + 10, 0.02)).toBeGreaterThan(logE(b, 0.02));
        if (b > 2 * a + 30) expect(logE(b, 0.2)).toBeLessThan(logE(b, 0.02));
      }),
      { numRuns: 50 },
    );
  });

  it('few events and many give nearly the same where they meet', () => {
    const [few, many] = [logEValue(totals(29, 60), 0.02), logEValue(totals(30, 62), 0.02)];
    expect(Math.abs((few ?? 0) - (many ?? 0))).toBeLessThan(0.3);
  });

  it('refutes all ratios under its lower bound, and none over it', () => {
    fc.assert(
      fc.property(fc.integer({ min: 0, max: 300 }), fc.integer({ min: 20, max: 300 }), (a, b) => {
        const low = lowerBound(totals(a, b), 0.02, Math.log(20)) ?? Number.NaN;
        expect(logEValue(totals(a, b), 0.02, low - 1e-4)).toBeGreaterThanOrEqual(Math.log(20));
        expect(logEValue(totals(a, b), 0.02, low + 1e-4)).toBeLessThan(Math.log(20));
      }),
      { numRuns: 30 },
    );
  });
});

describe('the lower bound', () => {
  it('of a candidate without an event is as good as none', () => {
    expect(lowerBound(totals(500, 0), 0.02, Math.log(20))).toBe(-20);
  });
});

describe('e-BH', () => {
  it('leaves out what was not tested, keeps the order given, and never adjusts upwards', () => {
    expect(eBenjaminiHochberg([null, 5, null])).toEqual([null, 5, null]);
    expect(eBenjaminiHochberg([])).toEqual([]);
    const values = fc.array(fc.option(fc.double({ min: -50, max: 50, noNaN: true })), { maxLength: 20 });
    fc.assert(
      fc.property(values, (logE) => {
        const adjusted = eBenjaminiHochberg(logE);
        logE.forEach((own, index) => {
          if (own === null) expect(adjusted[index]).toBeNull();
          else expect(adjusted[index]).toBeLessThanOrEqual(own);
        });
        expect(eBenjaminiHochberg(logE.toReversed()).toReversed()).toEqual(adjusted);
      }),
    );
  });
});

describe('the spread between instances', () => {
  const fleet = (events: readonly number[]) => events.map((each) => ({ events: each, exposure: 1_000 }));

  it.each<[string, readonly number[]]>([
    ['three instances', [50, 60, 40]],
    ['nineteen events', [5, 5, 5, 4]],
    ['nothing', []],
  ])('of %s is assumed', (_, events) => {
    expect(estimateSpread(fleet(events), 0.04)).toEqual({ tau2: 0.04, upper: 0.04 * 1.67, source: 'assumed' });
  });

  it('is never taken lower than assumed, because instances agree by luck', () => {
    const alike = estimateSpread(fleet([50, 50, 50, 50, 50, 50]), 0.01);
    expect(alike).toEqual({ tau2: 0.01, upper: 0.01, source: 'history' });
    expect(estimateSpread(fleet([50, 50, 50, 50, 50, 50]), 5).tau2).toBe(ASSUMED_VARIANCE);
  });

  it('is found where instances differ, with a bound above it', () => {
    const { tau2, upper } = estimateSpread(fleet([20, 200, 60, 90, 30, 120, 400, 80]), 0.01);
    expect(tau2).toBeGreaterThan(0.3);
    expect(upper).toBeGreaterThan(tau2);
  });

  it('of one instance that is all of the events ends at the largest there is', () => {
    const { tau2, upper } = estimateSpread(fleet([1_000, 0, 0, 0, 0, 0, 0, 0, 0, 0]), 0.01);
    expect([tau2, upper].every((value) => Number.isFinite(value) && value <= 4)).toBe(true);
  });
});

describe('frozen thresholds', () => {
  const { baseline } = generateArms({ seed: 1, calls: 50_000 });
  const before = mergeHistograms(baseline.cells.map(({ durations }) => durations));

  it('are the quantile, and the bucket edge at or above the tolerance and the floor', () => {
    const threshold = freezeThreshold(before, 0.99, { ratio: 0.1, floorNs: 1e6 });
    if (threshold === null) throw new Error('no threshold');
    expect(exceedances(before, threshold.slow) / 50_000).toBeCloseTo(0.01, 3);
    const ratio = durationAt(threshold.tolerated + 1) / durationAt(threshold.slow + 1);
    expect(ratio).toBeGreaterThanOrEqual(1.1);
    expect(ratio).toBeLessThan(1.1 * 2 ** (1 / 64));
    const floored = freezeThreshold(before, 0.99, { ratio: 0.1, floorNs: 1e12 });
    expect(durationAt((floored?.tolerated ?? 0) + 1)).toBeGreaterThanOrEqual(1e12);
  });

  it('the tail index is the one that the durations were drawn with', () => {
    const threshold = freezeThreshold(before, 0.985, { ratio: 0.2, floorNs: 0 });
    expect(threshold && tailIndex(before, threshold)).toBeCloseTo(3, 0);
  });

  it('there is none without calls', () => {
    expect(freezeThreshold({ buckets: [], counts: [] }, 0.99, { ratio: 0.1, floorNs: 0 })).toBeNull();
  });
});

describe('the second opinion', () => {
  const counts = (events: number, length = 10) =>
    Array.from({ length }, (_, at) => ({ events: events + (at % 2), exposure: 100 }));
  const arms = { baseline: counts(2), candidate: counts(20), paired: false, noise: 'binomial' } as const;

  it('spends five per cent over the hour, and no more', () => {
    expect([spentBy(0), spentBy(1), spentBy(9), spentBy(-1)]).toEqual([0, 0.05, 0.05, 0]);
    let opinion = NO_OPINION;
    let spent = 0;
    for (let minute = 0; minute <= 90; minute++) {
      const next = consult(opinion, minute * MINUTE_MS, { ...arms, candidate: counts(2) });
      if (next !== opinion) spent += next.level;
      opinion = next;
    }
    expect(spent).toBeCloseTo(0.05, 12);
    expect(opinion).toMatchObject({ takenMinutes: 60, againstMinutes: null });
  });

  it('speaks at pre-set looks alone; after a gap it has the error of all that were missed', () => {
    expect(consult(NO_OPINION, MINUTE_MS, arms)).toBe(NO_OPINION);
    const late = consult(NO_OPINION, 17.5 * MINUTE_MS, arms);
    expect(late).toMatchObject({ takenMinutes: 15, againstMinutes: 15, level: spentBy(0.25) });
    expect(consult(late, 19 * MINUTE_MS, arms)).toBe(late);
  });

  it.each<[string, object]>([
    ['a better candidate', { baseline: counts(20), candidate: counts(2) }],
    ['no difference', { candidate: counts(2) }],
    ['three instances', { baseline: counts(2, 3), candidate: counts(20, 3) }],
    ['one instance with nearly all of the calls', { candidate: [{ events: 2_000, exposure: 10_000 }, ...counts(20)] }],
  ])('%s: it does not speak against', (_, more) => {
    expect(consult(NO_OPINION, 20 * MINUTE_MS, { ...arms, ...more }).againstMinutes).toBeNull();
  });
});

describe('the last looks', () => {
  const rates = { baseline: 0.01, candidate: 0.05 };
  const filled = (windows: readonly number[], lookMs = MINUTE_MS) =>
    windows.reduce(
      (recent, events, index) => addRecent(recent, { events, exposure: 1_000 }, rates, START_MS + (index + 1) * lookMs),
      startRecent(START_MS),
    );

  it.each<[string, readonly number[], string]>([
    ['two windows', [50, 50], 'unknown'],
    ['three bad ones', [50, 48, 55], 'lasts'],
    ['the last one good', [50, 48, 9], 'transient'],
    ['one good one in the middle', [50, 9, 52], 'lasts'],
    ['a recovery after long trouble', [90, 90, 90, 90, 8, 9, 11], 'transient'],
  ])('%s', (_, windows, word) => {
    expect(lasting(filled(windows), rates)).toBe(word);
  });

  it('looks closer than a minute, or with few events, fill a window together', () => {
    expect(filled([50, 50, 50, 50, 50], 10_000).windows).toEqual([]);
    expect(filled([50, 50, 50, 50, 50, 50], 10_000).windows).toEqual([{ events: 300, exposure: 6_000 }]);
    const thin = addRecent(startRecent(START_MS), { events: 1, exposure: 20 }, rates, START_MS + MINUTE_MS);
    expect(thin.windows).toEqual([]);
  });
});

describe('cells', () => {
  const history = generateArms({ seed: 3, calls: 20_000, errorRate: { baseline: 0.02, candidate: 0.02 } }).baseline
    .cells;
  const follow = (truth: {
    effect?: { kind: 'scale'; size: number };
    errorRate: { baseline: number; candidate: number };
  }) => {
    const { baseline, candidate } = generateArms({ seed: 4, calls: 40_000, slots: 10, ...truth });
    const state = caseOf(watchedIn(history, DEFAULT_SETTINGS));
    const slots = [...new Set(candidate.cells.map(({ slotMs }) => slotMs))].sort((one, other) => one - other);
    return slots.reduce((now, slot, index) => {
      const upTo = ({ slotMs }: { slotMs: number }) => slotMs <= slot;
      const arms = {
        baseline: baseline.cells.filter((cell) => cell.slotMs <= slot - slotsApart(baseline.cells, slots)),
        candidate: candidate.cells.filter(upTo),
      };
      return stepLive(now, lookAt(now, arms, START_MS + (index + 1) * MINUTE_MS)).state;
    }, state);
  };
  const slotsApart = (cells: readonly { slotMs: number }[], slots: readonly number[]) =>
    (slots[0] ?? 0) - Math.min(...cells.map(({ slotMs }) => slotMs));

  it('before the upgrade say what to watch: quantiles with calls enough, errors, and for callers retries', () => {
    const signals = watchedIn(history, DEFAULT_SETTINGS).map(({ signal }) => signal);
    expect(signals).toEqual(['latency.p50', 'latency.p95', 'latency.p99', 'errors']);
    const calls = history.map((cell) => ({ ...cell, kind: 'CLIENT' as const, peer: 'db' }));
    expect(watchedIn(calls, DEFAULT_SETTINGS).map(({ signal }) => signal)).toContain('retries');
    expect(watchedIn([], DEFAULT_SETTINGS)).toEqual([]);
  });

  it('since the upgrade are looks: nothing where nothing changed', () => {
    expect(follow({ errorRate: { baseline: 0.02, candidate: 0.02 } }).decision.kind).toBe('wait');
  });

  it('since the upgrade are looks: slower calls and more errors are each found', () => {
    const slower = follow({
      effect: { kind: 'scale', size: 0.6 },
      errorRate: { baseline: 0.02, candidate: 0.02 },
    }).decision;
    expect(slower.kind).toBe('act');
    expect(slower.evidence.map(({ signal }) => signal)).not.toContain('errors');
    const failing = follow({ errorRate: { baseline: 0.02, candidate: 0.06 } }).decision;
    expect(failing).toMatchObject({ kind: 'act', evidence: [{ signal: 'errors' }] });
  });
});
