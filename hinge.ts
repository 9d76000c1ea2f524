#!/usr/bin/env node
/** The command `hinge`: finds the verb, runs it under one abort signal, and is the only place that exits. */

import './disposable-stack.ts';
import { realpathSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { COMMON_HELP, type Command, EXIT, type Invocation } from './commands/command.ts';
import { parseWords } from './commands/words.ts';
import { nearest } from './config/nearest.ts';
import { ERROR_CODES, HingeError, messageOf } from './errors.ts';

/** Verbs are loaded when they are needed, so that `--help` answers at once. */
const VERBS: Readonly<Record<string, () => Promise<Command>>> = {
  serve: async () => (await import('./commands/serve.ts')).serve,
  upgrade: async () => (await import('./commands/upgrade.ts')).upgrade,
  report: async () => (await import('./commands/report.ts')).report,
  compare: async () => (await import('./commands/compare.ts')).compare,
  rehearse: async () => (await import('./commands/rehearse.ts')).rehearse,
  package: async () => (await import('./commands/package.ts')).packageCommand,
  flags: async () => (await import('./commands/flags.ts')).flags,
  grafana: async () => (await import('./commands/grafana.ts')).grafana,
  token: async () => (await import('./commands/token.ts')).token,
  doctor: async () => (await import('./commands/doctor.ts')).doctor,
};

type Surroundings = Omit<Invocation, 'words' | 'values'>;

/** Runs one command line and gives its exit code; faults become one line on standard error. */
export async function main(argv: readonly string[], surroundings: Surroundings): Promise<number> {
  try {
    const [verb, ...rest] = argv;
    if (verb === undefined || verb === '--help' || verb === '-h' || verb === 'help') {
      surroundings.print(await overview());
      return verb === undefined ? EXIT.usage : EXIT.fine;
    }
    const load = Object.hasOwn(VERBS, verb) ? VERBS[verb] : undefined;
    if (load === undefined) {
      throw new HingeError(
        'USAGE',
        `unknown command ${verb}${nearest(verb, Object.keys(VERBS))}; hinge --help lists them`,
      );
    }
    const command = await load();
    const { words, values } = parseWords(rest, command.options, command.lists);
    if (values.help === true) {
      surroundings.print(`${command.help}\n\n${COMMON_HELP}\n`);
      return EXIT.fine;
    }
    return await command.run({ ...surroundings, words, values });
  } catch (thrown) {
    return explain(thrown, surroundings);
  }
}

function explain(thrown: unknown, { say, environment }: Surroundings): number {
  if (thrown instanceof HingeError) {
    say(`hinge: ${thrown.message} (${thrown.code})`);
    return ERROR_CODES[thrown.code].exitCode;
  }
  say(
    `hinge: a fault in Hinge itself: ${messageOf(thrown)} (INTERNAL); run again with HINGE_LOG=debug and report what it prints`,
  );
  if (environment.HINGE_LOG === 'debug' && thrown instanceof Error) say(thrown.stack ?? '');
  return EXIT.failed;
}

async function overview(): Promise<string> {
  const commands = await Promise.all(Object.entries(VERBS).map(async ([verb, load]) => [verb, await load()] as const));
  const lines = commands.map(([verb, command]) => `  ${verb.padEnd(9)} ${command.summary}`);
  return `hinge: what you open on the day after an upgrade

Usage: hinge COMMAND [OPTIONS]; hinge COMMAND --help shows options and examples

${lines.join('\n')}

Exit codes: 0 nothing regressed, 1 regressed, 2 usage or configuration, 3 cannot tell, 4 the run failed
`;
}

async function run(): Promise<void> {
  const controller = new AbortController();
  for (const name of ['SIGINT', 'SIGTERM'] as const) {
    process.once(name, () => {
      controller.abort(name);
      // A second signal means: now.
      process.once(name, () => process.exit(EXIT.failed));
    });
  }
  process.stdout.on('error', () => controller.abort('SIGPIPE'));
  process.exitCode = await main(process.argv.slice(2), {
    environment: process.env,
    print: (text) => void process.stdout.write(text),
    say: (text) => void process.stderr.write(`${text}\n`),
    terminal: {
      colour: process.stdout.isTTY === true && process.env.NO_COLOR === undefined,
      width: process.stdout.columns ?? 100,
    },
    signal: controller.signal,
  });
}

if (process.argv[1] !== undefined && realpathSync(process.argv[1]) === fileURLToPath(import.meta.url)) await run();
