/** `hinge flags replay`: what a policy would have done in past upgrades, upgrade by upgrade. */

import { loadConfig } from '../../config.ts';
import { HingeError } from '../../errors.ts';
import type { Upgrade } from '../../model.ts';
import type { Client } from '../client.ts';
import { EXIT, type Invocation } from '../command.ts';
import type { ReplayedBehaviour, ReplayedUpgrade } from '../replay/replay.ts';
import { text } from '../words.ts';
import { duration } from './outcomes.ts';
import type { Items } from './status.ts';

const HOUR_MS = 3_600_000;
const UNITS: Readonly<Record<string, number>> = { h: HOUR_MS, d: 24 * HOUR_MS, w: 7 * 24 * HOUR_MS };
/** A replay walks through hours: reports of large upgrades take their time. */
const TIMEOUT_MS = 600_000;

/** `30d`, `12h` or `2w`, in milliseconds. */
export function spanOf(words: string): number {
  const [, count, unit = ''] = /^(\d+)([hdw])$/.exec(words) ?? [];
  const unitMs = UNITS[unit];
  if (count === undefined || unitMs === undefined)
    throw new HingeError('USAGE', `--since is "${words}": give hours, days or weeks, as in 12h, 30d or 2w`);
  return Number(count) * unitMs;
}

function policyOf({ values, environment }: Invocation) {
  const file = text(values, 'policy');
  if (file === undefined)
    throw new HingeError('USAGE', '--policy is missing: a file with slos and behaviours, such as hinge.yaml');
  const { behaviours, slos } = loadConfig({ file, environment, assignments: [] });
  if (behaviours.length === 0) throw new HingeError('USAGE', `${file} has no behaviours: there is nothing to replay`);
  const late = Number(text(values, 'late') ?? '5');
  if (!(late > 0)) throw new HingeError('USAGE', '--late takes minutes, as in --late 5');
  return { behaviours, slos, lateMinutes: late };
}

const clock = (ms: number): string => `${new Date(ms).toISOString().slice(0, 19).replace('T', ' ')} UTC`;

function linesOf({ verdict, behaviour, flag, environment, ...item }: ReplayedBehaviour, startedMs: number): string {
  const after = item.actedMs === null ? '' : ` (${duration(item.actedMs - startedMs)} after the start)`;
  const did = item.actedMs === null ? 'does nothing' : `acts at ${clock(item.actedMs)}${after}`;
  const words = item.text === '' ? '' : `: ${item.text}`;
  return `  ${verdict.toUpperCase().padEnd(7)} ${behaviour} (${flag} in ${environment}) ${did}${words}
          ${item.because}\n`;
}

export function replayedLines({ upgrade, report, items }: ReplayedUpgrade): string {
  const head = `${upgrade.id}  started ${clock(upgrade.startedMs)}  report: ${report.verdict}, ${report.conclusion}\n`;
  return head + items.map((item) => linesOf(item, upgrade.startedMs)).join('');
}

const SUMMED = ['right', 'late', 'wrong', 'missed', 'quiet', 'untold'] as const;

export function summaryLine(replayed: readonly ReplayedUpgrade[]): string {
  const items = replayed.flatMap((one) => one.items);
  const counts = SUMMED.map((verdict) => `${items.filter((item) => item.verdict === verdict).length} ${verdict}`);
  return `${replayed.length} ${replayed.length === 1 ? 'upgrade' : 'upgrades'}: ${counts.join(', ')}
The first change alone counts. Whether it would have helped cannot be replayed: history does not know the other world.\n`;
}

export async function replay(invocation: Invocation, client: Client): Promise<number> {
  const policy = policyOf(invocation);
  const sinceMs = Date.now() - spanOf(text(invocation.values, 'since') ?? '30d');
  const { items } = await client.get<Items<Upgrade>>('/api/v1/upgrades');
  const upgrades = items.filter(({ startedMs }) => startedMs >= sinceMs).toReversed();
  const replayed: ReplayedUpgrade[] = [];
  for (const [index, { id }] of upgrades.entries()) {
    invocation.say(`replaying ${id} (${index + 1} of ${upgrades.length})`);
    const path = `/api/v1/upgrades/${encodeURIComponent(id)}/replay`;
    const one = await client.post<ReplayedUpgrade>(path, policy, TIMEOUT_MS);
    invocation.print(replayedLines(one));
    replayed.push(one);
  }
  invocation.print(upgrades.length === 0 ? 'no upgrade since then\n' : summaryLine(replayed));
  return EXIT.fine;
}
