/** A person always wins: what a write of ours did to a change that we had not seen is taken back. */
import { isDeepStrictEqual } from 'node:util';
import { HingeError } from '../errors.ts';
import type { Effect, FlagEvent, FlagPort, StrategyParts, Undo } from './port.ts';

/** A person may write again while we put back what they had written. */
const MOST_TRIES = 3;

export type PutBack =
  /** Nobody else changed the flag. */
  | { readonly kind: 'alone' }
  /** Somebody did, and all that they set stands, beside our write or in its place. */
  | { readonly kind: 'foreign'; readonly by: FlagEvent }
  /** Ours had overwritten theirs; theirs stands again. */
  | { readonly kind: 'put-back'; readonly by: FlagEvent }
  /** Theirs is overwritten still: people have to look. */
  | { readonly kind: 'overwritten'; readonly by: FlagEvent; readonly undo: Undo };

const partOf = (effect: Effect): string => (effect.kind === 'enabled' ? 'enabled' : `strategy ${effect.strategyId}`);

type StrategyEffect = Extract<Effect, { kind: 'strategy' }>;

/** What others set of a strategy, by the name of the part; a part that they did not change is not in it. */
function setBy(others: readonly StrategyEffect[]): StrategyParts {
  const set: Record<string, unknown> = {};
  for (const { before, after } of others) {
    for (const key of Object.keys({ ...before, ...after })) {
      if (key in set || !isDeepStrictEqual(before[key], after[key])) set[key] = after[key];
    }
  }
  return set;
}

/** @param effects on one part of the flag, oldest first; the last is ours */
function undoOfPart(effects: readonly { readonly ours: boolean; readonly effect: Effect }[]): Undo | null {
  const theirs = effects.filter(({ ours }) => !ours).map(({ effect }) => effect);
  const last = effects.at(-1)?.effect;
  if (last?.kind === 'enabled') {
    const wanted = theirs.findLast((effect) => effect.kind === 'enabled')?.enabled ?? last.enabled;
    return wanted === last.enabled ? null : { kind: 'enabled', enabled: wanted };
  }
  if (last === undefined) return null;
  const to = { ...last.after, ...setBy(theirs.filter((effect) => effect.kind === 'strategy')) };
  if (isDeepStrictEqual(to, last.after)) return null;
  return { kind: 'strategy', strategyId: last.strategyId, from: last.after, to };
}

/**
 * What has to be undone so that all that others set stands; null for nothing. What we changed beside it is kept: a flag that we
 * turned off while a person changed its rollout stays off, with their rollout.
 * @param changes since before our write, oldest first
 */
export function undoOf(changes: readonly FlagEvent[]): Undo | null {
  const known = changes.flatMap(({ ours, effect }) => (effect === undefined ? [] : [{ ours, effect }]));
  const parts = Map.groupBy(known, ({ effect }) => partOf(effect));
  for (const effects of parts.values()) {
    // Who came last was not overwritten.
    const undo = effects.at(-1)?.ours === true ? undoOfPart(effects) : null;
    if (undo !== null) return undo;
  }
  return null;
}

/** Resolves with whether it was written. A guard that fails and a refusal wrote nothing; what is so now is read again. */
async function attempt(port: FlagPort, flag: string, environment: string, undo: Undo): Promise<boolean> {
  try {
    await port.undo(flag, environment, undo);
    return true;
  } catch (thrown) {
    if (thrown instanceof HingeError && !thrown.retryable) return false;
    throw thrown;
  }
}

/**
 * After a write of ours: reads who changed the flag, and takes back what the write did to their change.
 * @param sinceEventId the newest event before the write
 * @throws {HingeError} FLAGS_UNAVAILABLE: whether it was taken back is unknown; repeating the call finds out.
 */
export async function putBack(
  port: FlagPort,
  flag: string,
  environment: string,
  sinceEventId: number,
): Promise<PutBack> {
  let isPutBack = false;
  for (let tries = 0; ; tries++) {
    const changes = await port.changesSince(flag, environment, sinceEventId);
    const by = changes.findLast(({ ours }) => !ours);
    if (by === undefined) return { kind: 'alone' };
    const undo = undoOf(changes);
    if (undo === null) return { kind: isPutBack ? 'put-back' : 'foreign', by };
    if (tries === MOST_TRIES) return { kind: 'overwritten', by, undo };
    isPutBack = (await attempt(port, flag, environment, undo)) || isPutBack;
  }
}
