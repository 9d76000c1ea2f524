/** A rehearsal by the real analysis: what is there is found, what is not there is not, and the figures follow traffic and settings. */

import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { type AnalysisSettings, analyse, DEFAULT_SETTINGS } from '../../analysis/analyse.ts';
import type { Change } from '../../rehearse/changes.ts';
import { type Judge, rehearse, rehearseChange } from '../../rehearse/rehearsal.ts';
import { atTheEnd } from '../../rehearse/remedies.ts';
import { PARTS, type Traffic } from '../../rehearse/traffic.ts';

const TRAFFIC: Traffic = {
  ...{ instances: 6, endpoints: 2, callsPerHour: 4_000, medianMs: 20, oldAndNew: 'before-after' },
  ...{ windowMinutes: 60, historyDays: 0, dailyRise: 0 },
};
const RELEASES = 12;

const judgeBy =
  (settings: AnalysisSettings = DEFAULT_SETTINGS): Judge =>
  (cells) =>
    analyse({ ...cells, changed: [], settings, seed: 1 });

function finished<T>(work: Generator<void, T>): T {
  for (;;) {
    const step = work.next();
    if (step.done === true) return step.value;
  }
}

/** With the whole window. */
function foundOf(change: Change, traffic: Partial<Traffic> = {}, judge = judgeBy(), releases = RELEASES) {
  const plan = { traffic: { ...TRAFFIC, ...traffic }, releases, seed: 7 };
  const found = atTheEnd(finished(rehearseChange(plan, change, judge, [PARTS])));
  if (found === null) throw new Error('no look');
  return found;
}

describe('what is found', () => {
  it.each<[string, Change, Partial<Traffic>]>([
    ['a tail three times as long', { kind: 'tail', size: 2 }, {}],
    ['all calls three times as long', { kind: 'all', size: 2 }, {}],
    ['errors from 0.5 to 10.5 %', { kind: 'errors', size: 0.1 }, {}],
    ['attempts from 1.01 to 1.31', { kind: 'retries', size: 0.3 }, {}],
    ['all calls three times as long, seen beside the old build', { kind: 'all', size: 2 }, { oldAndNew: 'together' }],
  ])('%s: in every release', (_, change, traffic) => {
    expect(foundOf(change, traffic).count).toBe(RELEASES);
  });

  it.each<Change>([
    { kind: 'nothing' },
    { kind: 'tail', size: 0 },
    { kind: 'all', size: 0 },
    { kind: 'errors', size: 0 },
    { kind: 'retries', size: 0 },
  ])('%j, which is no change: in few', (change) => {
    expect(foundOf(change).count).toBeLessThanOrEqual(2);
  });

  it('more calls find more, never less beyond chance', () => {
    const shares = [300, 1_500, 8_000].map((callsPerHour) => foundOf({ kind: 'all', size: 0.2 }, { callsPerHour }));
    shares.slice(1).forEach(({ interval }, index) => {
      expect(interval[1]).toBeGreaterThanOrEqual(shares[index]?.interval[0] ?? 1);
    });
    expect(shares.at(-1)?.interval[0]).toBeGreaterThan(shares[0]?.interval[1] ?? 1);
  });

  it('a tolerance above the change: nothing is found', () => {
    const wide = { p50: 0.9, p95: 0.9, p99: 0.9, p999: 0.9, errors: 0.9, retries: 0.9, calls: 0.9 };
    const change: Change = { kind: 'all', size: 0.5 };
    expect(foundOf(change, {}, judgeBy({ ...DEFAULT_SETTINGS, tolerances: wide })).count).toBe(0);
    expect(foundOf(change).count).toBe(RELEASES);
  });

  it('the time of day is a false alarm, unless earlier days or an old build beside the new one are the control', () => {
    const [daylight, releases] = [{ dailyRise: 2, instances: 12 }, 8];
    const alarms = (more: Partial<Traffic>) =>
      foundOf({ kind: 'nothing' }, { ...daylight, ...more }, judgeBy(), releases).count;
    expect(alarms({})).toBeGreaterThanOrEqual(7);
    expect(alarms({ historyDays: 3 })).toBeLessThanOrEqual(1);
    expect(alarms({ oldAndNew: 'together' })).toBeLessThanOrEqual(1);
  });

  it('the figures are the judge’s: one who sees nothing finds nothing, one who blames everything cries wolf always', () => {
    const blind: Judge = () => ({ verdict: 'inconclusive', findings: [] });
    const plan = { traffic: TRAFFIC, releases: 2, seed: 1 };
    for (const { looks } of finished(rehearse(plan, blind))) {
      for (const { found, cannotTell } of looks) expect([found.share, cannotTell.share]).toEqual([0, 1]);
    }
    const harsh: Judge = () => ({ verdict: 'regressed', findings: [] });
    expect(foundOf({ kind: 'nothing' }, {}, harsh).share).toBe(1);
  });
});

describe('a rehearsal', () => {
  const SMALL: Traffic = { ...TRAFFIC, instances: 4, endpoints: 1, callsPerHour: 300 };

  it('looks soonest first, at the whole window last, and yields after each release', () => {
    const work = rehearse({ traffic: SMALL, releases: 3, seed: 1 }, judgeBy());
    let yields = 0;
    for (;;) {
      const step = work.next();
      if (step.done === true) {
        expect(step.value.map(({ looks }) => looks.map(({ minutes }) => minutes))).toEqual(
          step.value.map(() => [10, 30, 60]),
        );
        expect(yields).toBe(3 * step.value.length);
        return;
      }
      yields += 1;
    }
  });

  it('the same seed gives the same bytes', () => {
    fc.assert(
      fc.property(fc.nat(), fc.constantFrom('together', 'before-after'), (seed, oldAndNew) => {
        const bytes = () =>
          JSON.stringify(finished(rehearse({ traffic: { ...SMALL, oldAndNew }, releases: 1, seed }, judgeBy())));
        expect(bytes()).toBe(bytes());
      }),
      { numRuns: 5 },
    );
  });
});
