/** How often, and how soon, a flag is turned down by an upgrade that is worse than tolerated; and by one that is worse, but tolerated. */

import type { Block, Row } from '../accuracy/row.ts';
import { shareRow } from '../accuracy/row.ts';
import { countOf, repeat } from '../accuracy/simulate.ts';
import { type Course, follow, GROUNDS } from './course.ts';
import { type Fault, upgradePlan } from './scenes.ts';

const RUNS = 500;

const FAULTS: readonly (readonly [what: string, fault: Fault])[] = [
  ['p99 + 10 %', { latency: { tail: 0.1 } }],
  ['p99 + 20 %', { latency: { tail: 0.2 } }],
  ['p99 + 30 %', { latency: { tail: 0.3 } }],
  ['p99 + 50 %', { latency: { tail: 0.5 } }],
  ['all calls + 10 %', { latency: { slower: 0.1 } }],
  ['all calls + 15 %', { latency: { slower: 0.15 } }],
  ['1 % of the calls take 5 times as long', { latency: { stragglers: { share: 0.01, factor: 5 } } }],
  ['errors from 0.5 to 0.75 %', { errorsAfter: 0.0075 }],
  ['errors from 0.5 to 1 %', { errorsAfter: 0.01 }],
  ['retries from 0.02 to 0.06 a call', { retriesAfter: 0.06 }],
];

/** Just the tolerance. */
const TOLERATED: Fault = { latency: { tail: 0.05 } };

const RECORD = 'Gandalf: recall 99.8-100 %, precision 92.4-94.9 % (production; time to act not stated)';

export const regressedBlock: Block = async (options) => {
  const follows = (what: string, fault: Fault) =>
    repeat(`regressed: ${what}`, options.quick ? RUNS / 10 : RUNS, options, (seed) => follow(upgradePlan(fault), seed));
  const tolerated = follows('p99 + 5 %', TOLERATED);
  const acted = countOf(tolerated, ({ actedMinutes }) => actedMinutes !== null);
  return [
    shareRow('p99 + 5 %, which is tolerated: turned down by the end of the hour', acted, tolerated.length, null),
    ...FAULTS.flatMap(([what, fault]) => rowsOf(what, follows(what, fault))),
  ];
};

function rowsOf(what: string, courses: readonly Course[]): Row[] {
  const acted = courses.flatMap(({ actedMinutes }) => actedMinutes ?? []);
  const grounds = GROUNDS.map((ground) => `${ground} ${countOf(courses, (course) => course.ground === ground)}`);
  const share = shareRow(
    `${what}: turned down by the end of the hour${missedWords(courses)}`,
    acted.length,
    courses.length,
    { atLeast: 0.95 },
    RECORD,
  );
  return [
    share,
    minutesRow(`${what}: minutes until then, median (on ${grounds.join(', ')})`, acted, courses.length, 0.5),
    minutesRow(`${what}: minutes until then, 95th percentile`, acted, courses.length, 0.95),
  ];
}

/** What those lacked when the hour was over that were not turned down; empty for none. */
function missedWords(courses: readonly Course[]): string {
  const missed = Map.groupBy(
    courses.flatMap(({ missing }) => missing ?? []),
    (missing) => missing,
  );
  const words = [...missed].map(([missing, all]) => `${all.length} without ${missing}`);
  return words.length === 0 ? '' : ` (missed: ${words.join(', ')})`;
}

/** Of all upgrades: those that are not turned down count as later than all others. */
function minutesRow(what: string, minutes: readonly number[], n: number, share: number): Row {
  const measured = minutes.toSorted((one, other) => one - other)[Math.ceil(share * n) - 1] ?? null;
  return { what, measured, unit: 'min', n, interval: null, target: null, record: '' };
}
