/** TUNE, STEP_DOWN, KILL: the write was or was not applied; what the flag server shows decides, not the answer to the call. */
import { mayWrite, type Policy } from '../behaviour.ts';
import { describe, isInForce } from '../change.ts';
import { isApproved } from '../proposal.ts';
import { type ChangeUnderWay, type Decision, enter, type FlagState, rest, stay } from '../state.ts';
import { groundsOf, ownEvent, type Step, withoutGround } from './step.ts';

/** A change that has not shown up by then is decided anew, on new data. */
const UNSETTLED_MS = 60_000;
const RETRY_MS = 2_000;
const MOST_RETRY_MS = 30_000;

export const isUnsettled = ({ decidedMs }: ChangeUnderWay, nowMs: number): boolean => nowMs - decidedMs > UNSETTLED_MS;

/** Calls are repeated at growing distances, so that a server in trouble is not asked in vain. */
export const isTooSoon = ({ triedMs, attempts }: ChangeUnderWay, nowMs: number): boolean =>
  nowMs - triedMs < Math.min(RETRY_MS * 2 ** (attempts - 1), MOST_RETRY_MS);

export function retry(state: FlagState, change: ChangeUnderWay, nowMs: number): Decision {
  const again = { ...change, triedMs: nowMs, attempts: change.attempts + 1 };
  return { state: { ...state, reason: '', change: again }, intents: [change.change] };
}

/** Our change was read back, or is in force without an event of ours because nothing had to change. */
export function settled(state: FlagState, eventId: number | null, nowMs: number, policy: Policy): Decision {
  const change = state.change && { ...state.change, eventId: eventId ?? state.ownEventId ?? state.armedEventId ?? 0 };
  const text = `${describe(change?.change ?? null, policy.flag, true)}, because ${state.breach?.because ?? 'of a breach'}`;
  return enter(state, 'VERIFY_PUBLISHED', nowMs, text, {
    change,
    proposal: null,
    ownEventId: eventId ?? state.ownEventId,
    lastChangeMs: nowMs,
    clearMs: null,
    goodLooks: 0,
    lookedMs: null,
  });
}

/** The mode may be another one since the decision. */
function isPermitted(state: FlagState, nowMs: number, policy: Policy): boolean {
  return policy.mode === 'approve' ? isApproved(state, policy, nowMs) : mayWrite(policy.mode);
}

export const write: Step = (state, readings, nowMs, policy) => {
  const { flag } = readings;
  const { change } = state;
  if (change === null || flag.kind !== 'known') return rest(state, nowMs, 'watching');
  const eventId = ownEvent(state, readings);
  if (eventId !== null || isInForce(change.change, flag.snapshot)) return settled(state, eventId, nowMs, policy);
  if (!isPermitted(state, nowMs, policy))
    return rest(state, nowMs, `the mode is ${policy.mode} now: nothing is written`);
  if (isUnsettled(change, nowMs)) return rest(state, nowMs, 'the change was not applied: deciding anew');
  // A repeat needs the grounds of the decision to hold still.
  const grounds = groundsOf(readings, nowMs, policy);
  if (grounds.kind !== 'confirmed') return withoutGround(state, grounds, nowMs);
  return isTooSoon(change, nowMs) ? stay(state) : retry(state, change, nowMs);
};
