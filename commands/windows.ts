/** Which time before and after an upgrade is compared. Pure: a report depends on stored data and configuration alone. */

import type { TimeRange, Upgrade } from '../model.ts';

export interface WindowInput {
  readonly upgrade: Upgrade;
  /** All upgrades that the store knows. */
  readonly upgrades: readonly Upgrade[];
  /** Start of the newest stored span; null when there is none. */
  readonly newestSpanMs: number | null;
  /** When a flag of this upgrade was first turned down; null when none was. */
  readonly turnedDownMs: number | null;
  readonly windowMs: number;
  readonly slotMs: number;
}

/**
 * The baseline ends where the upgrade starts and does not reach into the upgrade before it. The candidate starts where
 * the upgrade finished, or, while it goes on, where it started, and ends before a flag was turned down: from there on
 * two changes overlap. Both are cut to whole slots, and neither depends on a clock.
 */
export function windowsOf(input: WindowInput): { baseline: TimeRange; candidate: TimeRange } {
  const { upgrade, upgrades, newestSpanMs, turnedDownMs, windowMs, slotMs } = input;
  const floor = (ms: number) => Math.floor(ms / slotMs) * slotMs;
  const ceil = (ms: number) => Math.ceil(ms / slotMs) * slotMs;
  const previousMs = Math.max(
    0,
    ...upgrades.filter((each) => each.startedMs < upgrade.startedMs).map((each) => each.finishedMs ?? each.startedMs),
  );
  const baselineEnd = floor(upgrade.startedMs);
  const candidateStart = ceil(upgrade.finishedMs ?? upgrade.startedMs);
  const nextMs = Math.min(
    ...upgrades.filter((each) => each.startedMs > upgrade.startedMs).map((each) => each.startedMs),
    turnedDownMs ?? Number.POSITIVE_INFINITY,
    newestSpanMs ?? candidateStart,
    candidateStart + windowMs,
  );
  return {
    baseline: {
      startMs: Math.min(baselineEnd, Math.max(ceil(previousMs), baselineEnd - windowMs)),
      endMs: baselineEnd,
    },
    candidate: { startMs: candidateStart, endMs: Math.max(candidateStart, floor(nextMs)) },
  };
}
