/** One step of the controller: pure. From a state and what is known now to the next state and at most one change. */
import { CHANGES_PER_HOUR, type Policy, STORM_FLAGS } from './behaviour.ts';
import { describe, isInForce, nextChange } from './change.ts';
import { judge, staleness } from './confirm.ts';
import type { FlagEvent } from './port.ts';
import type { Readings } from './readings.ts';
import { verifyRecovery } from './recover.ts';
import { type Breach, type Decision, enter, type FlagState, wait } from './state.ts';

type Step = (state: FlagState, readings: Readings, nowMs: number, policy: Policy) => Decision;

/** A change that has not shown up by then is decided anew, on new data. */
const UNSETTLED_MS = 60_000;
const RETRY_MS = 2_000;
/** A refused write is not repeated at every look. */
const REFUSED_MS = 60_000;

const changesOf = ({ flag }: Readings): readonly FlagEvent[] => (flag.kind === 'known' ? flag.changes : []);
const ownEvent = (readings: Readings): number | undefined => changesOf(readings).findLast(({ ours }) => ours)?.id;

/** Our change was read back, or is in force without an event of ours because nothing had to change. */
function settled(state: FlagState, eventId: number | null, nowMs: number, policy: Policy): Decision {
  const change = state.change && { ...state.change, eventId: eventId ?? state.armedEventId };
  const text = `${describe(change?.change ?? null, policy.flag, true)}, because ${state.breach?.because ?? 'of a breach'}`;
  return enter(state, 'VERIFY_PUBLISHED', nowMs, text, {
    change,
    armedEventId: eventId ?? state.armedEventId,
    lastChangeMs: change?.triedMs ?? nowMs,
    clearMs: null,
    goodLooks: 0,
    lookedMs: null,
  });
}

function confirm(state: FlagState, breach: Breach, readings: Readings, nowMs: number, policy: Policy): Decision {
  const { flag } = readings;
  const change = flag.kind === 'known' ? nextChange(flag.snapshot, policy.ladder) : null;
  if (flag.kind === 'known' && change === null) {
    return wait(state, 'off', `${breach.because}, but ${policy.flag} is off already: it is not the cause`);
  }
  const would = `would have ${describe(change, policy.flag, true)}`;
  const goingTo = describe(change, policy.flag, false);
  const texts = {
    observe: 'confirmed',
    'dry-run': would,
    approve: `asking to ${goingTo}`,
    act: `going to ${goingTo}`,
  };
  const armedEventId = flag.kind === 'known' ? flag.snapshot.newestEventId : null;
  const text = `${texts[policy.mode]}, because ${breach.because}`;
  return enter(state, 'CONFIRMED', nowMs, text, { breach, armedEventId, change: null });
}

const observe: Step = (state, readings, nowMs, policy) => {
  const late = state.change?.eventId === null ? ownEvent(readings) : undefined;
  if (late !== undefined) return settled(state, late, nowMs, policy);
  if (readings.evidence === null) return wait(state, 'no-upgrade', 'no upgrade is under way: nothing is decided');
  const stale = staleness(readings, nowMs, policy);
  if (stale !== null) return wait(state, 'stale', stale);
  const judgement = judge(readings, nowMs, policy);
  if (judgement.kind === 'acquitted') return wait(state, 'acquitted', judgement.why);
  if (judgement.kind === 'quiet') return wait(state, '', 'watching');
  if (judgement.kind === 'suspected') return wait(state, 'suspected', judgement.why);
  return confirm(state, judgement.breach, readings, nowMs, policy);
};

/** Why a confirmed change has to wait, as reason and text; null when it may go ahead. */
function limit(state: FlagState, readings: Readings, nowMs: number, policy: Policy): [string, string] | null {
  const { changes, breaching } = readings.environment;
  if (policy.mode !== 'act' || readings.flag.kind !== 'known') return ['', 'the breach goes on'];
  if (breaching >= STORM_FLAGS) {
    return ['storm', `${STORM_FLAGS} or more flags are in breach at once: an incident for people, no flag is touched`];
  }
  if (state.lastChangeMs !== null && nowMs - state.lastChangeMs < policy.cooldownMs) {
    return ['cool-down', `${policy.flag} was changed less than ${policy.cooldownMs / 60_000} min ago: waiting`];
  }
  if (changes >= CHANGES_PER_HOUR) {
    return [
      'hourly-limit',
      `${CHANGES_PER_HOUR} changes in ${policy.environment} within the hour: the next is a person's`,
    ];
  }
  return null;
}

const confirmed: Step = (state, readings, nowMs, policy) => {
  const stale = staleness(readings, nowMs, policy);
  if (stale !== null) return wait(state, 'stale', stale);
  const judgement = judge(readings, nowMs, policy);
  if (judgement.kind !== 'confirmed') return enter(state, 'OBSERVE', nowMs, 'the breach is over', { breach: null });
  const waiting = limit(state, readings, nowMs, policy);
  if (waiting !== null) return wait(state, ...waiting);
  const { flag } = readings;
  const change = flag.kind === 'known' ? nextChange(flag.snapshot, policy.ladder) : null;
  if (change === null) return enter(state, 'OBSERVE', nowMs, `${policy.flag} is off already`, { breach: null });
  const { breach } = judgement;
  const text = `${describe(change, policy.flag, false)}, because ${breach.because}`;
  const next = enter(state, change.kind === 'disable' ? 'KILL' : 'STEP_DOWN', nowMs, text, {
    breach,
    change: { change, decidedMs: nowMs, triedMs: nowMs, eventId: null },
  });
  return { ...next, intents: [change] };
};

/** The write was or was not applied: what the flag server now shows decides, not the answer to the call. */
const reconcile: Step = (state, readings, nowMs, policy) => {
  const { flag } = readings;
  const { change } = state;
  if (change === null || flag.kind !== 'known') return enter(state, 'OBSERVE', nowMs, 'watching');
  const eventId = ownEvent(readings) ?? null;
  if (eventId !== null || isInForce(change.change, flag.snapshot)) return settled(state, eventId, nowMs, policy);
  if (policy.mode !== 'act')
    return enter(state, 'OBSERVE', nowMs, `the mode is ${policy.mode} now: nothing is written`);
  if (nowMs - change.decidedMs > UNSETTLED_MS) {
    return enter(state, 'OBSERVE', nowMs, 'the change was not applied: deciding anew');
  }
  // A repeat needs the grounds of the decision to hold still.
  const stale = staleness(readings, nowMs, policy);
  if (stale !== null) return wait(state, 'stale', stale);
  if (judge(readings, nowMs, policy).kind !== 'confirmed') return enter(state, 'OBSERVE', nowMs, 'the breach is over');
  if (nowMs - change.triedMs < RETRY_MS) return { state, intents: [] };
  return { state: { ...state, reason: '', change: { ...change, triedMs: nowMs } }, intents: [change.change] };
};

const verifyPublished: Step = (state, readings, nowMs, policy) => {
  if (readings.published !== false) {
    const how =
      readings.published === null ? 'whether the change is published cannot be told' : 'the change is published';
    return enter(state, 'VERIFY_RECOVERY', nowMs, `${how}: waiting for recovery in telemetry`);
  }
  if (nowMs - state.sinceMs <= policy.publishedTimeoutMs) return { state, intents: [] };
  return wait(state, 'late', 'the change is stored but not published to applications: check the Unleash server');
};

const hold: Step = (state, _readings, nowMs, policy) => {
  if (nowMs - (state.lastChangeMs ?? 0) < policy.cooldownMs) return { state, intents: [] };
  return enter(state, 'OBSERVE', nowMs, 'the cool-down is over: watching', { breach: null, change: null });
};

const stay: Step = (state) => ({ state, intents: [] });

const PHASES: Readonly<Record<FlagState['phase'], Step>> = {
  OBSERVE: observe,
  SUSPECT: observe,
  CONFIRMED: confirmed,
  AWAIT_APPROVAL: confirmed,
  STEP_DOWN: reconcile,
  TUNE: reconcile,
  KILL: reconcile,
  VERIFY_PUBLISHED: verifyPublished,
  VERIFY_RECOVERY: verifyRecovery,
  HOLD: hold,
  HANDED_BACK: observe,
  EXHAUSTED: stay,
  RESTORE: reconcile,
  YIELDED: stay,
  BLOCKED: stay,
};

/** A new upgrade is a new case; a person's word outlives it, and so does a change under way. */
const SETTLED_PHASES = new Set<FlagState['phase']>(['OBSERVE', 'CONFIRMED', 'HOLD', 'EXHAUSTED']);

function withUpgrade(state: FlagState, readings: Readings, nowMs: number): FlagState {
  const upgradeId = readings.evidence?.upgradeId ?? state.upgradeId;
  if (upgradeId === state.upgradeId || !SETTLED_PHASES.has(state.phase)) return state;
  if (state.phase === 'OBSERVE') return { ...state, upgradeId };
  return enter(state, 'OBSERVE', nowMs, 'a new upgrade: watching', { upgradeId, breach: null, change: null }).state;
}

function yieldTo(state: FlagState, foreign: FlagEvent, nowMs: number): Decision {
  const both = isWriting(state) ? ' while Hinge was changing it: check the flag' : '';
  const text = `${foreign.actor} changed the flag (${foreign.type}, event ${foreign.id})${both}; automation stops until it is re-armed`;
  return enter(state, 'YIELDED', nowMs, text);
}

const isWriting = (state: FlagState): boolean => state.phase === 'KILL' || state.phase === 'STEP_DOWN';

/** What comes before every phase: a person's word, and a flag that cannot be read. */
function guard(state: FlagState, readings: Readings, nowMs: number): Decision | null {
  if (state.phase === 'YIELDED') return { state, intents: [] };
  if (readings.held) {
    return enter(state, 'YIELDED', nowMs, 'a person holds the flag; automation stops until it is re-armed', {
      reason: 'held',
    });
  }
  const foreign =
    state.phase === 'OBSERVE' && state.change === null ? undefined : changesOf(readings).find(({ ours }) => !ours);
  if (foreign !== undefined) return yieldTo(state, foreign, nowMs);
  if (readings.flag.kind === 'blocked') return blocked(state, readings.flag.line, nowMs);
  return state.phase === 'BLOCKED' && state.retryMs !== null && nowMs < state.retryMs ? { state, intents: [] } : null;
}

function blocked(state: FlagState, line: string, nowMs: number): Decision {
  if (state.phase === 'EXHAUSTED') return { state, intents: [] };
  if (state.phase === 'BLOCKED') return wait(state, state.reason, line);
  return enter(state, 'BLOCKED', nowMs, line, { blockedFrom: state.phase, reason: 'flag-server' });
}

function unblocked(state: FlagState, nowMs: number): FlagState {
  if (state.phase !== 'BLOCKED') return state;
  const with_ = { blockedFrom: null, retryMs: null };
  return enter(state, state.blockedFrom ?? 'OBSERVE', nowMs, 'the flag can be read again', with_).state;
}

/** The next state, and at most one change to write now. Pure: the same arguments give the same decision. */
export function step(state: FlagState, readings: Readings, nowMs: number, policy: Policy): Decision {
  const current = withUpgrade(state, readings, nowMs);
  const guarded = guard(current, readings, nowMs);
  if (guarded !== null) return guarded;
  const open = unblocked(current, nowMs);
  return PHASES[open.phase](open, readings, nowMs, policy);
}

/** The flag server refused the write (token, role, archived): nothing was written; a person has to act. */
export function refused(state: FlagState, line: string, nowMs: number): FlagState {
  const with_ = { blockedFrom: 'OBSERVE', reason: 'refused', retryMs: nowMs + REFUSED_MS, change: null } as const;
  return enter(state, 'BLOCKED', nowMs, line, with_).state;
}

/** A person lifts the hold: watching starts afresh; the cool-down of the last change, read back or not, still counts. */
export function rearmed(state: FlagState, nowMs: number): FlagState {
  const lastChangeMs = state.change?.triedMs ?? state.lastChangeMs;
  const with_ = { lastChangeMs, breach: null, change: null, armedEventId: null, blockedFrom: null, retryMs: null };
  return enter(state, 'OBSERVE', nowMs, 're-armed by a person: watching', with_).state;
}
