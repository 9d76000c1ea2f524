/** Which answer of a rehearsal is the weakest, and what is tried for it. */

import { describe, expect, it } from 'vitest';
import type { Change } from '../../rehearse/changes.ts';
import type { Line } from '../../rehearse/rehearsal.ts';
import { rehearseRemedies, remediesFor, weakest } from '../../rehearse/remedies.ts';
import type { Traffic } from '../../rehearse/traffic.ts';
import { wilson } from '../../rehearse/wilson.ts';

const TRAFFIC: Traffic = {
  ...{ instances: 4, endpoints: 1, callsPerHour: 300, medianMs: 20, oldAndNew: 'before-after' },
  ...{ windowMinutes: 60, historyDays: 0, dailyRise: 0 },
};

/** Of 100 releases at the end of the window. */
function lineOf(change: Change, count: number): Line {
  const found = { count, share: count / 100, interval: wilson(count, 100) ?? ([0, 1] as const) };
  return { change, looks: [{ minutes: 60, found, cannotTell: found }] };
}

const nothing = (count: number) => lineOf({ kind: 'nothing' }, count);
const tail = (...counts: readonly number[]) => counts.map((count, at) => lineOf({ kind: 'tail', size: at }, count));
const errors = (...counts: readonly number[]) => counts.map((count, at) => lineOf({ kind: 'errors', size: at }, count));

describe('the weakest answer', () => {
  it.each<[string, readonly Line[], Change | null]>([
    ['all is found, and false alarms are few', [nothing(5), ...tail(90, 95)], null],
    ['false alarms beyond chance come first', [nothing(15), ...tail(10, 20)], { kind: 'nothing' }],
    ['a few more than the level are chance', [nothing(7), ...tail(90, 95)], null],
    ['the largest size that is not found', [nothing(0), ...tail(10, 80, 95)], { kind: 'tail', size: 1 }],
    [
      'of the kind that is missed in the larger sizes',
      [nothing(0), ...tail(10, 95, 99), ...errors(5, 60, 99)],
      { kind: 'errors', size: 1 },
    ],
    ['of equals the first kind', [nothing(0), ...errors(5, 60, 99), ...tail(10, 70, 99)], { kind: 'tail', size: 1 }],
  ])('%s', (_, lines, expected) => {
    expect(weakest(lines)?.change ?? null).toEqual(expected);
  });
});

describe('remedies', () => {
  it.each<[string, Partial<Traffic>, readonly string[]]>([
    ['whatever can be had', {}, ['window', 'instances', 'together', 'history']],
    ['both builds serve together already', { oldAndNew: 'together' }, ['window', 'instances', 'history']],
    ['one instance cannot be two builds', { instances: 1 }, ['window', 'instances', 'history']],
    ['earlier days are there already', { historyDays: 7 }, ['window', 'instances', 'together']],
  ])('%s', (_, traffic, kinds) => {
    expect(remediesFor({ ...TRAFFIC, ...traffic }).map(({ kind }) => kind)).toEqual(kinds);
  });

  it('each is rehearsed with its own traffic', () => {
    const seen: string[] = [];
    const work = rehearseRemedies({ traffic: TRAFFIC, releases: 1, seed: 1 }, { kind: 'nothing' }, (cells) => {
      const { range, cells: own } = cells.candidate;
      const count = (values: readonly string[]) => new Set(values).size;
      seen.push(
        `${(range.endMs - range.startMs) / 60_000} min, ${count(own.map(({ instance }) => instance))} instances, ${count(own.map(({ build }) => build))} builds, ${cells.history.length} days`,
      );
      return { verdict: 'unchanged', findings: [] };
    });
    while (work.next().done !== true);
    expect(seen).toEqual([
      '120 min, 4 instances, 1 builds, 0 days',
      '60 min, 8 instances, 1 builds, 0 days',
      '60 min, 4 instances, 2 builds, 0 days',
      '60 min, 4 instances, 1 builds, 7 days',
    ]);
  });
});
