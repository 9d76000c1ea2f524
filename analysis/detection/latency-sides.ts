/** Both arms of one endpoint as histograms: one for each cluster, one for each arm, one for each third of the candidate's time. */

import type { Cell, Histogram } from '../../model.ts';
import { type Cluster, type ClusteredArms, decisiveFor } from '../control/cluster.ts';
import type { AnalysisSettings } from '../input/settings.ts';
import { countOf, mergeHistograms } from '../statistics/histogram.ts';
import type { Decisive } from '../statistics/power.ts';
import { windowsIn } from './persistence.ts';

export interface Sides {
  readonly baseline: readonly Histogram[];
  readonly candidate: readonly Histogram[];
  /** All clusters of an arm, and all of both. */
  readonly merged: { readonly baseline: Histogram; readonly candidate: Histogram; readonly pooled: Histogram };
  /** Calls that did not fail, in the smaller arm. */
  readonly calls: number;
  readonly paired: boolean;
  /** Of the difference between instances, where it is assumed instead of estimated; on the log of latency, else 0. */
  readonly unseenSd: number;
  readonly decisive: Decisive;
  readonly windows: readonly Histogram[];
}

export function sidesOf(arms: ClusteredArms<Cell>, { instanceSd }: AnalysisSettings): Sides {
  const [before, after] = [arms.baseline, arms.candidate].map((clusters) =>
    clusters.map(mergedOf).filter((histogram) => countOf(histogram) > 0),
  ) as [Histogram[], Histogram[]];
  const complete = before.length === arms.baseline.length && after.length === arms.candidate.length;
  const [baseline, candidate] = [mergeHistograms(before), mergeHistograms(after)];
  return {
    baseline: before,
    candidate: after,
    merged: { baseline, candidate, pooled: mergeHistograms([baseline, candidate]) },
    calls: Math.min(countOf(baseline), countOf(candidate)),
    paired: arms.paired && complete,
    unseenSd: instanceSd * Math.sqrt(arms.unseenInstances),
    decisive: decisiveFor(arms),
    windows: windowsIn(arms.candidate).map((members) => mergedOf({ members })),
  };
}

const mergedOf = ({ members }: Pick<Cluster<Cell>, 'members'>): Histogram =>
  mergeHistograms(members.map(({ durations }) => durations));

/** Calls that are expected beyond the p-quantile in the smaller arm. */
export function expected({ calls }: Pick<Sides, 'calls'>, p: number): number {
  return calls * (1 - p);
}
