/** The first sample that breached, and when the flag server accepted the change. */
import { expect, it } from 'vitest';
import { type Deed, deedIn, firstBreach, type SecondOfEvents } from '../../demo/reaction.ts';

const DEED: Deed = {
  ...{ slo: 'orders in time', objective: 0.99, acceptedMs: 70_000 },
  rules: [{ longMs: 20_000, shortMs: 5_000, rate: 9 }],
};

/** Ten calls a second; from `badFrom` on all of them are bad. */
const seconds = (badFrom: number): SecondOfEvents[] =>
  Array.from({ length: 60 }, (_, second) => ({
    ...{ atMs: second * 1_000, total: 10 },
    good: second < badFrom ? 10 : 0,
  }));

it.each<[string, SecondOfEvents[], number, number | null]>([
  // Of the long window 9 % are bad after two seconds; the short one got there before.
  ['the second in which the slower window reaches the rate', seconds(30), 0, 31_000],
  ['not before the upgrade', seconds(30), 40_000, 40_000],
  ['none while all is well', seconds(60), 0, null],
  ['none where nothing was seen', [], 0, null],
  ['none on few events', seconds(0).slice(0, 2), 0, null],
])('the first breach is %s', (_, given, fromMs, expected) => {
  expect(firstBreach(given, DEED, fromMs)).toBe(expected);
});

const [rule] = DEED.rules;
const counts = { good: 1, total: 2 };
const line = (state: 'KILL' | 'VERIFY_PUBLISHED', breached: string | null) => ({
  state,
  evidence: JSON.stringify({
    state: { breach: { slo: breached }, change: { eventId: state === 'KILL' ? null : 7 } },
    readings: {
      slos: [{ slo: 'orders in time', objective: 0.99, rules: [{ rule, long: counts, short: counts }] }],
      flag: { changes: [{ id: 7, atMs: 70_000 }] },
    },
  }),
});

it.each<[string, ReturnType<typeof line>[], Deed | null]>([
  ['what burned, and the event', [line('KILL', 'orders in time'), line('VERIFY_PUBLISHED', 'orders in time')], DEED],
  ['nothing before it is read back', [line('KILL', 'orders in time')], null],
  ['nothing where a finding was the ground', [line('VERIFY_PUBLISHED', null)], null],
])('the journal tells %s', (_, lines, expected) => {
  expect(deedIn(lines)).toEqual(expected);
});
