/** OBSERVE, SUSPECT, HANDED_BACK: nothing is decided yet. */
import type { Policy } from '../behaviour.ts';
import { describe, nextChange } from '../change.ts';
import type { Ground } from '../confirm.ts';
import type { Readings } from '../readings.ts';
import { type Breach, type Decision, enter, type FlagState, rest, wait } from '../state.ts';
import { groundsOf, type Step } from './step.ts';

function confirm(state: FlagState, breach: Breach, readings: Readings, nowMs: number, policy: Policy): Decision {
  const { flag } = readings;
  const change = flag.kind === 'known' ? nextChange(flag.snapshot, policy) : null;
  if (flag.kind === 'known' && change === null) {
    return wait(state, 'off', `${breach.because}, but ${policy.flag} is off already: it is not the cause`);
  }
  const goingTo = describe(change, policy.flag, false);
  const texts = {
    observe: 'confirmed',
    'dry-run': `would have ${describe(change, policy.flag, true)}`,
    approve: `asking to ${goingTo}`,
    act: `going to ${goingTo}`,
  };
  // A case under way keeps the event that it began with.
  const newest = flag.kind === 'known' ? flag.snapshot.newestEventId : null;
  const armedEventId = state.change === null ? newest : state.armedEventId;
  return enter(state, 'CONFIRMED', nowMs, `${texts[policy.mode]}, because ${breach.because}`, {
    ...{ breach, armedEventId, groundMs: null },
  });
}

function suspect(state: FlagState, why: string, nowMs: number): Decision {
  if (state.phase !== 'SUSPECT') return enter(state, 'SUSPECT', nowMs, why);
  return wait(state, '', why);
}

/** A finding that is acted on has stood for so long, at every look: chance comes and goes (docs/live.md). */
const STANDS_MS = 120_000;

/** A budget that burns and a live test are looked at as often as one likes; a finding is a new throw at each look. */
const confirmed: (...args: [Ground, ...Parameters<Step>]) => Decision = (ground, state, readings, nowMs, policy) => {
  const { breach, isFinding } = ground;
  const groundMs = state.groundMs ?? nowMs;
  if (!isFinding || nowMs - groundMs >= STANDS_MS) return confirm(state, breach, readings, nowMs, policy);
  const why = `suspected: ${breach.because}, but it has to stand for ${STANDS_MS / 60_000} min`;
  return suspect({ ...state, groundMs }, why, nowMs);
};

export const watch: Step = (before, readings, nowMs, policy) => {
  const unfounded = { ...before, groundMs: null };
  if (readings.evidence === null) return wait(unfounded, 'no-upgrade', 'no upgrade is under way: nothing is decided');
  const grounds = groundsOf(readings, nowMs, policy);
  const state = grounds.kind === 'confirmed' ? before : unfounded;
  switch (grounds.kind) {
    case 'stale':
      return wait(state, 'stale', grounds.why);
    case 'acquitted':
      return wait(state, 'acquitted', grounds.why);
    case 'suspected':
      return suspect(state, grounds.why, nowMs);
    case 'confirmed':
      return confirmed(grounds, state, readings, nowMs, policy);
    case 'quiet':
      if (state.phase === 'SUSPECT') return rest(state, nowMs, 'the suspicion did not last: watching');
      return wait(state, '', 'watching');
  }
};
