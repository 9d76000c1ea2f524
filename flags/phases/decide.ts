/** CONFIRMED and AWAIT_APPROVAL: from a breach that is the flag's to one change, within the limits and with people's word. */
import { CHANGES_PER_HOUR, mayWrite, type Policy, STORM_FLAGS } from '../behaviour.ts';
import { describe, nextChange, PHASE_OF, type Setting, sameChange } from '../change.ts';
import type { FlagSnapshot } from '../port.ts';
import { approversOf, isApproved, propose } from '../proposal.ts';
import type { Readings } from '../readings.ts';
import { recordOf } from '../restore.ts';
import {
  type Breach,
  type ChangeUnderWay,
  type Decision,
  enter,
  type FlagState,
  lastTouchedMs,
  pendingChange,
  rest,
  wait,
} from '../state.ts';
import { groundsOf, type Step, withoutGround } from './step.ts';

/** Why an automatic change has to wait, as reason and text; null when it may go ahead. */
export function limit(
  lastChangeMs: number | null,
  readings: Readings,
  nowMs: number,
  policy: Policy,
): [string, string] | null {
  const { changes, breaching } = readings.environment;
  if (breaching >= STORM_FLAGS) {
    return ['storm', `${STORM_FLAGS} or more flags are in breach at once: an incident for people, no flag is touched`];
  }
  if (lastChangeMs !== null && nowMs - lastChangeMs < policy.cooldownMs) {
    return ['cool-down', `${policy.flag} was changed less than ${policy.cooldownMs / 60_000} min ago: waiting`];
  }
  if (changes < CHANGES_PER_HOUR) return null;
  return [
    'hourly-limit',
    `${CHANGES_PER_HOUR} changes in ${policy.environment} within the hour: the next is a person's`,
  ];
}

/** The same change that was given up with its outcome unknown: made again it is no second change. */
function repeated(state: FlagState, change: Setting, nowMs: number, policy: Policy): ChangeUnderWay | null {
  const pending = pendingChange(state);
  if (pending === null || !sameChange(pending.change, change)) return null;
  return nowMs - pending.firstMs < policy.cooldownMs ? pending : null;
}

function waitsFor(state: FlagState, change: Setting, readings: Readings, nowMs: number, policy: Policy) {
  const isRepeat = repeated(state, change, nowMs, policy) !== null;
  const { breaching } = readings.environment;
  if (isRepeat) return limit(null, { ...readings, environment: { changes: 0, breaching } }, nowMs, policy);
  return limit(pendingChange(state) === null ? state.lastChangeMs : lastTouchedMs(state), readings, nowMs, policy);
}

interface Case {
  readonly change: Setting;
  readonly breach: Breach;
  readonly snapshot: FlagSnapshot;
}

function ask(state: FlagState, { change, breach }: Case, nowMs: number, policy: Policy): Decision {
  const text = `${describe(change, policy.flag, false)}, because ${breach.because}`;
  const proposal = propose(policy, state, { kind: 'change', change, text }, nowMs);
  const people = policy.approvals === 1 ? 'a person' : `${policy.approvals} different people`;
  const with_ = { breach, proposal };
  return enter(state, 'AWAIT_APPROVAL', nowMs, `awaits approval by ${people}: ${text}`, with_);
}

function decide(state: FlagState, { change, breach, snapshot }: Case, nowMs: number, policy: Policy): Decision {
  const approvers = state.proposal === null ? [] : approversOf(state.proposal, nowMs);
  const by = approvers.length === 0 ? '' : `, approved by ${approvers.join(' and ')}`;
  const text = `${describe(change, policy.flag, false)}${by}, because ${breach.because}`;
  const before = repeated(state, change, nowMs, policy);
  const { firstMs = nowMs, attempts = 0 } = before ?? {};
  const next = enter(state, PHASE_OF[change.kind], nowMs, text, {
    breach,
    recorded: state.recorded ?? recordOf(snapshot),
    change: { change, firstMs, decidedMs: nowMs, triedMs: nowMs, attempts: attempts + 1, eventId: null },
  });
  return { ...next, intents: [change] };
}

/** What is proposed is still what would be done. */
const isAsked = ({ phase, proposal }: FlagState, change: Setting): boolean =>
  phase === 'AWAIT_APPROVAL' && proposal?.change != null && sameChange(proposal.change, change);

/** A person's word is there, or not needed. */
function permitted(state: FlagState, found: Case, nowMs: number, policy: Policy): Decision {
  if (policy.mode === 'act') return decide({ ...state, proposal: null }, found, nowMs, policy);
  if (!isAsked(state, found.change)) return ask(state, found, nowMs, policy);
  if (!isApproved(state, policy, nowMs)) return wait(state, '', state.text);
  return decide(state, found, nowMs, policy);
}

export const confirmed: Step = (state, readings, nowMs, policy) => {
  const grounds = groundsOf(readings, nowMs, policy);
  if (grounds.kind !== 'confirmed') return withoutGround(state, grounds, nowMs);
  const { flag } = readings;
  if (!mayWrite(policy.mode) || flag.kind !== 'known') {
    if (state.phase === 'CONFIRMED') return wait(state, '', 'the breach goes on');
    return enter(state, 'CONFIRMED', nowMs, `the mode is ${policy.mode} now: nothing is asked`, { proposal: null });
  }
  const change = nextChange(flag.snapshot, policy);
  if (change === null) return rest(state, nowMs, `${policy.flag} is off already`);
  const waiting = waitsFor(state, change, readings, nowMs, policy);
  if (waiting !== null) return wait(state, ...waiting);
  return permitted(state, { change, breach: grounds.breach, snapshot: flag.snapshot }, nowMs, policy);
};
