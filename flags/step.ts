/** One step of the controller: pure. From a state and what is known now to the next state and at most one change. */
import type { ControllerState } from '../model.ts';
import type { Policy } from './behaviour.ts';
import { guard, unblocked, withUpgrade } from './guard.ts';
import { confirmed } from './phases/decide.ts';
import { exhaust } from './phases/exhaust.ts';
import { exhausted, restore, settledRestore } from './phases/restore.ts';
import { ownEvent, type Step } from './phases/step.ts';
import { hold, verifyPublished, verifyRecovery } from './phases/verify.ts';
import { watch } from './phases/watch.ts';
import { settled, write } from './phases/write.ts';
import { yielded } from './phases/yielded.ts';
import { type Decision, enter, type FlagState, isWriting, pendingChange, stay } from './state.ts';

const PHASES: Readonly<Record<ControllerState, Step>> = {
  OBSERVE: watch,
  SUSPECT: watch,
  HANDED_BACK: watch,
  CONFIRMED: confirmed,
  AWAIT_APPROVAL: confirmed,
  STEP_DOWN: write,
  TUNE: write,
  KILL: write,
  VERIFY_PUBLISHED: verifyPublished,
  VERIFY_RECOVERY: verifyRecovery,
  HOLD: hold,
  EXHAUSTED: exhausted,
  RESTORE: restore,
  YIELDED: yielded,
  BLOCKED: stay,
};

/** A change that was given up with its outcome unknown was made after all; null where none was. */
const late: (...args: Parameters<Step>) => Decision | null = (state, readings, nowMs, policy) => {
  if (isWriting(state) || state.phase === 'YIELDED' || pendingChange(state) === null) return null;
  const eventId = ownEvent(state, readings);
  if (eventId === null || readings.flag.kind !== 'known') return null;
  if (state.phase !== 'EXHAUSTED') return settled(state, eventId, nowMs, policy);
  return settledRestore(state, eventId, readings.flag.snapshot, nowMs, policy);
};

export const step: Step = (state, readings, nowMs, policy) => {
  // People first: who changed a flag that Hinge had in hand is heard although an upgrade began since.
  const guarded = guard(state, readings, nowMs, policy);
  if (guarded !== null) return guarded;
  const open = withUpgrade(unblocked(state, nowMs), readings, nowMs);
  return late(open, readings, nowMs, policy) ?? PHASES[open.phase](open, readings, nowMs, policy);
};

/** A refused write is not repeated at every look. */
const REFUSED_MS = 60_000;

/** The flag server refused the write (token, role, archived): nothing was written; a person has to act. */
export function refused(state: FlagState, line: string, nowMs: number, policy: Policy): FlagState {
  if (state.phase === 'YIELDED') return state;
  if (state.phase === 'RESTORE') return exhaust(state, line, nowMs, policy).state;
  // An earlier call may have been heard although its answer was lost.
  const change = (state.change?.attempts ?? 0) > 1 ? state.change : null;
  const with_ = { blockedFrom: 'OBSERVE', reason: 'refused', retryMs: nowMs + REFUSED_MS, change } as const;
  return enter(state, 'BLOCKED', nowMs, line, with_).state;
}
