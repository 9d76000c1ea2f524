/** What people agree with, into the journal: only by the controller that is the active one. */
import { HingeError } from '../../errors.ts';
import type { Policy } from '../behaviour.ts';
import type { Ledger } from '../ledger.ts';
import { approved, awaiting, choose } from '../people.ts';
import type { ProposalState } from '../state.ts';
import type { ControllerOptions, ProposalChoice } from './options.ts';
import { termOf } from './word.ts';

/** The term in which a person speaks. */
export function requireActive(lease: ControllerOptions['lease']): number {
  const term = termOf(lease);
  if (term !== null) return term;
  throw new HingeError('FLAGS_CONFLICT', 'this Hinge is not the active one: ask the one that holds the lease');
}

/** A person's agreement, into the journal. */
export function createAgree({ clock, lease }: ControllerOptions, policies: readonly Policy[], ledger: Ledger) {
  return async (flag: string, actor: string, choice: ProposalChoice, isMeant: (one: ProposalState) => boolean) => {
    requireActive(lease);
    if (!policies.some((policy) => policy.flag === flag)) {
      throw new HingeError('NOT_FOUND', `no behaviour has the flag ${flag}: see hinge flags status`);
    }
    await ledger.open();
    const of = policies
      .filter((policy) => policy.flag === flag && policy.environment === (choice.environment ?? policy.environment))
      .flatMap((policy) => {
        const state = ledger.stateOf(policy);
        const proposal = awaiting(state, policy);
        return proposal === null || !isMeant(proposal) ? [] : [{ policy, state, proposal }];
      });
    const { policy, state, proposal } = choose(flag, of, choice.id);
    const next = approved(state, proposal, actor, clock(), policy);
    await ledger.record({ policy, state: next, readings: null, intent: null, actor });
  };
}
