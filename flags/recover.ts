/** Verification in telemetry: the exposure fell, and every SLO is back under its objective, at several looks in a row. */

import { badShare } from '../analysis/live/burn.ts';
import type { Policy } from './behaviour.ts';
import { staleness } from './confirm.ts';
import type { Readings } from './readings.ts';
import { type Decision, enter, type FlagState, wait } from './state.ts';

const percent = (share: number | null): string => (share === null ? 'unknown' : `${(share * 100).toPrecision(3)} %`);

/** Turned off, no instance may report the flag any more; a payload has no name of its own to see. */
function isInEffect(state: FlagState, readings: Readings): boolean {
  return state.change?.change.kind === 'payload' || readings.exposure === null || readings.exposure.exposed === 0;
}

/** Whether every SLO is under its objective since the change took effect; null when there is too little to tell. */
function isGood(readings: Readings, minEvents: number): boolean | null {
  if (readings.slos.some(({ recovery }) => (recovery?.total ?? 0) < minEvents)) return null;
  return readings.slos.every(({ recovery, objective }) => ((recovery && badShare(recovery)) ?? 1) <= 1 - objective);
}

function proved(state: FlagState, readings: Readings, nowMs: number): string {
  const now = readings.slos.find(({ slo }) => slo === state.breach?.slo)?.recovery;
  const seconds = Math.round((nowMs - (state.change?.decidedMs ?? nowMs)) / 1_000);
  if (!now) return `recovery proved: every SLO is met ${seconds} s after the change`;
  const shares = `from ${percent(state.breach?.badShare ?? null)} to ${percent(badShare(now))}`;
  return `recovery proved: bad events of ${state.breach?.slo} ${shares} in ${seconds} s`;
}

function overdue(state: FlagState, readings: Readings, nowMs: number, policy: Policy): Decision {
  const last = readings.slos
    .map(({ slo, recovery }) => `${slo} ${percent(recovery && badShare(recovery))} bad`)
    .join(', ');
  if (state.change?.change.kind === 'payload') {
    return enter(state, 'OBSERVE', nowMs, `no recovery in time (${last}): watching on, one rung lower`);
  }
  const text = `${policy.flag} is off and the signal is still bad (${last}): the flag was not the cause; look elsewhere`;
  return enter(state, 'EXHAUSTED', nowMs, text);
}

export function verifyRecovery(state: FlagState, readings: Readings, nowMs: number, policy: Policy): Decision {
  const stale = staleness(readings, nowMs, policy);
  // Without data nothing is proved and nothing refuted: the time to recover begins anew.
  if (stale !== null) return wait({ ...state, sinceMs: nowMs, goodLooks: 0 }, 'stale', stale);
  const looking = { ...state, reason: '' };
  const clearMs = isInEffect(state, readings) ? (state.clearMs ?? readings.newestDataMs) : null;
  const isNews = (readings.newestDataMs ?? 0) > (state.lookedMs ?? 0);
  const good = clearMs === null ? false : isGood(readings, policy.minEvents);
  const goodLooks = good ? state.goodLooks + (isNews ? 1 : 0) : 0;
  if (goodLooks >= policy.goodLooks) return enter(looking, 'HOLD', nowMs, proved(state, readings, nowMs));
  // A signal that is good by now is given the looks that prove it; a bad one between them ends the wait.
  if (good !== true && nowMs - state.sinceMs > policy.recoveryTimeoutMs)
    return overdue(looking, readings, nowMs, policy);
  return { state: { ...looking, clearMs, goodLooks, lookedMs: readings.newestDataMs }, intents: [] };
}
