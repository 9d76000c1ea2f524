/** The test of the tail on histograms, one for each cluster. */

import { cumulate } from '../../analysis/statistics/cumulate.ts';
import { createTailTest } from '../../analysis/statistics/tail.ts';
import type { Histogram } from '../../model.ts';

interface Arms {
  readonly baseline: readonly Histogram[];
  readonly candidate: readonly Histogram[];
  readonly paired: boolean;
}

/** Two-sided; null where there is nothing to test. */
export const tailP = ({ baseline, candidate, paired }: Arms, probabilities: readonly number[]): number | null =>
  createTailTest(cumulate(baseline), cumulate(candidate), paired)(probabilities)?.p ?? null;
