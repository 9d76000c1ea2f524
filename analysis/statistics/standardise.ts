/** Rates of several strata as one: both arms are given the same mix of strata, so that a shift of the mix moves nothing. */

import { sum } from 'simple-statistics';
import { addUp, type Count } from './counts.ts';

/** One cluster, by stratum. */
export type Strata = ReadonlyMap<string, Count>;

/** The clusters of one arm as counts of one rate, and the least variance of that rate. */
export interface StandardisedArm {
  readonly counts: readonly Count[];
  readonly leastVariance: number;
}

/**
 * Direct standardisation with the weights of Mantel and Haenszel, n0 n1 / (n0 + n1): the clusters come back as plain counts
 * whose pooled rate is the standardised rate of the arm, and whose residuals from it are those of the stratified estimator,
 * the sum of w/n (k - r n) over the strata. Strata that one arm does not have are left out. Their exposures sum to
 * the arm's own.
 */
export function standardise(
  baseline: readonly Strata[],
  candidate: readonly Strata[],
): { readonly baseline: StandardisedArm; readonly candidate: StandardisedArm } {
  const [before, after] = [pool(baseline), pool(candidate)];
  const weights = new Map(
    [...before].flatMap(([stratum, old]): [string, number][] => {
      const exposure = after.get(stratum)?.exposure ?? 0;
      return old.exposure > 0 && exposure > 0 ? [[stratum, (old.exposure * exposure) / (old.exposure + exposure)]] : [];
    }),
  );
  const total = sum([...weights.values()]);
  const shares = new Map([...weights].map(([stratum, weight]) => [stratum, weight / total]));
  return { baseline: reweight(baseline, before, shares), candidate: reweight(candidate, after, shares) };
}

function pool(clusters: readonly Strata[]): Map<string, Count> {
  const strata = Map.groupBy(
    clusters.flatMap((cluster) => [...cluster]),
    ([stratum]) => stratum,
  );
  return new Map([...strata].map(([stratum, entries]) => [stratum, addUp(entries.map(([, count]) => count))]));
}

function reweight(
  clusters: readonly Strata[],
  pooled: ReadonlyMap<string, Count>,
  shares: ReadonlyMap<string, number>,
): StandardisedArm {
  const rateOf = ({ events, exposure }: Count) => events / exposure;
  const kept = [...shares].map(([stratum, share]) => ({
    stratum,
    share,
    pooled: pooled.get(stratum) ?? { events: 0, exposure: 0 },
  }));
  const all = sum(kept.map((each) => each.pooled.exposure));
  const standard = sum(kept.map((each) => each.share * rateOf(each.pooled)));
  const counts = clusters.map((cluster) =>
    addUp(
      kept.map(({ stratum, share, pooled: whole }) => {
        const { events, exposure } = cluster.get(stratum) ?? { events: 0, exposure: 0 };
        const factor = (share * all) / whole.exposure;
        return {
          events: factor * (events - (rateOf(whole) - standard) * exposure),
          exposure: factor * exposure,
        };
      }),
    ),
  );
  return { counts, leastVariance: sum(kept.map(({ share, pooled: whole }) => share ** 2 * leastVarianceOf(whole))) };
}

/**
 * A whole number of events for each of the exposure varies least when it is one of the two numbers next to the mean: as the
 * binomial does, under one. Half an event is added, so that clusters that agree by luck do not look like certainty.
 */
function leastVarianceOf({ events, exposure }: Count): number {
  const rate = (events + 0.5) / (exposure + 1);
  const part = rate - Math.floor(rate);
  return (part * (1 - part)) / exposure;
}
