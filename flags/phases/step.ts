/** What a phase is given, and what it may ask of the readings. */
import type { Policy } from '../behaviour.ts';
import { type Judgement, judge, staleness } from '../confirm.ts';
import type { FlagEvent } from '../port.ts';
import type { Readings } from '../readings.ts';
import { type Decision, type FlagState, rest, wait } from '../state.ts';

/** Pure: from a state and what is known now to the next state and at most one change. */
export type Step = (state: FlagState, readings: Readings, nowMs: number, policy: Policy) => Decision;

export const changesOf = ({ flag }: Readings): readonly FlagEvent[] => (flag.kind === 'known' ? flag.changes : []);

/** Whether the flag can be read and carries the tag. */
export const isTagged = ({ flag }: Readings, tag: string): boolean =>
  flag.kind === 'known' && flag.snapshot.tags.some((one) => one === tag || one.endsWith(`:${tag}`));

/** The newest event of our own that is not accounted for yet. */
export function ownEvent({ ownEventId }: FlagState, readings: Readings): number | null {
  return changesOf(readings).findLast(({ ours, id }) => ours && id > (ownEventId ?? 0))?.id ?? null;
}

type Grounds = Judgement | { readonly kind: 'stale'; readonly why: string };

/** Whether there is a ground to act on now: nothing is judged on data that is missing or old. */
export function groundsOf(readings: Readings, nowMs: number, policy: Policy): Grounds {
  const why = staleness(readings, nowMs, policy);
  return why === null ? judge(readings, nowMs, policy) : { kind: 'stale', why };
}

/** The ground of a decision is gone, or cannot be seen: the decision waits for data, and ends with the breach. */
export function withoutGround(
  state: FlagState,
  grounds: Exclude<Grounds, { kind: 'confirmed' }>,
  nowMs: number,
): Decision {
  if (grounds.kind === 'stale') return wait(state, 'stale', grounds.why);
  return rest(state, nowMs, 'the breach is over');
}
