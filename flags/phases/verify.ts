/** VERIFY_PUBLISHED, VERIFY_RECOVERY, HOLD: the change is handed out, it took effect, the signal is back, and it is left alone. */
import type { Policy } from '../behaviour.ts';
import { staleness } from '../confirm.ts';
import type { Readings } from '../readings.ts';
import { isInEffect, isPart, type Recovery, recovered } from '../recover.ts';
import { besideControl, levelOf, percent, shareOf } from '../recover-words.ts';
import { type Decision, enter, type FlagState, stay, wait } from '../state.ts';
import { exhaust } from './exhaust.ts';
import type { Step } from './step.ts';

export const verifyPublished: Step = (state, readings, nowMs, policy) => {
  if (readings.published !== false) {
    const how =
      readings.published === null ? 'whether the change is published cannot be told' : 'the change is published';
    return enter(state, 'VERIFY_RECOVERY', nowMs, `${how}: waiting for recovery in telemetry`);
  }
  if (nowMs - state.sinceMs <= policy.publishedTimeoutMs) return stay(state);
  return wait(state, 'late', 'the change is stored but not published to applications: check the Unleash server');
};

function proved(state: FlagState, readings: Readings, nowMs: number): string {
  const { breach, change } = state;
  const seconds = Math.round((nowMs - (change?.decidedMs ?? nowMs)) / 1_000);
  const now = readings.slos.find(({ slo }) => slo === breach?.slo);
  const controls = readings.slos.map(besideControl).join('; ');
  if (!now) return `recovery proved: every SLO is back ${seconds} s after the change; ${controls}`;
  const shares = `from ${percent(breach?.badShare ?? null)} to ${shareOf(now.recovery)}`;
  return `recovery proved: bad events of ${now.slo} ${shares} in ${seconds} s; ${controls}`;
}

function overdue(state: FlagState, readings: Readings, nowMs: number, policy: Policy): Decision {
  const last = readings.slos.map(levelOf).join(', ');
  if (state.change?.change.kind !== 'disable') {
    return enter(state, 'OBSERVE', nowMs, `no recovery in time (${last}): watching on, one rung lower`);
  }
  const text = `${policy.flag} is off and the signal is still bad (${last}): the flag was not the cause; look elsewhere`;
  return exhaust(state, text, nowMs, policy);
}

/** Better, and no proof: neither that the flag was the cause of it all nor that it was not. People have it from here on. */
function fellShort(state: FlagState, readings: Readings, nowMs: number, policy: Policy): Decision {
  const last = readings.slos.map(levelOf).join(', ');
  const text = `${policy.flag} is off and every objective is met, but not the level of the control (${last}): look whether something else is worse as well`;
  return enter(state, 'HANDED_BACK', nowMs, text, { breach: null, recorded: null });
}

/** Why the time being over proves nothing, as reason and text; null when it does. */
function cannotTell(
  { exposure }: Readings,
  clearMs: number | null,
  recovery: Recovery | null,
  flag: string,
): [string, string] | null {
  if (clearMs === null && exposure !== null) {
    const { exposed, instances } = exposure;
    const who = `${exposed} of ${instances} instances still report ${flag}`;
    return ['exposed', `${who}: check that they reach the flag server; whether the change helps cannot be told`];
  }
  return recovery === null ? ['thin', `too little telemetry to tell whether the change of ${flag} helped`] : null;
}

export const verifyRecovery: Step = (state, readings, nowMs, policy) => {
  const stale = staleness(readings, nowMs, policy);
  // Without data nothing is proved and nothing refuted: the time to recover begins anew.
  if (stale !== null) return wait({ ...state, sinceMs: nowMs, goodLooks: 0 }, 'stale', stale);
  const looking = { ...state, reason: '' };
  const clearMs = isInEffect(state, readings) ? (state.clearMs ?? readings.newestDataMs) : null;
  const isNews = (readings.newestDataMs ?? 0) > (state.lookedMs ?? 0);
  const recovery = clearMs === null ? 'bad' : recovered(state, readings, policy.minEvents);
  const goodLooks = recovery === 'back' ? state.goodLooks + Number(isNews) : 0;
  if (goodLooks >= policy.goodLooks) return enter(looking, 'HOLD', nowMs, proved(state, readings, nowMs));
  // A signal that is good by now is given the looks that prove it; a bad one between them ends the wait.
  const looked = { ...looking, clearMs, goodLooks, lookedMs: readings.newestDataMs };
  const sinceMs = Math.max(state.sinceMs, clearMs ?? 0);
  if (recovery === 'back' || nowMs - sinceMs <= policy.recoveryTimeoutMs) return stay(looked);
  const unclear = cannotTell(readings, clearMs, recovery, policy.flag);
  if (unclear !== null) return wait(looked, ...unclear);
  const end = recovery === 'short' && !isPart(state) ? fellShort : overdue;
  return end(looked, readings, nowMs, policy);
};

export const hold: Step = (state, _readings, nowMs, policy) => {
  if (nowMs - (state.lastChangeMs ?? 0) < policy.cooldownMs) return stay(state);
  const text = `the cool-down is over: ${policy.flag} stays as it is, and is people's again; watching`;
  return enter(state, 'HANDED_BACK', nowMs, text, { breach: null, recorded: null });
};
