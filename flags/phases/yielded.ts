/** YIELDED: a person has the flag. What a write of ours did to their change is taken back; nothing else is written. */
import { mayWrite } from '../behaviour.ts';
import { rearmed } from '../people.ts';
import { undoOf } from '../put-back.ts';
import { type FlagState, stay, TAGGED, wait } from '../state.ts';
import { changesOf, isTagged, type Step } from './step.ts';

const MOST_TRIES = 3;
const RETRY_MS = 2_000;

const actorOf = (events: ReturnType<typeof changesOf>): string =>
  events.findLast(({ ours }) => !ours)?.actor ?? 'a person';

/** Who takes the tag away lifts the hold; a flag that cannot be read keeps it. */
const tagged: Step = (state, readings, nowMs, policy) => {
  if (readings.flag.kind !== 'known' || isTagged(readings, policy.holdTag)) return stay(state);
  return stay({ ...rearmed(state, nowMs), text: `the tag ${policy.holdTag} is gone: watching` });
};

export const yielded: Step = (state, readings, nowMs, policy) => {
  if (state.reason === 'held' || readings.held) return stay(state);
  if (state.reason === TAGGED) return tagged(state, readings, nowMs, policy);
  const changes = changesOf(readings);
  const undo = undoOf(changes);
  const { attempts = 0, triedMs = 0 } = state.undoing ?? {};
  if (undo === null)
    return attempts === 0 ? stay(state) : wait(state, 'put-back', `what ${actorOf(changes)} set stands again`);
  if (!mayWrite(policy.mode) || attempts >= MOST_TRIES) {
    return wait(
      state,
      'overwritten',
      `Hinge overwrote what ${actorOf(changes)} set: look at ${policy.flag} in Unleash`,
    );
  }
  if (nowMs - triedMs < RETRY_MS) return stay(state);
  const text = `Hinge overwrote what ${actorOf(changes)} set in the same moment: putting it back`;
  const next: FlagState = {
    ...state,
    reason: 'putting-back',
    text,
    undoing: { attempts: attempts + 1, triedMs: nowMs },
  };
  return { state: next, intents: [{ kind: 'undo', undo }] };
};
