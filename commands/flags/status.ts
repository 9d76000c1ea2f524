/** `hinge flags status`: each flag, what waits for people, and what was done. */

import type { OutcomeSummary } from '../../flags/outcome-summary.ts';
import type { Action, ControllerMode, ControllerState } from '../../model.ts';
import type { Client } from '../client.ts';
import { EXIT, type Invocation } from '../command.ts';
import { outcomesLine } from './outcomes.ts';

export interface FlagStatus {
  readonly flag: string;
  readonly environment: string;
  readonly mode: ControllerMode;
  readonly state: ControllerState;
  readonly text: string;
  readonly awaits: {
    readonly kind: 'change' | 'restore';
    readonly text: string;
    readonly approvedBy: readonly string[];
    readonly needed: number;
  } | null;
}

export interface Items<Item> {
  readonly items: readonly Item[];
}

/** What waits for people, and the command that answers it; empty when nothing does. */
export function awaiting({ flag, awaits }: FlagStatus): string {
  if (awaits === null) return '';
  const by = awaits.approvedBy.length === 0 ? 'nobody yet' : awaits.approvedBy.join(', ');
  const word = awaits.kind === 'change' ? 'approve' : 'restore';
  return `  awaits ${awaits.needed === 1 ? 'a person' : `${awaits.needed} people`} (${by}): ${awaits.text}
  hinge flags ${word} ${flag}\n`;
}

const lineOf = ({ flag, environment, mode, state, text }: FlagStatus): string =>
  `${flag} (${environment})  mode ${mode}  ${state}  ${text}\n`;

interface Automation {
  readonly on: boolean;
  readonly text: string;
}

export async function status({ print }: Invocation, client: Client): Promise<number> {
  const { items, automation } = await client.get<Items<FlagStatus> & { automation: Automation }>('/api/v1/flags');
  const actions = await client.get<Items<Action>>('/api/v1/actions');
  const { summary } = await client.get<{ summary: OutcomeSummary }>('/api/v1/flags/outcomes');
  if (items.length === 0) print('no behaviour is configured; add one under behaviours in hinge.yaml\n');
  if (!automation.on) print(`no flag is written to: ${automation.text}\n`);
  for (const each of items) print(lineOf(each) + awaiting(each));
  for (const each of actions.items) {
    print(`  ${new Date(each.atMs).toISOString()}  ${each.flag}  ${each.state}  ${each.text}\n`);
  }
  print(outcomesLine(summary));
  return EXIT.fine;
}
