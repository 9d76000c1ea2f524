/** What telemetry shows after a change: whether it took effect, and whether every SLO is back. Pure. */

import { badShare } from '../analysis/live/burn.ts';
import type { ControlReading, Readings, SloReading } from './readings.ts';
import type { FlagState } from './state.ts';

/** Turned off, no instance may report the flag any more; a payload or a part of a rollout has no name of its own to see. */
export function isInEffect(state: FlagState, readings: Readings): boolean {
  return isPart(state) || readings.exposure === null || readings.exposure.exposed === 0;
}

/** The change leaves the behaviour on, milder or for fewer. */
export function isPart({ change }: FlagState): boolean {
  const kind = change?.change.kind;
  return kind === 'payload' || (kind === 'rollout' && change?.change.to !== '0');
}

/** Two standard errors: what shares of two samples of one population differ by, in 98 of 100 cases. */
const SIGMAS = 2;

/** Whether the share of bad events is no higher than is tolerated beside the control, but for chance (two-proportion z, pooled). */
function isAtControl({ beyond, control, tolerated }: ControlReading): boolean {
  const above = (badShare(beyond) ?? 1) - tolerated;
  const pooled = 1 - (beyond.good + control.good) / (beyond.total + control.total);
  return above <= SIGMAS * Math.sqrt(pooled * (1 - pooled) * (1 / beyond.total + 1 / control.total));
}

/** `short`: the objective is met, but the signal is not back at its control's level. */
export type Recovery = 'back' | 'short' | 'bad';

/**
 * Without a control the objective has to do. Where the control misses it as well, its level is all that a flag can give back. A
 * finding may never have broken the objective: beside a control of the same minutes its being met says nothing. What
 * regressed in a finding has no objective at all.
 */
function recoveryOf({ isSignal = false, recovery, objective, control }: SloReading, state: FlagState): Recovery {
  const isMet = isSignal || (recovery !== null && (badShare(recovery) ?? 1) <= 1 - objective);
  if (!control) return isMet ? 'back' : 'bad';
  if (isAtControl(control)) return 'back';
  const isProof = state.breach?.slo === null && control.kind !== 'before';
  return isMet && !isProof ? 'short' : 'bad';
}

/** Of all SLOs the worst; null when there is too little to tell. */
export function recovered(state: FlagState, readings: Readings, minEvents: number): Recovery | null {
  if (readings.slos.length === 0) return null;
  if (readings.slos.some(({ recovery }) => (recovery?.total ?? 0) < minEvents)) return null;
  const each = readings.slos.map((slo) => recoveryOf(slo, state));
  return (['bad', 'short'] as const).find((worst) => each.includes(worst)) ?? 'back';
}
