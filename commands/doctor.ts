/** `hinge doctor`: checks what Hinge needs, one line each, and says what to do. */

import type { Config } from '../config.ts';
import { counted } from '../dashboards/report/words.ts';
import { HingeError, messageOf } from '../errors.ts';
import type { Log } from '../model.ts';
import { findLibrary } from '../store/engine/library.ts';
import { repairDataFolder } from '../store/repair.ts';
import { type Client, createClient, SERVER_HELP, SERVER_OPTIONS } from './client.ts';
import { type Command, EXIT } from './command.ts';
import { configOf } from './configure.ts';
import { formatBytes, freeSpace } from './disk.ts';
import { flagdCheck } from './doctor/flagd.ts';
import type { Outcome } from './doctor/outcome.ts';
import { tablesCheck } from './doctor/tables.ts';
import { unleashCheck } from './doctor/unleash.ts';
import { quietLog } from './quiet-log.ts';

type Check = readonly [name: string, run: () => Promise<Outcome>];

export const doctor: Command = {
  summary: 'check configuration, engine, disk, server, tables and Unleash; says what to do',
  help: `hinge doctor [--repair]

Of a running hinge it shows what each table takes, how fast it grows, and how long the disk lasts.
Exit code 0 when nothing failed, else 4.

Options
      --repair        open a data folder with many broken parts, as a loss of power leaves them, by setting them aside
${SERVER_HELP}`,
  options: { ...SERVER_OPTIONS, repair: { type: 'boolean' } },
  async run(invocation) {
    const config = configOf(invocation);
    invocation.print(`ok    configuration   ${summaryOf(config)}\n`);
    if (invocation.values.repair === true) invocation.print(await repair(config, quietLog(invocation)));
    let failed = false;
    for (const [name, run] of checksOf(config, createClient(invocation), quietLog(invocation))) {
      const {
        state,
        text,
        details = '',
      } = await run().catch((thrown: unknown): Outcome => ({ state: 'fail', text: messageOf(thrown) }));
      failed ||= state === 'fail';
      invocation.print(`${state.padEnd(5)} ${name.padEnd(15)} ${text}\n${details}`);
    }
    return failed ? EXIT.failed : EXIT.fine;
  },
};

async function repair({ store, data }: Config, log: Log): Promise<string> {
  if (store.url !== undefined)
    throw new HingeError('USAGE', '--repair is for the embedded engine; store.url names a server');
  const { setAside } = await repairDataFolder({ dataDir: data, durability: store.durability, log });
  return `ok    repair          ${data} opens; ${setAside} broken parts are set aside, their rows are no longer found\n`;
}

function summaryOf({ behaviours, slos, store }: Config): string {
  const counts = [counted(slos.length, 'SLO'), counted(behaviours.length, 'behaviour')];
  return `${counts.join(', ')}, slots of ${store.slotSeconds} s`;
}

function checksOf(config: Config, client: Client, log: Log): Check[] {
  const dataDir = config.store.url === undefined ? config.data : undefined;
  return [
    ['engine', async () => engineCheck(config)],
    ['disk', async () => diskCheck(config)],
    ['server', async () => serverCheck(client)],
    ['tables', async () => tablesCheck({ read: () => client.get('/api/v1/storage'), dataDir, clock: Date.now })],
    config.flagd === undefined
      ? ['unleash', () => unleashCheck(config, log)]
      : ['flagd', () => flagdCheck(config, log)],
  ];
}

function engineCheck({ store, data }: Config): Outcome {
  if (store.url !== undefined)
    return { state: 'ok', text: `a server at ${store.url}; a running hinge says whether it answers` };
  findLibrary();
  return { state: 'ok', text: `embedded, data folder ${data}` };
}

const LOW_BYTES = 2 * 2 ** 30;

function diskCheck({ store, data }: Config): Outcome {
  if (store.url !== undefined) return { state: 'ok', text: 'the server keeps the data' };
  const bytes = freeSpace(data);
  const text = `${formatBytes(bytes)} free for ${data}`;
  return bytes < LOW_BYTES
    ? { state: 'warn', text: `${text}; make room or choose another folder with --data` }
    : { state: 'ok', text };
}

interface Readiness {
  readonly ready: boolean;
  readonly checks: readonly { readonly name: string; readonly ok: boolean; readonly text: string }[];
}

async function serverCheck(client: Client): Promise<Outcome> {
  const answer = await client.get<Readiness>('/readyz').catch((thrown: unknown) => {
    if (thrown instanceof HingeError && thrown.code === 'SERVER_UNREACHABLE') return undefined;
    throw thrown;
  });
  if (answer === undefined) return { state: 'warn', text: `none answers at ${client.url}; start one with hinge serve` };
  const wrong = answer.checks.filter((check) => !check.ok);
  const shown = (wrong.length > 0 ? wrong : answer.checks).map((check) => `${check.name}: ${check.text}`).join('; ');
  return { state: wrong.length > 0 ? 'fail' : 'ok', text: `${client.url} answers; ${shown}` };
}
