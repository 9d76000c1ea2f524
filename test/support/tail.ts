/** The test of the tail on histograms, one for each cluster. */

import { cumulate } from '../../analysis/statistics/cumulate.ts';
import { mergeHistograms } from '../../analysis/statistics/histogram.ts';
import { testTail } from '../../analysis/statistics/tail.ts';
import type { Histogram } from '../../model.ts';

interface Arms {
  readonly baseline: readonly Histogram[];
  readonly candidate: readonly Histogram[];
  readonly paired: boolean;
}

/** Two-sided; null where there is nothing to test. */
export function tailP({ baseline, candidate, paired }: Arms, probabilities: readonly number[]): number | null {
  const pooled = mergeHistograms([...baseline, ...candidate]);
  return testTail(cumulate(baseline), cumulate(candidate), { probabilities, paired, pooled })?.p ?? null;
}
