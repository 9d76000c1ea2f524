/** Many releases with a known truth, judged by the analysis: how often and how soon it sees a change, and how often one that is not there. */

import { hashOf } from '../analysis/statistics/random.ts';
import type { Finding, Verdict } from '../model.ts';
import type { DrawnCells } from './cells.ts';
import { CHANGES, type Change, tellsOf } from './changes.ts';
import { drawRelease, isStruck, lookAfter, PARTS, type Traffic } from './traffic.ts';
import { wilson } from './wilson.ts';

/** The analysis with somebody's settings. */
export type Judge = (cells: DrawnCells) => {
  readonly verdict: Verdict;
  readonly findings: readonly Pick<Finding, 'service' | 'endpoint' | 'signal' | 'verdict'>[];
};

export interface RehearsalPlan {
  readonly traffic: Traffic;
  /** Of each change; each change strikes the same releases. */
  readonly releases: number;
  readonly seed: number;
}

/** How many of the releases: the share, and its 95 % interval (Wilson), 0 to 1. */
export interface Counted {
  readonly count: number;
  readonly share: number;
  readonly interval: readonly [number, number];
}

/** What would be said when so many minutes of the candidate are over. */
export interface Look {
  readonly minutes: number;
  /** The change is found: its endpoint regressed in a signal of that change. Where nothing changed: a false alarm. */
  readonly found: Counted;
  /** The whole is inconclusive. */
  readonly cannotTell: Counted;
}

export interface Line {
  readonly change: Change;
  /** Soonest first; the last has the whole window. */
  readonly looks: readonly Look[];
}

/** Parts of the candidate's window that are over at a look. */
const LOOKS: readonly number[] = [PARTS / 6, PARTS / 2, PARTS];

/** Every change in every size; yields after each release. The same plan and judge give the same lines. */
export function* rehearse(plan: RehearsalPlan, judge: Judge): Generator<void, Line[]> {
  const lines: Line[] = [];
  for (const change of CHANGES) lines.push(yield* rehearseChange(plan, change, judge));
  return lines;
}

/** One change, looked at when so many parts of the window are over. */
export function* rehearseChange(
  { traffic, releases, seed }: RehearsalPlan,
  change: Change,
  judge: Judge,
  looks = LOOKS,
): Generator<void, Line> {
  const tallies = looks.map((parts) => ({ parts, found: 0, cannotTell: 0 }));
  for (let release = 1; release <= releases; release++) {
    const drawn = drawRelease(traffic, change, hashOf(`${seed} ${release}`));
    for (const tally of tallies) {
      const judged = judge(lookAfter(drawn, tally.parts));
      if (sees(judged, change)) tally.found += 1;
      if (judged.verdict === 'inconclusive') tally.cannotTell += 1;
    }
    yield;
  }
  return {
    change,
    looks: tallies.map(({ parts, found, cannotTell }) => ({
      minutes: (traffic.windowMinutes * parts) / PARTS,
      found: counted(found, releases),
      cannotTell: counted(cannotTell, releases),
    })),
  };
}

function sees({ verdict, findings }: ReturnType<Judge>, change: Change): boolean {
  if (change.kind === 'nothing') return verdict === 'regressed';
  return findings.some(
    (finding) => finding.verdict === 'regressed' && isStruck(finding) && tellsOf(change.kind, finding),
  );
}

const counted = (count: number, releases: number): Counted => ({
  ...{ count, share: count / releases },
  interval: wilson(count, releases) ?? [0, 1],
});
