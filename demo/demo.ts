/** `npm run demo`: a live system is upgraded before your eyes, and Hinge finds out, acts and proves the recovery. */
import { once } from 'node:events';
import { mkdir, mkdtemp, rm } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import { parseArgs } from 'node:util';
import { messageOf } from '../errors.ts';
import { createNarrator, type Narrator } from './narrator.ts';
import { FAST, FULL } from './plan.ts';
import { openStage } from './stage.ts';
import { type Ending, tellStory } from './story.ts';

const HELP = `node demo/demo.ts [--fast] [--no-fault] [--keep] [--out FOLDER] [--seed N]

A shop of four services is upgraded under load; the new checkout retries badly. Takes about three minutes.

  --fast      shorter windows: about a minute and a half
  --no-fault  the same upgrade without the fault: Hinge must find nothing and touch nothing
  --keep      keep everything running at the end, until Ctrl-C
  --out       folder for packages, logs and the report (default: a new one in demo/.run)
  --seed      seed of the services' randomness (default 1)

Exit codes: 0 the story went as it should, 2 wrong options, 4 it did not, 130 broken off
`;

const EXIT = { fine: 0, usage: 2, failed: 4, brokenOff: 130 } as const;

const OPTIONS = {
  fast: { type: 'boolean', default: false },
  'no-fault': { type: 'boolean', default: false },
  keep: { type: 'boolean', default: false },
  out: { type: 'string' },
  seed: { type: 'string', default: '1' },
  help: { type: 'boolean', short: 'h', default: false },
} as const;

type Values = ReturnType<typeof parseArgs<{ options: typeof OPTIONS }>>['values'];

async function runFolder(out: string | undefined): Promise<string> {
  if (out !== undefined) {
    await mkdir(out, { recursive: true });
    return resolve(out);
  }
  const parent = join(import.meta.dirname, '.run');
  await mkdir(parent, { recursive: true });
  return mkdtemp(join(parent, `${new Date().toISOString().slice(0, 19).replaceAll(':', '')}-`));
}

function tellEnding({ complaints, reportFile, page }: Ending, narrator: Narrator, keep: boolean): void {
  narrator.chapter(complaints.length === 0 ? 'The story went as it should' : 'The story did not go as it should');
  for (const complaint of complaints) narrator.say(complaint);
  narrator.say(`report: ${reportFile}`);
  narrator.say(`page:   ${page}${keep ? '' : ' (while Hinge runs; --keep keeps it)'}`);
}

async function play(values: Values, signal: AbortSignal): Promise<number> {
  const narrator = createNarrator((text) => void process.stdout.write(text));
  const folder = await runFolder(values.out);
  const plan = values.fast ? FAST : FULL;
  const options = { folder, plan, fault: !values['no-fault'], seed: Number(values.seed), signal, narrator };
  try {
    await using stack = new AsyncDisposableStack();
    const ending = await tellStory(await openStage(options, stack), options);
    tellEnding(ending, narrator, values.keep);
    if (values.keep) {
      narrator.say('everything keeps running; Ctrl-C ends it');
      if (!signal.aborted) await once(signal, 'abort');
    }
    return ending.complaints.length === 0 ? EXIT.fine : EXIT.failed;
  } catch (error) {
    if (signal.aborted) return EXIT.brokenOff;
    narrator.say(`the demo failed: ${messageOf(error)}`);
    return EXIT.failed;
  } finally {
    // The data folder holds hundreds of megabytes of an engine that is gone; the report says what it said.
    await rm(join(folder, 'data'), { recursive: true, force: true });
    narrator.say('everything that was started has ended');
  }
}

function parse(argv: readonly string[]): Values | null {
  try {
    return parseArgs({ args: [...argv], options: OPTIONS }).values;
  } catch (error) {
    process.stderr.write(`${messageOf(error)}\n\n${HELP}`);
    return null;
  }
}

async function main(): Promise<number> {
  const values = parse(process.argv.slice(2));
  if (values === null) return EXIT.usage;
  if (values.help) {
    process.stdout.write(HELP);
    return EXIT.fine;
  }
  const controller = new AbortController();
  for (const name of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) {
    process.once(name, () => {
      controller.abort(name);
      process.stderr.write('\nending everything in order; once more ends it at once\n');
      process.once(name, () => process.exit(EXIT.brokenOff));
    });
  }
  return play(values, controller.signal);
}

process.exitCode = await main();
