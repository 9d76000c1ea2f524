/** What comes before every phase: a person's word, a new upgrade, and a flag that cannot be read. Pure. */
import type { ControllerState } from '../model.ts';
import type { Policy } from './behaviour.ts';
import { changesOf, isTagged } from './phases/step.ts';
import type { FlagEvent } from './port.ts';
import type { Readings } from './readings.ts';
import {
  type Decision,
  enter,
  type FlagState,
  isWriting,
  lastTouchedMs,
  NEW_CASE,
  pendingChange,
  stay,
  TAGGED,
  wait,
} from './state.ts';

/** A new upgrade is a new case; a person's word outlives it, and so does a change under way. */
const SETTLED_PHASES = new Set<ControllerState>([
  'OBSERVE',
  'SUSPECT',
  'CONFIRMED',
  'AWAIT_APPROVAL',
  'HOLD',
  'HANDED_BACK',
  'EXHAUSTED',
]);

export function withUpgrade(state: FlagState, readings: Readings, nowMs: number): FlagState {
  const upgradeId = readings.evidence?.upgradeId ?? state.upgradeId;
  if (upgradeId === state.upgradeId || !SETTLED_PHASES.has(state.phase)) return state;
  // The way back belongs to its case; a change towards safety whose outcome is not known may still show up.
  const change = state.restoredMs === null ? pendingChange(state) : null;
  const fresh = { ...NEW_CASE, change, upgradeId, lastChangeMs: lastTouchedMs(state) };
  if (state.phase === 'OBSERVE') return { ...state, ...fresh };
  return enter(state, 'OBSERVE', nowMs, 'a new upgrade: watching', fresh).state;
}

/** While all is well and nothing was done to it, people change a flag as they like. */
function isFree({ phase, blockedFrom, reason, change }: FlagState): boolean {
  const at = phase === 'BLOCKED' ? blockedFrom : phase;
  return change === null && reason !== 'refused' && (at === 'OBSERVE' || at === 'SUSPECT');
}

function yieldTo(state: FlagState, foreign: FlagEvent, nowMs: number): Decision {
  const both = isWriting(state) ? ' while Hinge was changing it: check the flag' : '';
  const text = `${foreign.actor} changed the flag (${foreign.type}, event ${foreign.id})${both}; automation stops until it is re-armed`;
  return enter(state, 'YIELDED', nowMs, text, { proposal: null });
}

/** The decision where no phase may decide; null where the phase may. */
export function guard(state: FlagState, readings: Readings, nowMs: number, policy: Policy): Decision | null {
  if (state.phase === 'YIELDED') return null;
  if (readings.held || isTagged(readings, policy.holdTag)) {
    const [reason, words] = readings.held
      ? (['held', 'a person holds the flag; automation stops until it is re-armed'] as const)
      : ([TAGGED, `the flag is tagged ${policy.holdTag}; automation stops until the tag is gone`] as const);
    return enter(state, 'YIELDED', nowMs, words, { reason, proposal: null });
  }
  const foreign = isFree(state) ? undefined : changesOf(readings).find(({ ours }) => !ours);
  if (foreign !== undefined) return yieldTo(state, foreign, nowMs);
  if (readings.flag.kind === 'blocked') return blocked(state, readings.flag.line, nowMs);
  return state.phase === 'BLOCKED' && state.retryMs !== null && nowMs < state.retryMs ? stay(state) : null;
}

function blocked(state: FlagState, line: string, nowMs: number): Decision {
  if (state.phase === 'EXHAUSTED') return stay(state);
  if (state.phase === 'BLOCKED') return wait(state, state.reason, line);
  return enter(state, 'BLOCKED', nowMs, line, { blockedFrom: state.phase, reason: 'flag-server' });
}

export function unblocked(state: FlagState, nowMs: number): FlagState {
  if (state.phase !== 'BLOCKED') return state;
  const with_ = { blockedFrom: null, retryMs: null };
  return enter(state, state.blockedFrom ?? 'OBSERVE', nowMs, 'the flag can be read again', with_).state;
}
