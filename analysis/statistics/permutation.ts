/** Exact permutation test of two rates over clusters: every way of handing out the labels, once. */

import { addUp, type Count } from './counts.ts';

/** Up to this many clusters an arm the test is exact and cheap: at most 924 ways. */
const MOST_CLUSTERS = 6;

export interface PermutationTest {
  /** Two-sided. */
  readonly p: number;
  /** The least p that these clusters could have given: .125 for four pairs, .029 for four against four. */
  readonly leastP: number;
}

/**
 * Two-sided p of the difference of the pooled rates: the share of label assignments that give a difference as large as
 * the one seen. Paired clusters swap sides; others are shuffled freely. Null where there are too many clusters.
 */
export function permutationTest(
  baseline: readonly Count[],
  candidate: readonly Count[],
  paired: boolean,
): PermutationTest | null {
  if (baseline.length > MOST_CLUSTERS || candidate.length > MOST_CLUSTERS) return null;
  const assignments = paired ? swaps(baseline, candidate) : splits([...baseline, ...candidate], baseline.length);
  const differences = [...assignments].map(([before, after]) => Math.abs(difference(before, after)));
  const shareFrom = (size: number) =>
    differences.filter((each) => each >= size * (1 - 1e-12)).length / differences.length;
  return { p: shareFrom(Math.abs(difference(baseline, candidate))), leastP: shareFrom(Math.max(...differences)) };
}

type Assignment = readonly [readonly Count[], readonly Count[]];

function* splits(all: readonly Count[], size: number): Generator<Assignment> {
  for (let mask = 0; mask < 2 ** all.length; mask++) {
    const before = all.filter((_, index) => (mask >> index) & 1);
    if (before.length === size) yield [before, all.filter((_, index) => !((mask >> index) & 1))];
  }
}

function* swaps(baseline: readonly Count[], candidate: readonly Count[]): Generator<Assignment> {
  for (let mask = 0; mask < 2 ** baseline.length; mask++) {
    const side = (one: readonly Count[], other: readonly Count[]) =>
      one.map((count, index) => ((mask >> index) & 1 ? (other[index] ?? count) : count));
    yield [side(baseline, candidate), side(candidate, baseline)];
  }
}

function difference(before: readonly Count[], after: readonly Count[]): number {
  return rate(after) - rate(before);
}

function rate(counts: readonly Count[]): number {
  const { events, exposure } = addUp(counts);
  return exposure > 0 ? events / exposure : 0;
}
