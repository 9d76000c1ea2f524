/** The width of a slot for data of a given extent. */

import type { TimeRange } from '../model.ts';

/** Widths that divide a minute, and the minute: the smallest still holds a few calls, the largest is the usual one. */
const WIDTHS_SECONDS = [60, 30, 20, 15, 10, 5] as const;
/** Enough slots an arm for blocks of slots to stand in for instances where there are few of them. */
const SLOTS_WANTED = 12;

/** The widest slot that still cuts the shorter range into enough slots, or the narrowest one. */
export function slotWidthSeconds(ranges: readonly TimeRange[]): number {
  const shortestMs = Math.min(...ranges.map((range) => range.endMs - range.startMs));
  return WIDTHS_SECONDS.find((width) => shortestMs >= width * 1_000 * SLOTS_WANTED) ?? 5;
}

/** The range widened to whole slots. */
export function wholeSlots(range: TimeRange, slotMs: number): TimeRange {
  return {
    startMs: Math.floor(range.startMs / slotMs) * slotMs,
    endMs: Math.ceil(range.endMs / slotMs) * slotMs,
  };
}
