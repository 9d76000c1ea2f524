/** Slots in two classes, the quiet and the hot, where a series falls into two. */

import { medianAbsoluteDeviation, sum } from 'simple-statistics';

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
 * The slots that stand out: those with the higher values, cut where the variance between the two classes is largest (Otsu 1979),
 * and again within the lower class for as long as the classes lie further apart than noise puts them, so that what is only half
 * as bad is not taken for quiet. Null where nothing stands out.
 */
export function hotSlots(slots: readonly Slotted[], noiseSd: number): ReadonlySet<number> | null {
  const hot = new Set<number>();
  let rest = [...slots].sort((one, other) => one.value - other.value || one.slotMs - other.slotMs);
  for (let cut = cutOf(rest, noiseSd); cut > 0; cut = cutOf(rest, noiseSd)) {
    for (const { slotMs } of rest.slice(cut)) hot.add(slotMs);
    rest = rest.slice(0, cut);
  }
  return hot.size > 0 ? hot : null;
}

/** How many of the ascending slots form the lower class; 0 where there is but one class. */
function cutOf(sorted: readonly Slotted[], noiseSd: number): number {
  const total = sum(sorted.map(({ value }) => value));
  let [best, widest, gapThere, below] = [0, 0, 0, 0];
  sorted.slice(0, -1).forEach(({ value }, index) => {
    below += value;
    const [low, high] = [index + 1, sorted.length - index - 1];
    const gap = (total - below) / high - below / low;
    const between = low * high * gap ** 2;
    if (between > widest) [best, widest, gapThere] = [low, between, gap];
  });
  return gapThere > SEPARATION * noiseSd ? best : 0;
}
