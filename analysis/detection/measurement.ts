/** What was measured of one signal of one endpoint, before it is judged. */

import type { Control, Signal } from '../../model.ts';
import type { Decisive } from '../statistics/power.ts';

/**
 * The difference against the absolute floor: `over` counts, `clear` does at both ends of the interval, `under` is too small to
 * matter with 95 % confidence.
 */
export type Floor = 'clear' | 'over' | 'open' | 'under';

export interface Measurement {
  readonly signal: Signal;
  /** Relative worsening that is tolerated. */
  readonly tolerance: number;
  /** In the units of model.ts `Finding`. */
  readonly baseline: number | null;
  readonly candidate: number | null;
  /** Null where the baseline is zero. */
  readonly ratio: number | null;
  /** 95 % interval of the ratio; the upper end may be Infinity. */
  readonly bounds: readonly [number, number] | null;
  readonly p: number | null;
  readonly minimumDetectable: number | null;
  readonly floor: Floor;
  readonly lasting: 'lasts' | 'transient' | 'unknown';
  /** What was subtracted as the change without the upgrade: `ratio` and `bounds` are beyond it. Absent or null: nothing. */
  readonly drift?: { readonly control: Control; readonly ratio: number } | null;
  /**
   * What must lie beyond the tolerance for a regression: the estimate, where instances were counted, so that the test is
   * calibrated; otherwise the whole interval. Absent: the interval.
   */
  readonly decisive?: Decisive;
  /** Why no verdict can be given, whatever the numbers. */
  readonly obstacle: string | null;
  /** Why there is nothing to test: neither arm shows the event at all. */
  readonly quiet: string | null;
}

/** Calls per request may neither rise (extra work) nor fall (an answer that leaves work out); the rest may fall. */
export const isTwoSided = (signal: Signal): boolean => signal === 'calls';

/** `difference` and `base`, which the bounds are a ratio of, in the floor's unit. */
export function againstFloor(
  floor: number,
  { difference, base, bounds }: { difference: number; base: number; bounds: readonly [number, number] },
): Floor {
  const moves = bounds.map((end) => Math.abs(base * (end - 1)));
  const least = bounds[0] < 1 && bounds[1] > 1 ? 0 : Math.min(...moves);
  if (Math.abs(difference) >= floor) return least >= floor ? 'clear' : 'over';
  return Math.max(...moves) < floor ? 'under' : 'open';
}

/** A measurement of which nothing but the two values is known. */
export function unmeasured(
  signal: Signal,
  known: {
    readonly baseline: number | null;
    readonly candidate: number | null;
    readonly tolerance: number;
    readonly obstacle: string | null;
    readonly quiet?: string;
  },
): Measurement {
  return {
    signal,
    ratio: null,
    bounds: null,
    p: null,
    minimumDetectable: null,
    floor: 'open',
    lasting: 'unknown',
    ...known,
    quiet: known.quiet ?? null,
  };
}
