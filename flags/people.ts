/** What a person's word makes of a flag's state: pure. */
import { HingeError } from '../errors.ts';
import type { Policy } from './behaviour.ts';
import { mayWrite } from './behaviour.ts';
import { approversOf } from './proposal.ts';
import { enter, type FlagState, lastTouchedMs, NEW_CASE, type ProposalState } from './state.ts';

/** Lifts the hold: watching starts afresh; the cool-down of the last change, read back or not, still counts. */
export function rearmed(state: FlagState, nowMs: number): FlagState {
  const with_ = {
    lastChangeMs: lastTouchedMs(state),
    armedEventId: null,
    blockedFrom: null,
    retryMs: null,
    undoing: null,
  };
  return enter(state, 'OBSERVE', nowMs, 're-armed by a person: watching', { ...NEW_CASE, ...with_ }).state;
}

export function held(state: FlagState, actor: string, nowMs: number): FlagState {
  const text = `${actor} holds the flag; automation stops until it is re-armed`;
  return enter(state, 'YIELDED', nowMs, text, { reason: 'held', proposal: null, blockedFrom: null, retryMs: null })
    .state;
}

/** What awaits people now; null for nothing. */
export function awaiting(state: FlagState, policy: Policy): ProposalState | null {
  const { phase, proposal } = state;
  const awaits = phase === 'AWAIT_APPROVAL' || (phase === 'EXHAUSTED' && mayWrite(policy.mode));
  return awaits ? proposal : null;
}

/** A person agrees with what awaits; the same person again renews the approval. */
export function approved(
  state: FlagState,
  proposal: ProposalState,
  actor: string,
  nowMs: number,
  policy: Policy,
): FlagState {
  const others = proposal.approvals.filter((one) => one.actor !== actor);
  const next = { ...proposal, approvals: [...others, { actor, atMs: nowMs }] };
  const count = `${approversOf(next, nowMs).length} of ${policy.approvals}`;
  return { ...state, proposal: next, text: `${actor} approves (${count}): ${proposal.text}` };
}

export interface Chosen {
  readonly policy: Policy;
  readonly state: FlagState;
  readonly proposal: ProposalState;
}

/**
 * The one flag that is meant.
 * @throws {HingeError} NOT_FOUND for a flag that no behaviour has, FLAGS_CONFLICT when none or several await, or another one.
 */
export function choose(flag: string, of: readonly Chosen[], id: string | undefined): Chosen {
  const [chosen, ...others] = of;
  if (chosen === undefined)
    throw new HingeError('FLAGS_CONFLICT', `${flag} does not await this: see hinge flags status`);
  if (others.length > 0) {
    const where = of.map(({ policy }) => policy.environment).join(', ');
    throw new HingeError('FLAGS_CONFLICT', `${flag} awaits people in ${where}: name the environment`);
  }
  if (id !== undefined && id !== chosen.proposal.id) {
    throw new HingeError('FLAGS_CONFLICT', `${flag} awaits something else by now: ${chosen.proposal.text}; look again`);
  }
  return chosen;
}
