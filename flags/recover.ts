/** What telemetry shows after a change: whether it took effect, and whether every SLO is back. Pure. */

import { badShare } from '../analysis/live/burn.ts';
import type { EventCounts } from '../model.ts';
import type { Readings, SloReading } from './readings.ts';
import type { FlagState } from './state.ts';

/** Turned off, no instance may report the flag any more; a payload or a part of a rollout has no name of its own to see. */
export function isInEffect(state: FlagState, readings: Readings): boolean {
  const change = state.change?.change;
  const isPart = change?.kind === 'payload' || (change?.kind === 'rollout' && change.to !== '0');
  return isPart || readings.exposure === null || readings.exposure.exposed === 0;
}

/** Two standard errors: what shares of two samples of one population differ by, in 98 of 100 cases. */
const SIGMAS = 2;

/** Whether the share of bad events is no higher than the control's, but for chance (two-proportion z, pooled). */
function isAtControl(recovery: EventCounts, control: EventCounts): boolean {
  const above = (badShare(recovery) ?? 1) - (badShare(control) ?? 0);
  const total = recovery.total + control.total;
  const pooled = 1 - (recovery.good + control.good) / total;
  return above <= SIGMAS * Math.sqrt(pooled * (1 - pooled) * (1 / recovery.total + 1 / control.total));
}

/**
 * A budget that burned is back when its objective is met, or when the control misses it as well. A regression that a finding
 * showed may never have broken the objective, so there the control's level decides where it is known.
 */
function isBack({ recovery, objective, control }: SloReading, state: FlagState, minEvents: number): boolean {
  if (!recovery) return false;
  const isMet = (badShare(recovery) ?? 1) <= 1 - objective;
  if (!control || control.total < minEvents) return isMet;
  const isLevel = isAtControl(recovery, control);
  return state.breach?.slo === null ? isLevel : isMet || isLevel;
}

/** Whether every SLO is back since the change took effect; null when there is too little to tell. */
export function isRecovered(state: FlagState, readings: Readings, minEvents: number): boolean | null {
  if (readings.slos.length === 0) return null;
  if (readings.slos.some(({ recovery }) => (recovery?.total ?? 0) < minEvents)) return null;
  return readings.slos.every((slo) => isBack(slo, state, minEvents));
}
