/** What time does to a workload: the rhythm of the day, slots that resemble their neighbours, rollouts in steps. */

import type { Random } from '../analysis/statistics/random.ts';
import { normalDraw } from './draw.ts';

const DAY_MS = 86_400_000;
/** Quietest at 03:00 UTC, slowest at 15:00. */
const QUIET_MS = 3 * 3_600_000;

/** Log of the factor on latency at a time of day: 0 when it is quietest, ln(1 + rise) twelve hours later. */
export function rhythmLog(atMs: number, rise: number): number {
  const turn = (2 * Math.PI * (atMs - QUIET_MS)) / DAY_MS;
  return (Math.log1p(rise) * (1 - Math.cos(turn))) / 2;
}

/** AR(1) noise on the log of latency, slot by slot: its standard deviation, and the correlation of neighbours, 0 to 1. */
export interface Drift {
  readonly sd: number;
  readonly correlation: number;
}

/** One value a slot; stationary from the first. */
export function driftLogs({ sd, correlation }: Drift, slots: number, random: Random): number[] {
  if (sd === 0) return Array.from({ length: slots }, () => 0);
  const fresh = sd * Math.sqrt(1 - correlation ** 2);
  let value = sd * normalDraw(random);
  return Array.from({ length: slots }, () => {
    value = correlation * value + fresh * normalDraw(random);
    return value;
  });
}

/**
 * Noise whose moments have this standard deviation, and this correlation a minute apart, averaged over parts of so many minutes
 * (an Ornstein-Uhlenbeck process): the longer a part, the calmer, and the less it resembles the one before.
 */
export function averaged({ sd, correlation }: Drift, minutes: number): Drift {
  const decays = -Math.log(correlation) * minutes;
  const lost = 1 - Math.exp(-decays);
  const variance = (2 * (decays - lost)) / decays ** 2;
  return { sd: sd * Math.sqrt(variance), correlation: (lost / decays) ** 2 / variance };
}

/** How an upgrade reaches the instances of a service. */
export interface Rollout {
  /** `all`: before the candidate's first slot. `staggered`: one after the other. `canary`: some of them, for good. */
  readonly kind: 'all' | 'staggered' | 'canary';
  /** Slots from one instance to the next (staggered). */
  readonly everySlots?: number;
  /** Part of the instances that is upgraded (canary), 0 to 1. */
  readonly share?: number;
}

/** Slot of the candidate's time at which an instance, counted from 0, is upgraded; infinite where it is not. */
export function upgradeSlot({ kind, everySlots = 1, share = 0.5 }: Rollout, instance: number, instances: number) {
  if (kind === 'all') return 0;
  if (kind === 'staggered') return (instance + 1) * everySlots;
  return instance < Math.round(share * instances) ? 0 : Number.POSITIVE_INFINITY;
}
