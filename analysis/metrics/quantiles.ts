/** Quantiles of a metric's buckets, tested and sized as latency is; what wide buckets cannot show is said. */

import type { Histogram } from '../../model.ts';
import type { Cluster, ClusteredArms } from '../control/cluster.ts';
import { againstFloor, type Measurement, unmeasured } from '../detection/measurement.ts';
import { persistence, windowsIn } from '../detection/persistence.ts';
import type { AnalysisSettings } from '../input/settings.ts';
import { bootstrapQuantiles, type QuantileEffect } from '../statistics/bootstrap.ts';
import { cumulate } from '../statistics/cumulate.ts';
import { studentTwoSided } from '../statistics/distributions.ts';
import { exceedanceCounts, testExceedance } from '../statistics/exceedance.ts';
import { countOf, durationAt, mergeHistograms } from '../statistics/histogram.ts';
import { minimumDetectable, ratioInterval } from '../statistics/power.ts';
import type { Resamples } from '../statistics/resamples.ts';
import { atEdges, endsOf, type Grid, gridOf, spreadOut } from './buckets.ts';
import type { MetricCell } from './groups.ts';

export interface QuantileSignal {
  readonly signal: Measurement['signal'];
  readonly p: number;
  readonly tolerance: number;
}

export interface BucketScale {
  /** What a value of the metric is in the unit of the finding. */
  readonly scale: number;
  /** A quantile must move by this much, in the unit of the finding. */
  readonly floor: number;
}

interface Sides {
  readonly grid: Grid;
  readonly baseline: readonly Histogram[];
  readonly candidate: readonly Histogram[];
  readonly arms: ClusteredArms<MetricCell>;
  readonly unit: BucketScale;
}

export function measureQuantiles(
  signals: readonly QuantileSignal[],
  arms: ClusteredArms<MetricCell>,
  unit: BucketScale,
  settings: AnalysisSettings,
  resamples: Resamples,
): Measurement[] {
  const grid = gridOf(
    [...arms.baseline, ...arms.candidate].flatMap(({ members }) => members).flatMap(({ parts }) => parts),
  );
  const none = { baseline: null, candidate: null };
  if (typeof grid === 'string')
    return signals.map(({ signal, tolerance }) => unmeasured(signal, { ...none, tolerance, obstacle: grid }));
  const merged = (clusters: readonly Cluster<MetricCell>[]) =>
    clusters
      .map(({ members }) =>
        atEdges(
          members.flatMap(({ parts }) => parts),
          grid,
        ),
      )
      .filter((each) => countOf(each) > 0);
  const sides = { grid, baseline: merged(arms.baseline), candidate: merged(arms.candidate), arms, unit };
  if (Math.min(sides.baseline.length, sides.candidate.length) < 2) {
    const obstacle = 'one instance in one slot says nothing about chance: compare over a longer time';
    return signals.map(({ signal, tolerance }) => unmeasured(signal, { ...none, tolerance, obstacle }));
  }
  const effects = bootstrapQuantiles(
    cumulate(sides.baseline.map((each) => spreadOut(each, grid))),
    cumulate(sides.candidate.map((each) => spreadOut(each, grid))),
    { probabilities: signals.map(({ p }) => p), paired: isPaired(sides), resamples },
  );
  return signals.flatMap((signal, index) => {
    const effect = effects[index];
    return effect === undefined ? [] : [measureQuantile(signal, sides, effect, settings)];
  });
}

function measureQuantile(
  { signal, p, tolerance }: QuantileSignal,
  sides: Sides,
  known: QuantileEffect,
  settings: AnalysisSettings,
): Measurement {
  const { baseline, candidate, arms, unit } = sides;
  const unseen = settings.instanceSd ** 2 * arms.unseenInstances;
  const effect = { ...known, standardError: Math.hypot(known.standardError, Math.sqrt(unseen)) };
  const ends = [baseline, candidate].map((each) => bucketOf(each, p, sides.grid));
  const values = {
    baseline: durationAt(known.baseline) * unit.scale,
    candidate: durationAt(known.candidate) * unit.scale,
  };
  const test = testExceedance(baseline, candidate, { p, paired: isPaired(sides) });
  const few = fewCalls(sides, p, settings);
  if (test === null || few === 'too few') {
    return unmeasured(signal, { ...values, tolerance, obstacle: obstacleOf(p, few, ends) });
  }
  const assumed = studentTwoSided(effect.effect / effect.standardError, effect.degreesOfFreedom);
  const bounds = ratioInterval(effect.effect, effect);
  return {
    signal,
    tolerance,
    ...values,
    ratio: Math.exp(effect.effect),
    bounds,
    p: unseen > 0 && test.p !== null ? Math.max(test.p, assumed) : test.p,
    minimumDetectable: coarsest(minimumDetectable(effect, tolerance), ends),
    floor: againstFloor(unit.floor, {
      difference: values.baseline * Math.expm1(effect.effect),
      base: values.baseline,
      bounds,
    }),
    lasting: persistence({
      baselineRate: test.baseline.rate,
      candidateRate: test.candidate.rate,
      windows: windowsIn(arms.candidate).map((members) =>
        exceedanceCounts(
          members.map(({ parts }) => atEdges(parts, sides.grid)),
          test.bucket,
        ),
      ),
    }),
    obstacle: obstacleOf(p, few, ends),
    quiet: null,
  };
}

type Ends = readonly [number, number] | null;

/** Ends of the bucket that holds the quantile; null where the bucket is open. */
function bucketOf(clusters: readonly Histogram[], p: number, grid: Grid): Ends {
  const all = mergeHistograms(clusters);
  // Edges are far apart on Hinge's scale: which one holds the quantile is a matter of counting.
  const total = countOf(all);
  let below = 0;
  const at = all.counts.findIndex((count) => {
    below += count;
    return below >= p * total;
  });
  const edge = all.buckets[at];
  return edge === undefined ? null : endsOf(edge, grid);
}

/** Within one wide bucket a quantile may move unseen. */
function coarsest(detectable: number | null, ends: readonly Ends[]): number | null {
  const widths = ends.map((each) => (each === null ? 1 : durationAt(each[1] - each[0])));
  return detectable === null ? null : Math.max(detectable, ...widths);
}

function isPaired({ arms, baseline, candidate }: Sides): boolean {
  return arms.paired && baseline.length === arms.baseline.length && candidate.length === arms.candidate.length;
}

function fewCalls({ baseline, candidate }: Sides, p: number, settings: AnalysisSettings): 'too few' | 'few' | null {
  const beyond = Math.min(...[baseline, candidate].map((arm) => countOf(mergeHistograms(arm)))) * (1 - p);
  if (beyond < settings.suspicionExceedances) return 'too few';
  return beyond < settings.minimumExceedances ? 'few' : null;
}

function obstacleOf(p: number, few: string | null, ends: readonly Ends[]): string | null {
  if (few !== null) return `too few calls in the smaller arm for p${p * 100}`;
  if (ends.some((each) => each === null)) return 'the quantile lies beyond the bounds of the buckets';
  return null;
}
