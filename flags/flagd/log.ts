/** A file has no log of its own: what changed in it from one look to the next, and which of it was ours, kept beside it. */
import { readFile } from 'node:fs/promises';
import { isDeepStrictEqual } from 'node:util';
import { z } from 'zod';
import type { Effect, FlagEvent } from '../port.ts';
import { definitionOf, type FlagdDefinition, type FlagdFlags, replaceText, unavailable } from './file.ts';

const Log = z.object({
  lastId: z.int(),
  flags: z.record(
    z.string(),
    z.custom<FlagdDefinition>((value) => typeof value === 'object' && value !== null),
  ),
  /** What we are about to write; it is ours once the file shows it. */
  pending: z.object({ flag: z.string(), definition: z.custom<FlagdDefinition>() }).nullable(),
  events: z.array(z.custom<FlagEvent & { readonly flag: string }>()),
});

export type FlagdLog = Readonly<z.infer<typeof Log>>;

/** The one strategy that a definition is. */
export const DEFINITION = 'definition';
const MOST_EVENTS = 1_000;
const OWNER_ONLY = 0o600;

const pathOf = (path: string): string => `${path}.hinge-log.json`;

/**
 * Null before the first look; a log that makes no sense begins anew, as who wrote what is not known any more.
 * @throws {HingeError} FLAGS_UNAVAILABLE.
 */
export async function readLog(path: string): Promise<FlagdLog | null> {
  const text = await readFile(pathOf(path), 'utf8').catch((cause: NodeJS.ErrnoException) => {
    if (cause.code === 'ENOENT') return null;
    throw unavailable(pathOf(path), cause, 'read');
  });
  if (text === null) return null;
  try {
    return Log.parse(JSON.parse(text));
  } catch {
    return null;
  }
}

export const writeLog = (path: string, log: FlagdLog): Promise<void> =>
  replaceText(pathOf(path), JSON.stringify(log), OWNER_ONLY);

interface Difference {
  readonly type: string;
  readonly effect?: Effect;
}

/** Turning on and off is told apart from all else, so that the one can be put back without the other. */
function differences(before: FlagdDefinition | undefined, after: FlagdDefinition | undefined): Difference[] {
  if (before === undefined || after === undefined)
    return [{ type: after === undefined ? 'flag-removed' : 'flag-added' }];
  const { state: stateBefore, ...partsBefore } = before;
  const { state, ...parts } = after;
  const found: Difference[] = [];
  if (state !== stateBefore) {
    const enabled = state === 'ENABLED';
    found.push({ type: enabled ? 'flag-enabled' : 'flag-disabled', effect: { kind: 'enabled', enabled } });
  }
  if (!isDeepStrictEqual(partsBefore, parts)) {
    const effect: Effect = { kind: 'strategy', strategyId: DEFINITION, before: partsBefore, after: parts };
    found.push({ type: 'flag-changed', effect });
  }
  return found;
}

/** The log after a look at the file. Pure; the same log where nothing changed. */
export function observe(log: FlagdLog | null, flags: FlagdFlags, nowMs: number): FlagdLog {
  if (log === null) return { lastId: 0, flags, pending: null, events: [] };
  if (log.pending === null && isDeepStrictEqual(log.flags, flags)) return log;
  let { lastId } = log;
  const names = [...new Set([...Object.keys(log.flags), ...Object.keys(flags)])];
  const news = names.flatMap((flag) => {
    const before = definitionOf(log.flags, flag);
    const after = definitionOf(flags, flag);
    if (isDeepStrictEqual(before, after)) return [];
    const ours = log.pending?.flag === flag && isDeepStrictEqual(log.pending.definition, after);
    const actor = ours ? 'hinge' : 'somebody who edited the file';
    return differences(before, after).map((one) => {
      // Larger than any of a log that was lost.
      lastId = Math.max(lastId + 1, nowMs);
      return { id: lastId, flag, atMs: nowMs, actor, ours, ...one };
    });
  });
  return { lastId, flags, pending: null, events: [...log.events, ...news].slice(-MOST_EVENTS) };
}
