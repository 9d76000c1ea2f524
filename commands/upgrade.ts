/** `hinge upgrade`: marks the start and the end of an upgrade, so that before and after are known. */

import { HingeError } from '../errors.ts';
import type { ChangedBuild, Upgrade } from '../model.ts';
import { readChangedFile } from './changed-file.ts';
import { type Client, createClient, SERVER_HELP, SERVER_OPTIONS } from './client.ts';
import { type Command, EXIT, type Invocation } from './command.ts';
import { diffPackages } from './package/diff.ts';
import { readPackage } from './package/read.ts';
import { text } from './words.ts';

export const upgrade: Command = {
  summary: 'mark the start and the end of an upgrade, with the binaries that it changes',
  help: `hinge upgrade start --name NAME [--package NEW.zip --previous OLD.zip | --changed changed.json]
hinge upgrade finish [UPGRADE]
hinge upgrade list

Options
      --name NAME     what people call it
      --package FILE  the new package; with --previous, the old one: the binaries that differ are the suspects
      --changed FILE  instead of packages: {"changed":[{"service":"checkout","from":"v1","to":"v2"}]}
${SERVER_HELP}

Examples
  hinge upgrade start --name dten-7.2 --package new.zip --previous old.zip
  hinge upgrade finish`,
  options: {
    name: { type: 'string' },
    package: { type: 'string' },
    previous: { type: 'string' },
    changed: { type: 'string' },
    ...SERVER_OPTIONS,
  },
  async run(invocation) {
    const client = createClient(invocation);
    const [action = 'list', id = 'latest'] = invocation.words;
    switch (action) {
      case 'start':
        return start(invocation, client);
      case 'finish': {
        const finished = await client.post<Upgrade>(`/api/v1/upgrades/${encodeURIComponent(id)}/finish`);
        invocation.print(`${finished.id} finished\n`);
        return EXIT.fine;
      }
      case 'list':
        return list(invocation, client);
      default:
        throw new HingeError('USAGE', `unknown word ${action}: expected start, finish or list`);
    }
  },
};

async function start(invocation: Invocation, client: Client): Promise<number> {
  const name = text(invocation.values, 'name');
  if (name === undefined) throw new HingeError('USAGE', '--name is missing: what do people call this upgrade?');
  const started = await client.post<Upgrade>('/api/v1/upgrades', { name, changed: await changedBuilds(invocation) });
  const services =
    started.changed.map((each) => each.service).join(', ') ||
    'no manifest, so the builds that differ in the telemetry stand in';
  invocation.print(`${started.id} started; changed: ${services}\n`);
  return EXIT.fine;
}

async function changedBuilds({ values }: Invocation): Promise<readonly ChangedBuild[]> {
  const [next, previous, file] = [text(values, 'package'), text(values, 'previous'), text(values, 'changed')];
  if (file !== undefined) return readChangedFile(file);
  if (next === undefined && previous === undefined) return [];
  if (next === undefined || previous === undefined) {
    throw new HingeError(
      'USAGE',
      '--package and --previous belong together: the difference between the two is what changed',
    );
  }
  return diffPackages(await readPackage(previous), await readPackage(next)).changed;
}

async function list({ print }: Invocation, client: Client): Promise<number> {
  const { items } = await client.get<{ items: readonly Upgrade[] }>('/api/v1/upgrades');
  if (items.length === 0) print('no upgrade yet; hinge upgrade start --name NAME marks one\n');
  for (const each of items) {
    const state = each.finishedMs === null ? 'in progress' : `finished ${new Date(each.finishedMs).toISOString()}`;
    print(`${each.id}  started ${new Date(each.startedMs).toISOString()}  ${state}  ${each.changed.length} changed\n`);
  }
  return EXIT.fine;
}
