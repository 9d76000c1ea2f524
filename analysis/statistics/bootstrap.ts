/** Cluster bootstrap of quantiles: the log ratio candidate / baseline at each probability, with its standard error. */

import { reliabilityOf, unlike } from './cluster-variance.ts';
import { type CumulativeTable, columnAt, quantilePosition, totalsOf, weightedTotal } from './cumulative.ts';
import { BUCKET_LOG } from './histogram.ts';
import { satterthwaite } from './ratio.ts';
import type { Resamples } from './resamples.ts';

export interface QuantileEffect {
  readonly p: number;
  /** Positions on the bucket scale. */
  readonly baseline: number;
  readonly candidate: number;
  /** Natural logarithm of candidate / baseline. */
  readonly effect: number;
  readonly standardError: number;
  readonly degreesOfFreedom: number;
}

export interface BootstrapOptions {
  readonly probabilities: readonly number[];
  readonly paired: boolean;
  readonly resamples: Resamples;
}

/** Rounding to buckets alone gives an arm this variance (uniform within one bucket), in squared bucket widths. */
const ROUNDING = 1 / 12;

/**
 * Each row is one cluster; both arms need at least two. Clusters are drawn with replacement (multinomial weights),
 * in pairs where they are paired. Critical values are the caller's: Student's t with the degrees of freedom given,
 * because percentile and normal intervals alarm in 8-12 % of A/A comparisons at ten clusters.
 */
export function bootstrapQuantiles(
  before: CumulativeTable,
  after: CumulativeTable,
  options: BootstrapOptions,
): QuantileEffect[] {
  const { probabilities, paired, resamples } = options;
  const own = resamples('before', before.rows);
  const spreads = probabilities.map((p) => createSpread(p, before, after, own.length));
  const others = paired ? own : resamples('after', after.rows);
  for (const [draw, weights] of own.entries()) {
    const otherWeights = others[draw] ?? weights;
    const [all, allAfter] = [weightedTotal(before, weights), weightedTotal(after, otherWeights)];
    for (const spread of spreads) {
      spread.before[draw] = quantilePosition(before, weights, spread.p, spread.columns[0], all);
      spread.after[draw] = quantilePosition(after, otherWeights, spread.p, spread.columns[1], allAfter);
    }
  }
  const freedom = { before: freedomOf(before), after: freedomOf(after) };
  return spreads.map((spread) => {
    const { p, positions } = spread;
    const effect = (positions.candidate - positions.baseline) * BUCKET_LOG;
    return { p, ...positions, effect, ...precisionOf(spread, freedom, paired) };
  });
}

interface Spread {
  readonly p: number;
  readonly positions: { readonly baseline: number; readonly candidate: number };
  /** Of these positions: where draws are looked for first. */
  readonly columns: readonly [number, number];
  /** Of the arms. */
  readonly clusters: readonly [number, number];
  /** By draw. */
  readonly before: Float64Array;
  readonly after: Float64Array;
}

function createSpread(p: number, before: CumulativeTable, after: CumulativeTable, draws: number): Spread {
  const baseline = quantilePosition(before, allOnce(before.rows), p);
  const candidate = quantilePosition(after, allOnce(after.rows), p);
  return {
    ...{ p, positions: { baseline, candidate } },
    columns: [columnAt(before, baseline), columnAt(after, candidate)],
    clusters: [before.rows, after.rows],
    ...{ before: new Float64Array(draws), after: new Float64Array(draws) },
  };
}

/** `freedom`: degrees of freedom of the variance of either arm. */
function precisionOf(spread: Spread, freedom: Record<'before' | 'after', number>, paired: boolean) {
  const clusters = { before: spread.clusters[0], after: spread.clusters[1] };
  const arms = (['before', 'after'] as const).map((arm) => ({
    variance: inflate(varianceOf(spread[arm]), clusters[arm]),
    degreesOfFreedom: freedom[arm],
  }));
  const variance = paired
    ? inflate(varianceOf(spread.after.map((each, draw) => each - (spread.before[draw] ?? 0))), clusters.before)
    : arms.reduce((total, arm) => total + arm.variance, 0);
  return {
    standardError: Math.sqrt(variance) * BUCKET_LOG,
    degreesOfFreedom: paired ? Math.max(1, Math.min(freedom.before, freedom.after)) : satterthwaite(arms),
  };
}

/** Of the rows of an arm; those that hold most of the calls hold most of the variance. */
function freedomOf(arm: CumulativeTable): number {
  return reliabilityOf(totalsOf(arm), unlike).degreesOfFreedom;
}

/** The bootstrap's variance is short by (K - 1) / K. */
function inflate(variance: number, clusters: number): number {
  return (variance * clusters) / (clusters - 1) + ROUNDING;
}

function allOnce(clusters: number): Float64Array {
  return new Float64Array(clusters).fill(1);
}

/** By a running mean (Welford); what is not a number, the quantile of an empty draw, is left out. */
function varianceOf(values: Float64Array): number {
  let [count, mean, squares] = [0, 0, 0];
  for (let index = 0; index < values.length; index++) {
    const value = values[index] ?? 0;
    if (Number.isNaN(value)) continue;
    count += 1;
    const step = value - mean;
    mean += step / count;
    squares += step * (value - mean);
  }
  return count > 1 ? squares / (count - 1) : 0;
}
