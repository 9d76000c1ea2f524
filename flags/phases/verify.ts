/** VERIFY_PUBLISHED, VERIFY_RECOVERY, HOLD: the change is handed out, it took effect, the signal is back, and it is left alone. */
import { badShare } from '../../analysis/live/burn.ts';
import type { Policy } from '../behaviour.ts';
import { staleness } from '../confirm.ts';
import type { Readings } from '../readings.ts';
import { isInEffect, isRecovered } from '../recover.ts';
import { type Decision, enter, type FlagState, stay, wait } from '../state.ts';
import { exhaust } from './exhaust.ts';
import type { Step } from './step.ts';

const percent = (share: number | null): string => (share === null ? 'unknown' : `${(share * 100).toPrecision(3)} %`);

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
  if (state.change?.change.kind !== 'disable') {
    return enter(state, 'OBSERVE', nowMs, `no recovery in time (${last}): watching on, one rung lower`);
  }
  const text = `${policy.flag} is off and the signal is still bad (${last}): the flag was not the cause; look elsewhere`;
  return exhaust(state, text, nowMs, policy);
}

/** Why the time being over proves nothing, as reason and text; null when it does. */
function cannotTell(
  { exposure }: Readings,
  clearMs: number | null,
  good: boolean | null,
  flag: string,
): [string, string] | null {
  if (clearMs === null && exposure !== null) {
    const { exposed, instances } = exposure;
    const who = `${exposed} of ${instances} instances still report ${flag}`;
    return ['exposed', `${who}: check that they reach the flag server; whether the change helps cannot be told`];
  }
  return good === null ? ['thin', `too little telemetry to tell whether the change of ${flag} helped`] : null;
}

export const verifyRecovery: Step = (state, readings, nowMs, policy) => {
  const stale = staleness(readings, nowMs, policy);
  // Without data nothing is proved and nothing refuted: the time to recover begins anew.
  if (stale !== null) return wait({ ...state, sinceMs: nowMs, goodLooks: 0 }, 'stale', stale);
  const looking = { ...state, reason: '' };
  const clearMs = isInEffect(state, readings) ? (state.clearMs ?? readings.newestDataMs) : null;
  const isNews = (readings.newestDataMs ?? 0) > (state.lookedMs ?? 0);
  const good = clearMs === null ? false : isRecovered(state, readings, policy.minEvents);
  const goodLooks = good ? state.goodLooks + (isNews ? 1 : 0) : 0;
  if (goodLooks >= policy.goodLooks) return enter(looking, 'HOLD', nowMs, proved(state, readings, nowMs));
  // A signal that is good by now is given the looks that prove it; a bad one between them ends the wait.
  const looked = { ...looking, clearMs, goodLooks, lookedMs: readings.newestDataMs };
  const sinceMs = Math.max(state.sinceMs, clearMs ?? 0);
  if (good === true || nowMs - sinceMs <= policy.recoveryTimeoutMs) return stay(looked);
  const unclear = cannotTell(readings, clearMs, good, policy.flag);
  return unclear === null ? overdue(looked, readings, nowMs, policy) : wait(looked, ...unclear);
};

export const hold: Step = (state, _readings, nowMs, policy) => {
  if (nowMs - (state.lastChangeMs ?? 0) < policy.cooldownMs) return stay(state);
  const text = `the cool-down is over: ${policy.flag} stays as it is, and is people's again; watching`;
  return enter(state, 'HANDED_BACK', nowMs, text, { breach: null, recorded: null });
};
