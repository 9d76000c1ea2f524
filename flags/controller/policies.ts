/** The behaviours under control, checked, and what is told of each. */
import { HingeError } from '../../errors.ts';
import { mayWrite, type Policy, policyOf } from '../behaviour.ts';
import type { Ledger } from '../ledger.ts';
import { awaiting } from '../people.ts';
import { approversOf } from '../proposal.ts';
import { keyOf } from '../resume.ts';
import type { ControllerOptions, FlagStatus } from './options.ts';

/** @throws {HingeError} CONFIG_INVALID. */
export function policiesOf({ behaviours, slos, port }: ControllerOptions): readonly Policy[] {
  const policies = behaviours.map((behaviour) => policyOf(behaviour, slos));
  const acting = policies.find(({ mode }) => mayWrite(mode));
  if (acting && port === null) {
    throw new HingeError(
      'CONFIG_INVALID',
      `behaviour "${acting.name}" has mode ${acting.mode}, but no Unleash is configured`,
    );
  }
  const keys = policies.map(keyOf);
  const twice = keys.find((key, index) => keys.indexOf(key) !== index);
  if (twice !== undefined) throw new HingeError('CONFIG_INVALID', `two behaviours share the flag ${twice}`);
  return policies;
}

export function statusOf(policy: Policy, ledger: Ledger, nowMs: number): FlagStatus {
  const state = ledger.stateOf(policy);
  const { name, flag, environment, mode, approvals: needed } = policy;
  const found = awaiting(state, policy);
  const awaits = found && {
    kind: found.kind,
    id: found.id,
    text: found.text,
    approvedBy: approversOf(found, nowMs),
    needed,
  };
  return { name, flag, environment, mode, state: state.phase, sinceMs: state.sinceMs, text: state.text, awaits };
}
