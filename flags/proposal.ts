/** What waits for people, and whether enough of them have agreed: pure. */
import { createHash } from 'node:crypto';
import type { Policy } from './behaviour.ts';
import type { Setting } from './change.ts';
import type { FlagState, ProposalState } from './state.ts';

/** An approval that was not used by then was given for a case that is no longer at hand. */
const APPROVAL_MS = 15 * 60_000;

/** Twelve hex digits: enough that two proposals of a flag never share one. */
function idOf(
  policy: Policy,
  state: FlagState,
  kind: ProposalState['kind'],
  change: Setting | null,
  nowMs: number,
): string {
  const parts = [policy.environment, policy.flag, state.upgradeId, kind, change, nowMs];
  return createHash('sha256').update(JSON.stringify(parts)).digest('hex').slice(0, 12);
}

export function propose(
  policy: Policy,
  state: FlagState,
  what: Pick<ProposalState, 'kind' | 'change' | 'text'>,
  nowMs: number,
): ProposalState {
  return { ...what, id: idOf(policy, state, what.kind, what.change, nowMs), approvals: [] };
}

/** People whose approval counts now; each once. */
export function approversOf({ approvals }: ProposalState, nowMs: number): readonly string[] {
  return [...new Set(approvals.filter(({ atMs }) => nowMs - atMs < APPROVAL_MS).map(({ actor }) => actor))];
}

export function isApproved({ proposal }: FlagState, policy: Policy, nowMs: number): boolean {
  return proposal !== null && approversOf(proposal, nowMs).length >= policy.approvals;
}
