/** Both arms of one endpoint as histograms: one for each cluster, one for each arm, one for each third of the candidate's time. */

import type { Cell, Histogram } from '../../model.ts';
import { type Cluster, type ClusteredArms, decisiveFor } from '../control/cluster.ts';
import { remember } from '../input/remember.ts';
import type { AnalysisSettings } from '../input/settings.ts';
import { cumulateGroups } from '../statistics/cumulate.ts';
import { addedUp, type CumulativeTable } from '../statistics/cumulative.ts';
import { countOf, mergeEach, mergeHistograms } from '../statistics/histogram.ts';
import type { Decisive } from '../statistics/power.ts';
import { createTailTest, type TailTest } from '../statistics/tail.ts';
import { windowsIn } from './persistence.ts';

export interface Sides {
  /** One row for each cluster that has calls which did not fail. */
  readonly tables: { readonly baseline: CumulativeTable; readonly candidate: CumulativeTable };
  /** The same as histograms, made when they are asked for. */
  readonly clusters: () => { readonly baseline: readonly Histogram[]; readonly candidate: readonly Histogram[] };
  readonly testTail: TailTest;
  /** All clusters of an arm, and all of both. */
  readonly merged: { readonly baseline: Histogram; readonly candidate: Histogram; readonly pooled: Histogram };
  /** Calls that did not fail, in the smaller arm. */
  readonly calls: number;
  readonly paired: boolean;
  /** Of the difference between instances, where it is assumed instead of estimated; on the log of latency, else 0. */
  readonly unseenSd: number;
  readonly decisive: Decisive;
  /** Made when it is asked for: only of what moved has to be known whether it lasts. */
  readonly windows: () => readonly Histogram[];
}

export function sidesOf(arms: ClusteredArms<Cell>, { instanceSd }: AnalysisSettings): Sides {
  const [before, after] = [tableOf(arms.baseline), tableOf(arms.candidate)];
  const complete = before.rows === arms.baseline.length && after.rows === arms.candidate.length;
  const [baseline, candidate] = [addedUp(before), addedUp(after)];
  const pooled = mergeHistograms([baseline, candidate]);
  const paired = arms.paired && complete;
  return {
    tables: { baseline: before, candidate: after },
    clusters: () => ({ baseline: histogramsOf(arms.baseline), candidate: histogramsOf(arms.candidate) }),
    testTail: createTailTest(before, after, paired, pooled),
    merged: { baseline, candidate, pooled },
    calls: Math.min(countOf(baseline), countOf(candidate)),
    paired,
    unseenSd: instanceSd * Math.sqrt(arms.unseenInstances),
    decisive: decisiveFor(arms),
    windows: () => histogramsOfThirds(arms.candidate),
  };
}

const durationsOf = ({ durations }: Cell): Histogram => durations;

const tableOf = (clusters: readonly Cluster<Cell>[]): CumulativeTable =>
  cumulateGroups(
    clusters.map(({ members }) => members),
    durationsOf,
  );

const histogramsOf = (clusters: readonly Cluster<Cell>[]): Histogram[] =>
  clusters.map(({ members }) => mergeEach(members, durationsOf)).filter((histogram) => countOf(histogram) > 0);

/** Every quantile of an endpoint that moved asks for the same. */
const histogramsOfThirds = remember((clusters: readonly Cluster<Cell>[]) =>
  windowsIn(clusters).map((members) => mergeEach(members, durationsOf)),
);

/** Calls that are expected beyond the p-quantile in the smaller arm. */
export function expected({ calls }: Pick<Sides, 'calls'>, p: number): number {
  return calls * (1 - p);
}
