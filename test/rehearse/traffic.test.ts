/** One rehearsed release has the traffic that was asked for. */

import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { ArmData } from '../../analysis/analyse.ts';
import { drawRelease, isStruck, lookAfter, PARTS, type Traffic } from '../../rehearse/traffic.ts';

const TRAFFIC: Traffic = {
  ...{ instances: 4, endpoints: 7, callsPerHour: 600, medianMs: 20, oldAndNew: 'before-after' },
  ...{ windowMinutes: 30, historyDays: 2, dailyRise: 0 },
};

const buildsOf = ({ cells }: Pick<ArmData, 'cells'>) => [...new Set(cells.map(({ build }) => build.slice(-2)))].sort();
const callsOf = ({ cells }: Pick<ArmData, 'cells'>) => cells.reduce((sum, { calls }) => sum + calls, 0);

describe('a rehearsed release', () => {
  it.each<[Traffic['oldAndNew'], readonly string[]]>([
    ['before-after', ['v2']],
    ['together', ['v1', 'v2']],
  ])('%s: the candidate runs %j', (oldAndNew, builds) => {
    const { baseline, candidate, history } = drawRelease({ ...TRAFFIC, oldAndNew }, { kind: 'nothing' }, 1);
    expect(buildsOf(baseline)).toEqual(['v1']);
    expect(buildsOf(candidate)).toEqual(builds);
    expect(history.flatMap((day) => [buildsOf(day.baseline), buildsOf(day.candidate)])).toEqual(
      Array.from({ length: 4 }, () => ['v1']),
    );
  });

  it('has windows, endpoints and instances as asked, five endpoints to a service', () => {
    const { baseline, candidate } = drawRelease(TRAFFIC, { kind: 'nothing' }, 1);
    expect(candidate.range.startMs).toBe(baseline.range.endMs);
    expect(baseline.range.endMs - baseline.range.startMs).toBe(30 * 60_000);
    const own = Map.groupBy(baseline.cells, ({ service }) => service);
    expect([...own].map(([name, cells]) => [name, new Set(cells.map(({ instance }) => instance)).size])).toEqual([
      ['service0', 4],
      ['service1', 4],
    ]);
    expect([...own].map(([, cells]) => new Set(cells.map(({ endpoint }) => endpoint)).size)).toEqual([5, 2]);
  });

  it('has as many calls as asked, by chance, however few', () => {
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 20_000 }), fc.nat(), (callsPerHour, seed) => {
        const { baseline } = drawRelease({ ...TRAFFIC, callsPerHour, historyDays: 0 }, { kind: 'nothing' }, seed);
        const expected = (7 * callsPerHour) / 2;
        expect(Math.abs(callsOf(baseline) - expected)).toBeLessThan(6 * Math.sqrt(expected) + 1);
        expect(baseline.cells.every(({ calls }) => calls > 0)).toBe(true);
      }),
      { numRuns: 30 },
    );
  });

  it('a change strikes one endpoint and leaves the others as they are', () => {
    const { candidate } = drawRelease(TRAFFIC, { kind: 'errors', size: 0.5 }, 1);
    for (const [, cells] of Map.groupBy(candidate.cells, ({ endpoint }) => endpoint)) {
      const share = cells.reduce((sum, { errors }) => sum + errors, 0) / callsOf({ cells });
      expect(share > 0.3, `${share}`).toBe(cells.every(isStruck));
    }
  });

  it('looked at early, has all of the baseline and what is over of the candidate, on earlier days too', () => {
    const drawn = drawRelease(TRAFFIC, { kind: 'nothing' }, 1);
    const early = lookAfter(drawn, PARTS / 6);
    expect(early.baseline).toBe(drawn.baseline);
    expect(early.candidate.range.endMs - early.candidate.range.startMs).toBe(5 * 60_000);
    const parts = ({ cells }: Pick<ArmData, 'cells'>) => new Set(cells.map(({ slotMs }) => slotMs)).size;
    expect(parts(early.candidate)).toBe(2);
    expect(early.history.map((day) => [parts(day.baseline), parts(day.candidate)])).toEqual([
      [PARTS, 2],
      [PARTS, 2],
    ]);
    expect(lookAfter(drawn, PARTS)).toEqual(drawn);
  });
});
