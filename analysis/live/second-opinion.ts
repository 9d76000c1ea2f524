/** The second opinion before an action: the cluster t test at a few looks that were set beforehand, its error spent over them. */

import { type Count, effectiveNumber } from '../statistics/counts.ts';
import type { CountingNoise } from '../statistics/rate-estimate.ts';
import { compareRates } from '../statistics/ratio.ts';

/** Plain data, stored with the state. */
export interface Opinion {
  /** Minutes of the last pre-set look that was taken; 0 before the first. */
  readonly takenMinutes: number;
  /** One-sided p at that look; null before the first, or where there were too few instances. */
  readonly p: number | null;
  /** The part of the error that was that look's. */
  readonly level: number;
  /** Minutes of the look at which it spoke against the candidate; null while it has not. */
  readonly againstMinutes: number | null;
}

export const NO_OPINION: Opinion = { takenMinutes: 0, p: null, level: 0, againstMinutes: null };

/** Minutes since the upgrade. Dense at first, because most regressions are there from the start. */
const LOOKS_MINUTES: readonly number[] = [2, 4, 6, 8, 10, 15, 20, 30, 45, 60];
const LAST_MINUTES = 60;
/** One-sided, over all looks together. */
const ALPHA = 0.05;
/** Fewer instances in an arm, by number or by how the load is spread, say nothing about how instances differ (cluster.ts). */
const FEWEST_INSTANCES = 4;
const LEAST_SPREAD = 3;

/**
 * Error spent by a share of the time, 0 to 1: alpha ln(1 + (e - 1) share), nearly even (Lan and DeMets 1983, the function after
 * Pocock). Each look is tested at what was added since the one before. No use is made of the correlation between looks, which
 * instances that differ for good would make wrong: so it holds under any dependence, and is cautious.
 */
export function spentBy(share: number): number {
  return ALPHA * Math.log(1 + (Math.E - 1) * Math.min(1, Math.max(0, share)));
}

export interface ArmCounts {
  /** By instance, since the upgrade. */
  readonly baseline: readonly Count[];
  readonly candidate: readonly Count[];
  /** The same instances stand on both sides, in the same order. */
  readonly paired: boolean;
  readonly noise: CountingNoise;
}

/** Looks between the pre-set ones change nothing; after a gap the error of all looks that were missed is spent at once. */
export function consult(opinion: Opinion, elapsedMs: number, counts: ArmCounts): Opinion {
  const due = LOOKS_MINUTES.findLast((minutes) => minutes * 60_000 <= elapsedMs) ?? 0;
  if (due <= opinion.takenMinutes) return opinion;
  if (!isEnough(counts.baseline) || !isEnough(counts.candidate)) return opinion;
  const level = spentBy(due / LAST_MINUTES) - spentBy(opinion.takenMinutes / LAST_MINUTES);
  const p = worseP(counts);
  const against = p !== null && p <= level;
  return { takenMinutes: due, p, level, againstMinutes: opinion.againstMinutes ?? (against ? due : null) };
}

const isEnough = (counts: readonly Count[]) =>
  counts.length >= FEWEST_INSTANCES && effectiveNumber(counts) >= LEAST_SPREAD;

/** One-sided p of "the candidate's rate is higher"; null where it cannot be had. */
function worseP({ baseline, candidate, paired, noise }: ArmCounts): number | null {
  const { p, difference } = compareRates(baseline, candidate, { paired, noise });
  if (p === null) return null;
  return difference > 0 ? p / 2 : 1 - p / 2;
}
