/** Self time of one unit (a service, or an edge between two) within one root endpoint: old against new, per request. */

import { sum } from 'simple-statistics';
import type { ChangedBuild, SelfTimeCell } from '../../model.ts';
import { type Cluster, type ClusteredArms, clusterArms } from '../control/cluster.ts';
import { chooseArms } from '../control/control.ts';
import { addUp, addUpEach, type Count } from '../statistics/counts.ts';
import { cumulate } from '../statistics/cumulate.ts';
import { mergeEach, totalNs } from '../statistics/histogram.ts';
import { createRandom, hashOf, type Random } from '../statistics/random.ts';
import { compareRates, type RateComparison } from '../statistics/ratio.ts';
import { beyondQuantile, createTailTest } from '../statistics/tail.ts';

export interface UnitShift {
  readonly unit: string;
  /** Mean self time per request that passes the unit; the baseline's is scaled to the candidate's number of calls. */
  readonly baselineNs: number;
  readonly candidateNs: number;
  /** Change of self time per request of the root endpoint, calls per request held constant. */
  readonly excessNs: number;
  /** The same in bootstrap draws. */
  readonly draws: readonly number[];
  readonly p: number | null;
  /** Log ratio of self time per request, calls held constant, and its variance over clusters. */
  readonly rise: { readonly log: number; readonly variance: number };
  /** Calls of the unit per request that passes it. */
  readonly calls: { readonly baseline: number; readonly candidate: number; readonly p: number | null };
  /** Self time per request of the root endpoint that comes from more (or fewer) calls, at the old time per call. */
  readonly callsExcessNs: number;
}

export interface UnitInput {
  readonly unit: string;
  readonly before: readonly SelfTimeCell[];
  readonly after: readonly SelfTimeCell[];
  /** Sampled requests of the root endpoint in the candidate. */
  readonly rootRequests: number;
  /** Calls of the unit per request in either arm, where its callers' edges tell; its own spans per request otherwise. */
  readonly callsPerRequest: { readonly baseline: number; readonly candidate: number } | null;
  /** The quantile that regressed, 0 to 1. */
  readonly quantile: number;
  readonly manifest: ChangedBuild | undefined;
  readonly bootstrapDraws: number;
  /** Standard deviation between instances, assumed where too few stand to estimate it. */
  readonly instanceSd: number;
  readonly seed: number;
}

/** A number of calls that changed by less than this leaves the exceedance test of the time per request valid. */
const STEADY_CALLS = 0.02;

/** Null when one of the arms does not pass the unit. */
export function measureUnit(input: UnitInput): UnitShift | null {
  const arms = clusterUnit(input);
  const spans = compareRates(
    countEach(arms.baseline, (cell) => cell.spans),
    countEach(arms.candidate, (cell) => cell.spans),
    { paired: arms.paired, noise: 'none' },
  );
  if (!(spans.baseline.exposure > 0) || !(spans.candidate.exposure > 0)) return null;
  const calls = input.callsPerRequest ?? { baseline: spans.baseline.rate, candidate: spans.candidate.rate };
  const scale = calls.baseline > 0 && calls.candidate > 0 ? calls.candidate / calls.baseline : 1;
  const before = countEach(arms.baseline, (cell) => totalNs(cell.selfTimes)).map(({ events, exposure }) => ({
    events: events * scale,
    exposure,
  }));
  const after = countEach(arms.candidate, (cell) => totalNs(cell.selfTimes));
  const test = compareRates(before, after, { paired: arms.paired, noise: 'none' });
  const tail = Math.abs(scale - 1) < STEADY_CALLS ? tailP(arms, input.quantile) : null;
  const passing = Math.min(1, sum(input.after.map((cell) => cell.requests)) / input.rootRequests);
  const random = createRandom(hashOf(input.unit) ^ input.seed);
  return {
    unit: input.unit,
    baselineNs: test.baseline.rate,
    candidateNs: test.candidate.rate,
    excessNs: passing * test.difference,
    draws: drawExcess(before, after, input.bootstrapDraws, random).map((excess) => passing * excess),
    p: combine(test.p, tail),
    rise: riseOf(test, input.instanceSd ** 2 * arms.unseenInstances),
    calls: { ...calls, p: spans.p },
    callsExcessNs: passing * test.baseline.rate * (1 - 1 / scale),
  };
}

/** By the delta method: each rate's variance over its square. */
function riseOf({ baseline, candidate, covariance }: RateComparison, unseen: number): UnitShift['rise'] {
  const relative = ({ variance, rate }: RateComparison['baseline']) => variance / rate ** 2;
  const variance =
    relative(baseline) + relative(candidate) - (2 * covariance) / (baseline.rate * candidate.rate) + unseen;
  return { log: Math.log(candidate.rate / baseline.rate), variance: Math.max(0, variance) };
}

function clusterUnit({ before, after, manifest }: UnitInput): ClusteredArms<SelfTimeCell> {
  const chosen = chooseArms(before, after, manifest);
  return clusterArms(chosen.baseline, chosen.candidate, ({ requests }) => requests);
}

/** p of the test of the tail that begins at the quantile that regressed; null where it does not speak of a worsening. */
function tailP({ baseline, candidate, paired }: ClusteredArms<SelfTimeCell>, p: number): number | null {
  const tableOf = (clusters: readonly Cluster<SelfTimeCell>[]) =>
    cumulate(clusters.map(({ members }) => mergeEach(members, ({ selfTimes }) => selfTimes)));
  const test = createTailTest(tableOf(baseline), tableOf(candidate), paired)(beyondQuantile(p));
  return test === null || test.difference <= 0 ? null : test.p;
}

function countEach(clusters: readonly Cluster<SelfTimeCell>[], eventsOf: (cell: SelfTimeCell) => number): Count[] {
  const countOf = (cell: SelfTimeCell) => ({ events: eventsOf(cell), exposure: cell.requests });
  return clusters.map(({ members }) => addUpEach(members, countOf));
}

/** Two tests of one question (the mean, and the quantile that regressed): Bonferroni. */
function combine(mean: number | null, tail: number | null): number | null {
  if (mean === null || tail === null) return mean ?? tail;
  return Math.min(1, 2 * Math.min(mean, tail));
}

function drawExcess(before: readonly Count[], after: readonly Count[], draws: number, random: Random): number[] {
  const rateOf = (counts: readonly Count[]) => {
    const { events, exposure } = addUp(counts.map(() => counts[Math.floor(random() * counts.length)]).filter(isCount));
    return events / exposure;
  };
  return Array.from({ length: draws }, () => rateOf(after) - rateOf(before));
}

function isCount(count: Count | undefined): count is Count {
  return count !== undefined;
}
