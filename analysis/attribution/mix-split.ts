/** A change of a mean over strata, split exactly: what changed like for like, and what another mix of the strata moved. */

import { sum } from 'simple-statistics';
import { clusterArms, type Placed } from '../control/cluster.ts';
import { edgeOf } from '../input/graph.ts';
import { studentQuantile } from '../statistics/distributions.ts';
import { totalNs } from '../statistics/histogram.ts';
import { satterthwaite } from '../statistics/ratio.ts';
import type { RootTimes, Stratum } from './mix-strata.ts';

export interface MixSplit {
  /** Mean time of a call. */
  readonly baselineNs: number;
  readonly candidateNs: number;
  /** sum wbar dp, with its 95 % interval. */
  readonly performanceNs: number;
  readonly intervalNs: readonly [number, number];
  /** sum pbar dw. */
  readonly mixNs: number;
  /** Of the strata that there is more of, the one that moved the mean most, and its share of the calls, 0 to 1. */
  readonly moved: { readonly root: string; readonly baseline: number; readonly candidate: number };
}

/** One side: the strata of an endpoint, and the self times that they were put together from. */
export interface SplitArm {
  readonly strata: readonly Stratum[];
  readonly roots: RootTimes;
}

/** A stratum in both arms: shares of the calls and mean times. */
interface Pair {
  readonly root: string;
  readonly shares: readonly [number, number];
  readonly means: readonly [number, number];
}

/**
 * dP = sum wbar dp + sum pbar dw (Kitagawa 1955). A stratum that one arm lacks has no change of its own: it is mix.
 * The interval of the first part is over the instances of every service below the endpoint.
 * Null without two strata.
 */
export function splitMix(before: SplitArm, after: SplitArm, instanceSd: number): MixSplit | null {
  const pairs = pairUp(before.strata, after.strata);
  const first = pairs[0];
  if (first === undefined || pairs.length < 2) return null;
  const performanceNs = sum(pairs.map(({ shares, means }) => half(shares) * (means[1] - means[0])));
  const mixNs = sum(pairs.map(({ shares, means }) => half(means) * (shares[1] - shares[0])));
  const [baselineNs, candidateNs] = [0, 1].map((arm) =>
    sum(pairs.map(({ shares, means }) => (shares[arm] ?? 0) * (means[arm] ?? 0))),
  ) as [number, number];
  const moved = mostMoved(pairs, (baselineNs + candidateNs) / 2, mixNs) ?? first;
  const weights = new Map(pairs.map(({ root, shares }) => [root, half(shares)]));
  const margin = marginNs(before, after, weights, instanceSd);
  return {
    ...{ baselineNs, candidateNs, performanceNs, mixNs },
    intervalNs: [performanceNs - margin, performanceNs + margin],
    moved: { root: moved.root, baseline: moved.shares[0], candidate: moved.shares[1] },
  };
}

const half = ([one, other]: readonly [number, number]): number => (one + other) / 2;

/** Of the strata that there is more of, the one that pulled the mean hardest in the direction of the mix. */
function mostMoved(pairs: readonly Pair[], meanNs: number, mixNs: number): Pair | undefined {
  const gain = ({ shares }: Pair) => shares[1] - shares[0];
  const pull = (pair: Pair) => gain(pair) * (half(pair.means) - meanNs) * Math.sign(mixNs);
  return pairs.filter((pair) => gain(pair) > 0).sort((one, other) => pull(other) - pull(one))[0];
}

function pairUp(before: readonly Stratum[], after: readonly Stratum[]): Pair[] {
  const [all, allAfter] = [before, after].map((strata) => sum(strata.map(({ calls }) => calls))) as [number, number];
  const roots = [...new Set([...before, ...after].map(({ root }) => root))].sort();
  return roots.map((root) => {
    const [old, fresh] = [before, after].map((strata) => strata.find((stratum) => stratum.root === root));
    const meanNs = old?.meanNs ?? fresh?.meanNs ?? 0;
    return {
      root,
      shares: [(old?.calls ?? 0) / all, (fresh?.calls ?? 0) / allAfter],
      means: [meanNs, fresh?.meanNs ?? meanNs],
    };
  });
}

/** What one cell adds to the mean beyond what its requests would have: its residual, with its weight in the mean. */
interface Residual extends Placed {
  readonly owner: string;
  readonly requests: number;
  readonly ns: number;
  readonly residualNs: number;
}

/** Half the width of the interval: instances are the replicates, services vary on their own. */
function marginNs(before: SplitArm, after: SplitArm, weights: ReadonlyMap<string, number>, instanceSd: number): number {
  const [old, fresh] = [before, after].map((arm) => Map.groupBy(residualsOf(arm, weights), ({ owner }) => owner));
  const owners = [...new Set([...(old?.keys() ?? []), ...(fresh?.keys() ?? [])])].sort();
  const variances = owners.flatMap((owner) => ownVariances(old?.get(owner) ?? [], fresh?.get(owner) ?? [], instanceSd));
  const variance = sum(variances.map((each) => each.variance));
  return variance > 0 ? studentQuantile(0.975, satterthwaite(variances)) * Math.sqrt(variance) : 0;
}

interface Spread {
  readonly variance: number;
  readonly degreesOfFreedom: number;
}

/** Of one service: of either arm; where the same instances stand on both sides, of the difference of their residuals. */
function ownVariances(before: readonly Residual[], after: readonly Residual[], instanceSd: number): Spread[] {
  const arms = clusterArms(before, after, ({ requests }) => requests);
  const [old, fresh] = [arms.baseline, arms.candidate].map((clusters) =>
    clusters.map(({ members }) => sum(members.map(({ residualNs }) => residualNs))),
  ) as [number[], number[]];
  const seen = arms.paired
    ? [spreadOf(fresh.map((residual, index) => residual - (old[index] ?? 0)))]
    : [old, fresh].map(spreadOf);
  const assumed = before.length > 0 && after.length > 0 ? arms.unseenInstances : 0;
  const unseen = (instanceSd * sum(after.map(({ ns }) => ns))) ** 2 * assumed;
  return unseen > 0 ? [...seen, { variance: unseen, degreesOfFreedom: Number.POSITIVE_INFINITY }] : seen;
}

function spreadOf(residuals: readonly number[]): Spread {
  const clusters = residuals.length;
  const variance = (clusters / Math.max(1, clusters - 1)) * sum(residuals.map((residual) => residual ** 2));
  return { variance, degreesOfFreedom: clusters - 1 };
}

function residualsOf({ strata, roots }: SplitArm, weights: ReadonlyMap<string, number>): Residual[] {
  return strata.flatMap(({ root, calls, parts }) =>
    parts.flatMap(({ unit, weight }) => {
      const time = roots.get(root)?.get(unit);
      if (time === undefined) return [];
      const factor = ((weights.get(root) ?? 0) * weight) / calls;
      return time.cells.map(({ instance, slotMs, requests, selfTimes }) => {
        const ns = totalNs(selfTimes);
        const residualNs = factor * (ns - (time.ns / time.requests) * requests);
        return { owner: edgeOf(unit)?.caller ?? unit, instance, slotMs, requests, ns: factor * ns, residualNs };
      });
    }),
  );
}
