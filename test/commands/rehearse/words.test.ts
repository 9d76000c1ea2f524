/** A rehearsal in words: the table, the smallest size that is found, and what would help. */

import { describe, expect, it } from 'vitest';
import { helpWords, limitsOf } from '../../../commands/rehearse/help.ts';
import { headOf, smallestFound, tableOf } from '../../../commands/rehearse/table.ts';
import type { Change } from '../../../rehearse/changes.ts';
import type { Line } from '../../../rehearse/rehearsal.ts';
import type { Helped } from '../../../rehearse/remedies.ts';
import type { Traffic } from '../../../rehearse/traffic.ts';
import { wilson } from '../../../rehearse/wilson.ts';

const TRAFFIC: Traffic = {
  ...{ instances: 10, endpoints: 5, callsPerHour: 10_000, medianMs: 20, oldAndNew: 'before-after' },
  ...{ windowMinutes: 60, historyDays: 0, dailyRise: 0 },
};

const counted = (count: number) => ({
  ...{ count, share: count / 100 },
  interval: wilson(count, 100) ?? ([0, 1] as const),
});

/** Of 100 releases after 10 and 60 min. */
const lineOf = (change: Change, early: number, late: number): Line => ({
  change,
  looks: [
    { minutes: 10, found: counted(early), cannotTell: counted(3) },
    { minutes: 60, found: counted(late), cannotTell: counted(1) },
  ],
});

const helpedTo = (kind: Helped['kind'], count: number, traffic: Partial<Traffic> = {}): Helped => ({
  ...{ kind, traffic: { ...TRAFFIC, ...traffic } },
  found: counted(count),
});

const LINES = [
  lineOf({ kind: 'nothing' }, 0, 2),
  lineOf({ kind: 'tail', size: 0.1 }, 0, 20),
  lineOf({ kind: 'tail', size: 0.2 }, 0, 92),
  lineOf({ kind: 'all', size: 0.2 }, 95, 100),
  lineOf({ kind: 'errors', size: 0.002 }, 0, 89),
  lineOf({ kind: 'retries', size: 0.03 }, 91, 90),
];

describe('a rehearsal in words', () => {
  it('the table has a line for each change, with intervals', () => {
    expect(tableOf(LINES)).toBe(`Nothing changed                   after 10 min      after 60 min
  false alarm                     0 % (0-4)         2 % (1-7)
  cannot tell                     3 % (1-8)         1 % (0-5)

Changed at one endpoint: found    after 10 min      after 60 min
  tail (from p95 on) +10 %        0 % (0-4)         20 % (13-29)
  tail (from p95 on) +20 %        0 % (0-4)         92 % (85-96)
  all calls +20 %                 95 % (89-98)      100 % (96-100)
  errors 0.5 to 0.7 %             0 % (0-4)         89 % (81-94)
  attempts a call 1.01 to 1.04    91 % (84-95)      90 % (83-94)
`);
  });

  it('the smallest size that is found in 90 %, and how soon', () => {
    expect(smallestFound(LINES)).toBe(`Smallest size tried that is found in 90 % of releases or more:
  tail (from p95 on) +20 %, after 60 min
  all calls +20 %, after 10 min
  errors: none
  attempts a call 1.01 to 1.04, after 10 min
`);
  });

  it('what is found proves little where false alarms are many', () => {
    expect(smallestFound(LINES)).not.toContain('prove little');
    expect(smallestFound([lineOf({ kind: 'nothing' }, 0, 30), ...LINES.slice(1)])).toContain('prove little');
  });

  it.each<[Partial<Traffic>, string]>([
    [{}, 'all old before, all new after'],
    [{ oldAndNew: 'together' }, 'old and new builds serve together'],
    [{ callsPerHour: 1_500_000 }, '1,500,000 calls an hour'],
    [{ windowMinutes: 7.5, historyDays: 3, dailyRise: 0.3 }, 'windows of 7.5 min; earlier days: 3; rise by day: 30 %'],
  ])('the head says what was rehearsed: %j', (traffic, words) => {
    expect(headOf({ traffic: { ...TRAFFIC, ...traffic }, releases: 60, seed: 1 })).toContain(words);
  });
});

describe('what would help', () => {
  it('best first, and what is better beyond chance', () => {
    const remedies = [
      helpedTo('history', 55, { historyDays: 7 }),
      helpedTo('window', 98, { windowMinutes: 120 }),
      helpedTo('instances', 80, { instances: 20 }),
    ];
    expect(
      helpWords(lineOf({ kind: 'tail', size: 0.2 }, 0, 60), remedies),
    ).toBe(`What would help (tail (from p95 on) +20 %, found in 60 % (50-69) now):
  98 % (93-99)    more time: windows of 120 min (analysis.windowMinutes)
  80 % (71-87)    more instances: 20, with as many calls in all
  55 % (45-64)    history: 7 earlier days (analysis.historyDays)
Better beyond chance: more time, more instances.
`);
  });

  it('of false alarms, fewer are better', () => {
    const remedies = [
      helpedTo('window', 60, { windowMinutes: 120 }),
      helpedTo('together', 3, { oldAndNew: 'together' }),
    ];
    expect(
      helpWords(lineOf({ kind: 'nothing' }, 20, 50), remedies),
    ).toBe(`What would help (false alarms, 50 % (40-60) now):
  3 % (1-8)       old and new builds together, half and half
  60 % (50-69)    more time: windows of 120 min (analysis.windowMinutes)
Better beyond chance: old and new together.
`);
  });

  it.each<[string, Line | null, readonly Helped[], string]>([
    ['chance', lineOf({ kind: 'all', size: 0.1 }, 0, 60), [helpedTo('history', 68)], 'None of these is better beyond'],
    ['all is well', null, [], 'nothing is needed'],
  ])('%s', (_, weak, remedies, words) => {
    expect(helpWords(weak, remedies)).toContain(words);
  });
});

it.each<[string, Partial<Traffic>, boolean]>([
  ['before against after', {}, true],
  ['old and new together', { oldAndNew: 'together' }, false],
  ['a rise that was asked for', { dailyRise: 0.3 }, false],
])('what is left out: %s', (_, traffic, leftOut) => {
  expect(limitsOf({ ...TRAFFIC, ...traffic }).includes('The time of day is left out')).toBe(leftOut);
});
