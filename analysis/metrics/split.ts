/** Slots in two classes, the quiet and the hot, where a series falls into two. */

import { mean, medianAbsoluteDeviation } from 'simple-statistics';

export interface Slotted {
  readonly slotMs: number;
  readonly value: number;
}

/** The classes must lie this many standard deviations of the noise apart. */
const SEPARATION = 3;
/** Makes the median absolute deviation of a normal distribution its standard deviation. */
const MAD_TO_SD = 1.4826;

/** Standard deviation of the values about their median, safe from a few wild ones; 0 for fewer than two. */
export function robustSd(values: readonly number[]): number {
  return values.length < 2 ? 0 : MAD_TO_SD * medianAbsoluteDeviation([...values]);
}

/**
 * The slots with the higher values, cut where the variance between the classes is largest (Otsu 1979); null where
 * the classes are no further apart than noise makes them.
 */
export function hotSlots(slots: readonly Slotted[], noiseSd: number): ReadonlySet<number> | null {
  const sorted = [...slots].sort((one, other) => one.value - other.value || one.slotMs - other.slotMs);
  const cuts = sorted.slice(1).map((_, index) => {
    const [low, high] = [sorted.slice(0, index + 1), sorted.slice(index + 1)];
    const gap = mean(high.map(heightOf)) - mean(low.map(heightOf));
    return { high, gap, between: low.length * high.length * gap ** 2 };
  });
  const best = cuts.reduce<(typeof cuts)[number] | null>(
    (found, cut) => (found === null || cut.between > found.between ? cut : found),
    null,
  );
  if (best === null || !(best.gap > SEPARATION * noiseSd)) return null;
  return new Set(best.high.map(({ slotMs }) => slotMs));
}

const heightOf = ({ value }: Slotted) => value;
