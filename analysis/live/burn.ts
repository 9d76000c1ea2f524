/** Burn rates of error budgets over several windows (Google SRE Workbook, chapter 5, "Multiwindow, Multi-Burn-Rate Alerts"). */
import type { EventCounts } from '../../model.ts';

/** Holds when both windows burn at `rate` or faster: the long one for weight, the short one because it still goes on. */
export interface BurnRule {
  readonly longMs: number;
  readonly shortMs: number;
  /** Multiple of the rate that spends the whole budget exactly at the end of the SLO's period. */
  readonly rate: number;
}

export const DEFAULT_BURN: readonly BurnRule[] = [
  { longMs: 3_600_000, shortMs: 300_000, rate: 14.4 },
  { longMs: 21_600_000, shortMs: 1_800_000, rate: 6 },
];

/** Share of bad events, 0 to 1; null without events. */
export function badShare({ good, total }: EventCounts): number | null {
  return total > 0 ? 1 - good / total : null;
}

/** How fast the error budget goes: 1 spends it exactly over the period. Null without events. `objective` is a share, 0 to 1. */
export function burnRate(counts: EventCounts, objective: number): number | null {
  const bad = badShare(counts);
  if (bad === null || bad <= 0) return bad;
  return objective >= 1 ? Number.POSITIVE_INFINITY : bad / (1 - objective);
}

/** The counts of one SLO over the two windows of one rule. */
export interface RuleCounts {
  readonly rule: BurnRule;
  readonly long: EventCounts;
  readonly short: EventCounts;
}

/** Whether the rule holds; never on fewer than `minEvents` events in the short window: thin data says nothing. */
export function ruleHolds({ rule, long, short }: RuleCounts, objective: number, minEvents: number): boolean {
  if (short.total < minEvents || long.total < minEvents) return false;
  return [long, short].every((counts) => (burnRate(counts, objective) ?? 0) >= rule.rate);
}
