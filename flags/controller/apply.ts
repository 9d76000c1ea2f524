/** One change, as a call of the flag server. */
import type { Policy } from '../behaviour.ts';
import type { Change } from '../change.ts';
import type { FlagPort } from '../port.ts';

export function apply(port: FlagPort, { flag, environment }: Policy, change: Change): Promise<void> {
  switch (change.kind) {
    case 'disable':
      return port.disable(flag, environment);
    case 'enable':
      return port.enable(flag, environment);
    case 'payload':
      return port.setPayload(flag, environment, change.place, change.from, change.to);
    case 'rollout':
      return port.setRollout(flag, environment, change.strategyId, change.from, change.to);
    case 'undo':
      return port.undo(flag, environment, change.undo);
  }
}
