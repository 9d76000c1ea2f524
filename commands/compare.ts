/** `hinge compare`: telemetry files before and after in, report out; no server needed. */

import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { basename, join } from 'node:path';
import { createCommitter } from '../collector/commit/commit.ts';
import { importTelemetryFile } from '../collector/files/import.ts';
import { DEFAULT_LIMITS } from '../collector/limits.ts';
import { HingeError } from '../errors.ts';
import type { Log, TimeRange } from '../model.ts';
import { openEngine } from '../store/engine/engine.ts';
import { openStore, type Store } from '../store/store.ts';
import { settingsOf } from './assemble.ts';
import { assembleApart } from './assemble-apart.ts';
import { readChangedFile } from './changed-file.ts';
import type { Command, Invocation } from './command.ts';
import { configOf } from './configure.ts';
import { OUTPUT_HELP, OUTPUT_OPTIONS, outputOf } from './output.ts';
import { createProgress, type Progress } from './progress.ts';
import { quietLog } from './quiet-log.ts';
import { slotWidthSeconds, wholeSlots } from './slots.ts';
import { telemetryFiles } from './telemetry-files.ts';
import { text, texts } from './words.ts';

export const compare: Command = {
  summary: 'compare telemetry files from before and after; needs no server',
  help: `hinge compare --before FILES --after FILES [--changed changed.json] [--format text|json|html|markdown]

Reads OTLP/JSON lines as the OpenTelemetry Collector's file exporter writes them, plain or .gz;
FILES are files, folders or patterns.

Options
      --before FILES  telemetry from before the upgrade
      --after FILES   telemetry from after it
      --changed FILE  what changed: {"changed":[{"service":"checkout","from":"v1","to":"v2"}]}
${OUTPUT_HELP}

Examples
  hinge compare --before before.ndjson.gz --after after.ndjson.gz
  hinge compare --before 'monday/*.json' --after 'friday/*.json' --changed changed.json --format html > report.html`,
  options: {
    before: { type: 'string', multiple: true },
    after: { type: 'string', multiple: true },
    changed: { type: 'string' },
    ...OUTPUT_OPTIONS,
  },
  lists: ['before', 'after'],
  run,
};

async function run(invocation: Invocation): Promise<number> {
  const output = outputOf(invocation);
  const config = configOf(invocation);
  const files = { before: filesOf(invocation, 'before'), after: filesOf(invocation, 'after') };
  const changedFile = text(invocation.values, 'changed');
  const changed = changedFile === undefined ? [] : readChangedFile(changedFile);

  await using stack = new AsyncDisposableStack();
  const progress = stack.use(createProgress(invocation));
  const { horizonSeconds } = config.store;
  const { connection, open } = await scratchStores(stack, horizonSeconds, quietLog(invocation));
  const ranges = {
    before: await load(await open('before'), files.before, progress, invocation.signal),
    after: await load(await open('after'), files.after, progress, invocation.signal),
  };
  const slotSeconds = slotWidthSeconds([ranges.before, ranges.after]);
  const arm = (database: 'before' | 'after') => ({
    ...{ connection, database, ...LOADING, slotSeconds, horizonSeconds },
    range: wholeSlots(ranges[database], slotSeconds * 1_000),
  });
  progress.say('comparing');
  const title = `${nameOf(files.before)} against ${nameOf(files.after)}`;
  const arms = { baseline: arm('before'), candidate: arm('after') };
  return output(await assembleApart({ title, ...arms, changed, settings: settingsOf(config), actions: [] }));
}

/** While files are loaded nothing is sealed; the width of a slot is chosen when their extent is known. */
const LOADING = { slotSeconds: 60, sealDelaySeconds: 0 } as const;

function filesOf({ values }: Invocation, side: 'before' | 'after'): string[] {
  const words = texts(values, side);
  if (words.length > 0) return telemetryFiles(words);
  throw new HingeError(
    'USAGE',
    `--${side} is missing: name the telemetry files from ${side} the upgrade; hinge compare --help has examples`,
  );
}

/** Opens databases of an engine that lives in a folder of its own and goes with it. */
async function scratchStores(stack: AsyncDisposableStack, horizonSeconds: number, log: Log) {
  const dataDir = await mkdtemp(join(tmpdir(), 'hinge-compare-'));
  stack.defer(() => rm(dataDir, { recursive: true, force: true }));
  const { connection } = stack.use(await openEngine({ dataDir, durability: 'fast', log }));
  const open = async (database: string) =>
    stack.use(await openStore({ connection, database, ...LOADING, horizonSeconds, log }));
  return { connection, open };
}

/** Loads files into a store and gives the time that their spans cover. */
async function load(
  store: Store,
  files: readonly string[],
  progress: Progress,
  signal: AbortSignal,
): Promise<TimeRange> {
  await using committer = createCommitter({ limits: DEFAULT_LIMITS, sink: (block) => store.insert(block) });
  let spans = 0;
  for (const file of files) {
    for await (const decoded of importTelemetryFile(file, DEFAULT_LIMITS, committer)) {
      signal.throwIfAborted();
      spans += decoded.accepted;
      progress.say(`reading ${basename(file)}: ${spans.toLocaleString('en')} spans and points`);
    }
  }
  const range = await store.dataRange();
  if (range !== null) return range;
  throw new HingeError('INPUT_INVALID', `${nameOf(files)}: no spans in it; both sides need OTLP traces`);
}

function nameOf(files: readonly string[]): string {
  const first = basename(files[0] ?? '');
  return files.length === 1 ? first : `${first} and ${files.length - 1} more`;
}
