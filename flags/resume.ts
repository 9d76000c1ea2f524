/** From the journal back to where the controller was: pure. */
import type { Action, JournalEntry } from '../model.ts';
import { type ChangeUnderWay, type FlagState, INITIAL } from './state.ts';

export const keyOf = ({ flag, environment }: { flag: string; environment: string }): string => `${environment}/${flag}`;

export interface Resumed {
  /** By `keyOf`. */
  readonly states: ReadonlyMap<string, FlagState>;
  readonly actions: readonly Action[];
  /** Changes decided, by a key of their own, for the limit of an hour. */
  readonly decisions: ReadonlyMap<string, Decided>;
}

export interface Decided {
  readonly environment: string;
  readonly atMs: number;
}

export const actionOf = ({ atMs, flag, environment, state, text }: JournalEntry): Action => ({
  atMs,
  flag,
  environment,
  state,
  text,
});

/** The change that a line is about to make; the same for every attempt at it, and for all that one way back takes. Null for lines without one. */
export function decidedIn(entry: JournalEntry, state: FlagState): { key: string; decided: Decided } | null {
  if (entry.intent === '' || state.phase === 'YIELDED' || state.change === null) return null;
  const atMs = state.change.firstMs;
  return { key: `${keyOf(entry)}/${atMs}`, decided: { environment: entry.environment, atMs } };
}

/** The state in a line's evidence; the initial one where a line carries none. Lines of earlier versions have fewer fields. */
function stateIn(entry: JournalEntry): FlagState {
  const { state } = JSON.parse(entry.evidence) as { state?: FlagState };
  const { change = null } = state ?? {};
  const { firstMs = change?.decidedMs ?? 0, attempts = 1 } = (change ?? {}) as Partial<ChangeUnderWay>;
  return { ...INITIAL, ...state, change: change && { ...change, firstMs, attempts } };
}

/** Folds the whole journal, in order. */
export function resume(entries: readonly JournalEntry[]): Resumed {
  const states = new Map<string, FlagState>();
  const decisions = new Map<string, Decided>();
  for (const entry of entries) {
    if (entry.state === 'STOPPED' || entry.state === 'RESUMED') continue;
    const state = stateIn(entry);
    states.set(keyOf(entry), state);
    const found = decidedIn(entry, state);
    if (found) decisions.set(found.key, found.decided);
  }
  return { states, decisions, actions: entries.map(actionOf) };
}
