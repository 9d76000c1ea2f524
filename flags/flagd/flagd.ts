/** The flag port over a flagd definition file (OpenFeature): one file an environment. Rollouts are rules there, and left alone. */
import { isDeepStrictEqual } from 'node:util';
import { HingeError } from '../../errors.ts';
import type { Clock, Log } from '../../model.ts';
import type { FlagPort, FlagSnapshot, FlagVariantSetting } from '../port.ts';
import { definitionOf, type FlagdDefinition, type FlagdText, readFlagd, writeDefinition } from './file.ts';
import { DEFINITION, type FlagdLog, observe, readLog, writeLog } from './log.ts';

export interface FlagdOptions {
  /** The definition file that flagd watches; a log is kept beside it. */
  readonly path: string;
  readonly environment: string;
  readonly clock: Clock;
  readonly log: Log;
}

interface Look {
  readonly read: FlagdText;
  readonly definition: FlagdDefinition;
  readonly events: FlagdLog;
}

type Parts = Omit<FlagdDefinition, 'state'>;

const refusal = (line: string): HingeError => new HingeError('FLAGS_REFUSED', line);

const textOf = (value: unknown): string => (typeof value === 'string' ? value : JSON.stringify(value));

/** Of the kind that the variant has: flagd serves values of one type a flag. */
function parsedAs(text: string, like: unknown): unknown {
  if (typeof like === 'string') return text;
  try {
    const value: unknown = JSON.parse(text);
    if (typeof value === typeof like && Array.isArray(value) === Array.isArray(like)) return value;
  } catch {
    // Said below.
  }
  throw refusal(`the payload ${text} is not of the type that the variant has; correct the ladder`);
}

/** What is handed out: the default; with rules, any of them. */
function variantsOf({ variants = {}, defaultVariant, targeting }: FlagdDefinition): FlagVariantSetting[] {
  const hasRules = typeof targeting === 'object' && targeting !== null && Object.keys(targeting).length > 0;
  return Object.entries(variants)
    .filter(([name]) => hasRules || name === defaultVariant)
    .map(([name, value]) => ({ name, payload: textOf(value) }));
}

const tagsOf = ({ metadata = {} }: FlagdDefinition): string[] =>
  Object.entries(metadata).flatMap(([name, value]) => (value === true ? [`metadata:${name}`] : []));

function withPayload(definition: FlagdDefinition, index: number, from: string, to: string): FlagdDefinition {
  const { name, payload } = variantsOf(definition)[index] ?? {};
  if (name === undefined || payload !== from) {
    throw new HingeError('FLAGS_CONFLICT', `the payload is not ${from} any more; nothing was written`);
  }
  return { ...definition, variants: { ...definition.variants, [name]: parsedAs(to, definition.variants?.[name]) } };
}

function withParts(definition: FlagdDefinition, from: Parts, to: Parts): FlagdDefinition {
  const { state, ...parts } = definition;
  if (!isDeepStrictEqual(parts, from)) {
    throw new HingeError('FLAGS_CONFLICT', 'the flag is not as our write left it; nothing was written');
  }
  return { state, ...to };
}

export function createFlagd({ path, environment: served, clock, log }: FlagdOptions): FlagPort {
  /** One after the other: each reads the log, and may write it. */
  let last: Promise<unknown> = Promise.resolve();
  function inTurn<T>(work: () => Promise<T>): Promise<T> {
    const done = last.then(work, work);
    last = done.catch(() => {});
    return done;
  }

  async function look(flag: string, environment: string): Promise<Look> {
    if (environment !== served) throw refusal(`${path} is of environment "${served}", not of "${environment}"`);
    const before = await readLog(path);
    const read = await readFlagd(path);
    const events = observe(before, read.flags, clock());
    if (events !== before) await writeLog(path, events);
    const definition = definitionOf(read.flags, flag);
    if (definition === undefined)
      throw refusal(`there is no flag "${flag}" in ${path}; correct it in the configuration`);
    return { read, definition, events };
  }

  /** Noted as ours before it is written, so that a crash in between leaves no change of unknown making. */
  const change = (flag: string, environment: string, edit: (definition: FlagdDefinition) => FlagdDefinition) =>
    inTurn(async () => {
      const { read, definition, events } = await look(flag, environment);
      const next = edit(definition);
      if (isDeepStrictEqual(next, definition)) return;
      await writeLog(path, { ...events, pending: { flag, definition: next } });
      await writeDefinition(path, read, flag, next);
      await look(flag, environment);
      log.info({ path, flag, definition: next }, 'changed a flag in its flagd file');
    });

  async function snapshot(flag: string, environment: string): Promise<FlagSnapshot> {
    const { definition, events } = await look(flag, environment);
    const newest = events.events.findLast((event) => event.flag === flag);
    const strategy = { id: DEFINITION, name: 'flagd', enabled: true, rollout: null, variants: variantsOf(definition) };
    const known = { flag, environment, archived: false, strategies: [strategy], tags: tagsOf(definition) };
    const enabled = definition.state === 'ENABLED';
    return { ...known, enabled, newestEventId: newest?.id ?? 0, newestActor: newest?.actor ?? null };
  }

  const turn = (flag: string, environment: string, state: FlagdDefinition['state']) =>
    change(flag, environment, (definition) => ({ ...definition, state }));

  return {
    whoAmI: async () => ({ name: 'hinge', userId: process.getuid?.() ?? 0 }),
    snapshot: (flag, environment) => inTurn(() => snapshot(flag, environment)),
    changesSince: (flag, environment, eventId) =>
      inTurn(async () => {
        const { events } = await look(flag, environment);
        return events.events
          .filter((event) => event.flag === flag && event.id > eventId)
          .map(({ flag: _, ...rest }) => rest);
      }),
    async setRollout() {
      throw refusal(
        'a flagd file has no rollout of its own: give the behaviour a ladder of payloads, or let it turn off',
      );
    },
    setPayload: (flag, environment, { variant }, from, to) =>
      change(flag, environment, (definition) => withPayload(definition, variant, from, to)),
    disable: (flag, environment) => turn(flag, environment, 'DISABLED'),
    enable: (flag, environment) => turn(flag, environment, 'ENABLED'),
    async undo(flag, environment, undo) {
      if (undo.kind === 'enabled') return turn(flag, environment, undo.enabled ? 'ENABLED' : 'DISABLED');
      await change(flag, environment, (definition) => withParts(definition, undo.from, undo.to));
    },
    // flagd does not tell which text it has loaded.
    published: async () => null,
  };
}
