/** `hinge flags`: what the controller does with feature flags, and how a person stops it. */

import { HingeError } from '../errors.ts';
import type { Action, ControllerMode, ControllerState } from '../model.ts';
import { type Client, createClient, SERVER_HELP, SERVER_OPTIONS } from './client.ts';
import { type Command, EXIT, type Invocation } from './command.ts';

export const flags: Command = {
  summary: 'what the controller does with flags; hold one, stop all, resume',
  help: `hinge flags status              flags, their mode and state, and what was done
hinge flags hold FLAG           no automatic change to this flag until resume
hinge flags stop                no automatic change to any flag until resume
hinge flags resume

Options
${SERVER_HELP}`,
  options: { ...SERVER_OPTIONS },
  async run(invocation) {
    const client = createClient(invocation);
    const [action = 'status', flag] = invocation.words;
    switch (action) {
      case 'status':
        return status(invocation, client);
      case 'hold':
        if (flag === undefined) throw new HingeError('USAGE', 'name the flag: hinge flags hold FLAG');
        await client.post(`/api/v1/flags/${encodeURIComponent(flag)}/hold`);
        return said(invocation, `${flag} is held: Hinge changes it no more until hinge flags resume`);
      case 'stop':
        await client.post('/api/v1/stop');
        return said(invocation, 'stopped: Hinge changes no flag until hinge flags resume');
      case 'resume':
        await client.post('/api/v1/resume');
        return said(invocation, 'resumed');
      default:
        throw new HingeError('USAGE', `unknown word ${action}: expected status, hold, stop or resume`);
    }
  },
};

interface FlagStatus {
  readonly flag: string;
  readonly environment: string;
  readonly mode: ControllerMode;
  readonly state: ControllerState;
  readonly text: string;
}

async function status(invocation: Invocation, client: Client): Promise<number> {
  const { items } = await client.get<{ items: readonly FlagStatus[] }>('/api/v1/flags');
  const actions = await client.get<{ items: readonly Action[] }>('/api/v1/actions');
  if (items.length === 0) invocation.print('no behaviour is configured; add one under behaviours in hinge.yaml\n');
  for (const each of items) {
    invocation.print(`${each.flag} (${each.environment})  mode ${each.mode}  ${each.state}  ${each.text}\n`);
  }
  for (const each of actions.items) {
    invocation.print(`  ${new Date(each.atMs).toISOString()}  ${each.flag}  ${each.state}  ${each.text}\n`);
  }
  return EXIT.fine;
}

function said({ print }: Invocation, words: string): number {
  print(`${words}\n`);
  return EXIT.fine;
}
