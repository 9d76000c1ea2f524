/** Buckets of metrics on bounds that both arms have: for the test as they are, for the size spread out within each. */

import type { ExplicitSlot, ExponentialSlot, Histogram } from '../../model.ts';
import { BUCKETS_PER_OCTAVE } from '../statistics/histogram.ts';

type Part = ExplicitSlot | ExponentialSlot;

/** Which bounds to use: some that all have, or the coarsest scale of all. */
export type Grid = { readonly bounds: readonly number[] } | { readonly scale: number };

/** Upper edges of a bucket on the scale of analysis/histogram.ts in the metric's own unit; what no edge closes lies at the ends. */
const LOWEST = -1e6;
const HIGHEST = 1e6;
/** Scale at which a bucket is one of Hinge's own. */
const OWN_SCALE = Math.log2(BUCKETS_PER_OCTAVE);
/** Nothing can be said of values between fewer bounds. */
const FEWEST_BOUNDS = 2;

/**
 * Bounds change with a configuration or a library, so that two arms may not have the same: what all have in common remains.
 * A text where they cannot be compared, saying why.
 */
export function gridOf(parts: readonly Part[]): Grid | string {
  const explicit = new Map<string, ReadonlySet<number>>();
  let scale = OWN_SCALE;
  let exponential = false;
  for (const part of parts) {
    if ('bounds' in part) explicit.set(part.bounds.join(), explicit.get(part.bounds.join()) ?? new Set(part.bounds));
    else [exponential, scale] = [true, Math.min(scale, part.scale)];
  }
  if (explicit.size === 0) return { scale };
  if (exponential)
    return 'explicit buckets on one side and exponential ones on the other: their bounds cannot be joined';
  const [first = new Set<number>(), ...others] = explicit.values();
  const common = others.reduce((kept, bounds) => kept.intersection(bounds), first);
  if (common.size >= Math.min(FEWEST_BOUNDS, first.size)) return { bounds: [...common].sort((a, b) => a - b) };
  return `the bounds of its buckets changed, and ${common.size} of them are the same: not comparable`;
}

/** Counts at the upper edge of the common bucket that holds them: exact wherever the threshold is one of these edges. */
export function atEdges(parts: readonly Part[], grid: Grid): Histogram {
  const sums = new Map<number, number>();
  const add = (edge: number, count: number): void => {
    if (count > 0) sums.set(edge, (sums.get(edge) ?? 0) + count);
  };
  for (const part of parts) {
    if ('bounds' in part && 'bounds' in grid) {
      part.counts.forEach((count, index) => {
        add(edgeOver(part.bounds[index], grid.bounds), count);
      });
    } else if ('scale' in part && 'scale' in grid) {
      add(LOWEST, part.zeros);
      const [fold, width] = [2 ** (part.scale - grid.scale), 2 ** (OWN_SCALE - grid.scale)];
      part.buckets.forEach((bucket, index) => {
        add((Math.floor(bucket / fold) + 1) * width - 1, part.counts[index] ?? 0);
      });
    }
  }
  const buckets = [...sums.keys()].sort((one, other) => one - other);
  return { buckets, counts: buckets.map((bucket) => sums.get(bucket) ?? 0) };
}

/** The bucket, on Hinge's scale, that ends at the first common bound at or above. */
function edgeOver(bound: number | undefined, common: readonly number[]): number {
  const over = bound === undefined ? undefined : common.find((each) => each >= bound);
  if (over === undefined) return HIGHEST;
  return over > 0 ? BUCKETS_PER_OCTAVE * Math.log2(over) - 1 : LOWEST;
}

/** Lower and upper end of the bucket with this edge, in buckets of Hinge's scale; null where one end is open. */
export function endsOf(edge: number, grid: Grid): readonly [number, number] | null {
  if (edge === LOWEST || edge === HIGHEST) return null;
  if ('scale' in grid) return [edge + 1 - 2 ** (OWN_SCALE - grid.scale), edge + 1];
  const edges = grid.bounds.map((bound) => edgeOver(bound, grid.bounds));
  const below = edges[edges.indexOf(edge) - 1];
  return below === undefined || below === LOWEST ? null : [below + 1, edge + 1];
}

/** Each count spread evenly, on the logarithm, over the buckets of Hinge's scale that its bucket covers: how sizes are interpolated. */
export function spreadOut(histogram: Histogram, grid: Grid): Histogram {
  const sums = new Map<number, number>();
  histogram.buckets.forEach((edge, index) => {
    const [low, high] = endsOf(edge, grid) ?? [edge, edge + 1];
    const first = Math.round(low);
    const width = Math.max(1, Math.round(high) - first);
    const each = (histogram.counts[index] ?? 0) / width;
    for (let bucket = first; bucket < first + width; bucket++) sums.set(bucket, (sums.get(bucket) ?? 0) + each);
  });
  const buckets = [...sums.keys()].sort((one, other) => one - other);
  return { buckets, counts: buckets.map((bucket) => sums.get(bucket) ?? 0) };
}
