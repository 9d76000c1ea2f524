/** The one-shot test of a quantile: do more calls of the candidate exceed the pooled quantile than of the baseline? */

import type { Histogram } from '../../model.ts';
import type { Count } from './counts.ts';
import { countOf, edgeNearest, exceedances, mergeHistograms } from './histogram.ts';
import { compareRates, type RateComparison } from './ratio.ts';

export interface ExceedanceTest extends RateComparison {
  /** The threshold: the upper edge of this bucket. */
  readonly bucket: number;
}

/**
 * The threshold is the p-quantile of both arms together, a bucket edge: a threshold taken from the baseline alone
 * would alarm in half of the A/A comparisons. Each histogram is one cluster. Null when there are no calls.
 */
export function testExceedance(
  baseline: readonly Histogram[],
  candidate: readonly Histogram[],
  options: { readonly p: number; readonly paired: boolean },
): ExceedanceTest | null {
  const bucket = edgeNearest(mergeHistograms([...baseline, ...candidate]), options.p);
  if (bucket === null) return null;
  const comparison = compareRates(exceedanceCounts(baseline, bucket), exceedanceCounts(candidate, bucket), {
    paired: options.paired,
    noise: 'binomial',
  });
  return { ...comparison, bucket };
}

export function exceedanceCounts(histograms: readonly Histogram[], bucket: number): Count[] {
  return histograms.map((histogram) => ({ events: exceedances(histogram, bucket), exposure: countOf(histogram) }));
}
