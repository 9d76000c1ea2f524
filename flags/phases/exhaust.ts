/** Into EXHAUSTED: the flag is off and the signal is still bad. */
import type { Policy } from '../behaviour.ts';
import { propose } from '../proposal.ts';
import { type Decision, enter, type FlagState } from '../state.ts';

/** The flag was turned off in vain: an alert, and the offer to put it back. */
export function exhaust(state: FlagState, text: string, nowMs: number, policy: Policy): Decision {
  const what = { kind: 'restore', change: null, text: `put ${policy.flag} back as it was before` } as const;
  const proposal = state.recorded === null ? null : propose(policy, state, what, nowMs);
  const offer = proposal === null ? '' : `; hinge flags restore ${policy.flag} puts it back as it was`;
  return enter(state, 'EXHAUSTED', nowMs, text + offer, { proposal });
}
