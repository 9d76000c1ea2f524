/** EXHAUSTED and RESTORE: the flag was not the cause. It is put back as it was at a person's word, or once where the policy says so. */
import { mayWrite, type Policy } from '../behaviour.ts';
import { describe, isInForce, type Setting } from '../change.ts';
import { staleness } from '../confirm.ts';
import type { FlagSnapshot } from '../port.ts';
import { approversOf, isApproved } from '../proposal.ts';
import type { Readings } from '../readings.ts';
import { recovered } from '../recover.ts';
import { nextRestore } from '../restore.ts';
import { type Decision, enter, type FlagState, stay, wait } from '../state.ts';
import { limit } from './decide.ts';
import { exhaust } from './exhaust.ts';
import { ownEvent, type Step } from './step.ts';
import { isTooSoon, isUnsettled, retry } from './write.ts';

/** Why it is not put back without a person, as reason and text; null when it may be. */
function objection(state: FlagState, readings: Readings, nowMs: number, policy: Policy): [string, string] | null {
  const stale = staleness(readings, nowMs, policy);
  if (stale !== null) return ['stale', stale];
  const recovery = recovered(state, readings, policy.minEvents);
  if (recovery === null) return ['thin', `too little telemetry to put ${policy.flag} back on`];
  if (recovery !== 'bad')
    return ['recovering', `the signal is good by now, so ${policy.flag} may be the cause after all: a person decides`];
  return limit(state.lastChangeMs, readings, nowMs, policy);
}

const isByItself = (state: FlagState, policy: Policy): boolean =>
  policy.mode === 'act' && policy.onNoRecovery === 'restore' && state.restoredMs === null;

export const exhausted: Step = (state, readings, nowMs, policy) => {
  const { flag } = readings;
  if (flag.kind !== 'known' || state.proposal === null || !mayWrite(policy.mode)) return stay(state);
  const byPeople = isApproved(state, policy, nowMs);
  if (!byPeople && !isByItself(state, policy)) return stay(state);
  const against = byPeople ? null : objection(state, readings, nowMs, policy);
  return against === null ? putBack(state, flag.snapshot, nowMs, policy) : wait(state, ...against);
};

/** The next change of the way back, or the end of it. */
function putBack(state: FlagState, snapshot: FlagSnapshot, nowMs: number, policy: Policy): Decision {
  const { flag } = policy;
  if (state.recorded === null) return stay(state);
  const next = nextRestore(state.recorded, snapshot);
  const closed = { proposal: null, recorded: null };
  if (next.kind === 'done') return enter(state, 'EXHAUSTED', nowMs, `${flag} is back as it was before`, closed);
  if (next.kind === 'change') return begin(state, next.change, nowMs, policy);
  const text = `${flag} cannot be put back as it was: ${next.why}; look at it in Unleash`;
  return enter(state, 'EXHAUSTED', nowMs, text, closed);
}

/** All changes of one way back count as one. */
function begin(state: FlagState, change: Setting, nowMs: number, policy: Policy): Decision {
  const people = state.proposal === null ? [] : approversOf(state.proposal, nowMs);
  const who = people.length === 0 ? 'as the policy says' : `as ${people.join(' and ')} asked`;
  const firstMs = state.phase === 'RESTORE' ? (state.change?.firstMs ?? nowMs) : nowMs;
  const text = `${describe(change, policy.flag, false)}, to put it back as it was, ${who}`;
  const underWay = { change, firstMs, decidedMs: nowMs, triedMs: nowMs, attempts: 1, eventId: null };
  const next = enter(state, 'RESTORE', nowMs, text, { restoredMs: nowMs, change: underWay });
  return { ...next, intents: [change] };
}

/** A change of the way back was read back: on to the next one. */
export function settledRestore(
  state: FlagState,
  eventId: number | null,
  snapshot: FlagSnapshot,
  nowMs: number,
  policy: Policy,
): Decision {
  // The flag was read before our event: what is left to do shows at the next look.
  if (eventId !== null && eventId > snapshot.newestEventId) return stay(state);
  const ownEventId = eventId ?? state.ownEventId;
  const change = state.change && { ...state.change, eventId: ownEventId ?? 0 };
  return putBack({ ...state, change, ownEventId, lastChangeMs: nowMs }, snapshot, nowMs, policy);
}

export const restore: Step = (state, readings, nowMs, policy) => {
  const { flag } = readings;
  const { change } = state;
  if (change === null || flag.kind !== 'known') return enter(state, 'EXHAUSTED', nowMs, state.text);
  const eventId = ownEvent(state, readings);
  if (eventId !== null || isInForce(change.change, flag.snapshot)) {
    return settledRestore(state, eventId, flag.snapshot, nowMs, policy);
  }
  if (!mayWrite(policy.mode))
    return exhaust(state, `the mode is ${policy.mode} now: ${policy.flag} is not put back`, nowMs, policy);
  if (isUnsettled(change, nowMs)) return exhaust(state, `${policy.flag} could not be put back`, nowMs, policy);
  return isTooSoon(change, nowMs) ? stay(state) : retry(state, change, nowMs);
};
