/** Wilcoxon's rank-sum test of two arms: are the candidate's values as high as they are by chance? Exact where they are few. */

import { sum } from 'simple-statistics';
import type { Histogram } from '../../model.ts';
import { logNormalAtMost } from './distributions.ts';
import { countOf, mergeHistograms } from './histogram.ts';

/** Up to so many pairs of a value of either arm all ways of dealing them are counted; beyond, the sum is normal enough. */
const EXACT_PAIRS = 150;

/** Values that are equal, of both arms: how many, how many of them in the arm that is summed, and twice their mean rank. */
interface Tie {
  readonly all: number;
  readonly own: number;
  readonly rank: number;
}

/** P(W > w) + P(W = w) / 2 for the sum of the candidate's ranks, ties at their mean rank (mid-p). 0.5 where an arm is empty. */
export function rankSumTail(baseline: Histogram, candidate: Histogram): number {
  const [before, after] = [countOf(baseline), countOf(candidate)];
  if (before === 0 || after === 0) return 0.5;
  if (before * after > EXACT_PAIRS) return normalTail(tiesOf(baseline, candidate), after);
  // Ranks of one arm tell those of the other; the smaller is the quicker to deal.
  if (before < after) return 1 - exactTail(tiesOf(candidate, baseline), before);
  return exactTail(tiesOf(baseline, candidate), after);
}

function tiesOf(other: Histogram, own: Histogram): Tie[] {
  const pooled = mergeHistograms([other, own]);
  const owned = new Map(own.buckets.map((bucket, index) => [bucket, own.counts[index] ?? 0]));
  let below = 0;
  return pooled.buckets.flatMap((bucket, index) => {
    const all = pooled.counts[index] ?? 0;
    if (all === 0) return [];
    below += all;
    return [{ all, own: owned.get(bucket) ?? 0, rank: 2 * below - all + 1 }];
  });
}

const rankSum = (ties: readonly Tie[]) => sum(ties.map(({ own, rank }) => own * rank));

/** Every way of dealing `size` of the values, by their sum of ranks. */
function exactTail(ties: readonly Tie[], size: number): number {
  const most = size * Math.max(...ties.map(({ rank }) => rank));
  const ways = Array.from({ length: size + 1 }, () => new Float64Array(most + 1));
  (ways[0] ?? [])[0] = 1;
  for (const { all, rank } of ties) deal(ways, all, rank);
  const dealt = ways[size] ?? new Float64Array();
  const seen = rankSum(ties);
  const waysFrom = (rank: number) => dealt.subarray(rank).reduce((all, each) => all + each, 0);
  return (waysFrom(seen) + waysFrom(seen + 1)) / 2 / waysFrom(0);
}

/** Adds the ways of dealing some of `all` equal values; from the most values down, so that none is dealt twice. */
function deal(ways: readonly Float64Array[], all: number, rank: number): void {
  for (let size = ways.length - 1; size > 0; size--) {
    let choose = 1;
    for (let some = 1; some <= Math.min(all, size); some++) {
      choose *= (all - some + 1) / some;
      addShifted(ways[size], ways[size - some], { by: some * rank, times: choose });
    }
  }
}

function addShifted(
  to: Float64Array | undefined,
  from: Float64Array | undefined,
  { by, times }: { readonly by: number; readonly times: number },
): void {
  if (to === undefined || from === undefined) return;
  for (let at = by; at < to.length; at++) to[at] = (to[at] ?? 0) + times * (from[at - by] ?? 0);
}

/** Mean and variance of the sum with ties (Lehmann 1975, 1.36). */
function normalTail(ties: readonly Tie[], size: number): number {
  const all = sum(ties.map((tie) => tie.all));
  const others = all - size;
  const tied = sum(ties.map((tie) => tie.all ** 3 - tie.all)) / (all * (all - 1));
  // Ranks are doubled, and so is their mean; variances count four times.
  const variance = (size * others * (all + 1 - tied)) / 3;
  if (!(variance > 0)) return 0.5;
  return Math.exp(logNormalAtMost((size * (all + 1) - rankSum(ties)) / Math.sqrt(variance)));
}
