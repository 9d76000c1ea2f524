/** What the journal says, kept at hand: states of flags, changes decided, the latest actions, and whether all is stopped. */
import type { Action, Clock, JournalEntry, Log } from '../model.ts';
import type { Policy } from './behaviour.ts';
import { lastBrake } from './brake.ts';
import { actionOf, type Decided, decidedIn, keyOf, resume } from './resume.ts';
import { type FlagState, INITIAL } from './state.ts';

/** A line and what it says. */
export interface Written {
  readonly entry: JournalEntry;
  /** The state of a flag; null for a line about all of them. */
  readonly about: { readonly policy: Policy; readonly state: FlagState } | null;
}

export interface Memory {
  /** Forgets what it had: these lines alone count. */
  fold(entries: readonly JournalEntry[]): void;
  /** A line that was committed. */
  adopt(written: Written): void;
  stateOf(policy: Policy): FlagState;
  /** A state that is not worth a line. */
  keep(policy: Policy, state: FlagState): void;
  isStopped(): boolean;
  actions(): readonly Action[];
  /** Changes decided in the environment within the hour before `nowMs`. */
  changesWithinHour(environment: string, nowMs: number): number;
  /** Of the flags that are looked at, the upgrade that was seen last; empty for none. */
  newestUpgradeId(): string;
}

const MOST_ACTIONS = 1_000;
const HOUR_MS = 3_600_000;

const ALERTS = new Set<FlagState['phase']>(['YIELDED', 'BLOCKED', 'EXHAUSTED', 'AWAIT_APPROVAL']);

export function createMemory(clock: Clock, log: Log): Memory {
  const states = new Map<string, FlagState>();
  const decisions = new Map<string, Decided>();
  let actions: readonly Action[] = [];
  let stopped = false;

  function fold(entries: readonly JournalEntry[]): void {
    const resumed = resume(entries);
    states.clear();
    decisions.clear();
    for (const [key, state] of resumed.states) states.set(key, state);
    for (const [key, decided] of resumed.decisions) decisions.set(key, decided);
    actions = resumed.actions.slice(-MOST_ACTIONS);
    stopped = lastBrake(entries)?.stopped ?? false;
  }

  function adopt({ entry, about }: Written): void {
    actions = [...actions, actionOf(entry)].slice(-MOST_ACTIONS);
    if (about === null) {
      stopped = entry.state === 'STOPPED';
      log.warn({ state: entry.state }, entry.text);
    } else adoptState(entry, about);
  }

  function adoptState(entry: JournalEntry, { policy, state }: NonNullable<Written['about']>): void {
    states.set(keyOf(policy), state);
    const found = decidedIn(entry, state);
    if (found) decisions.set(found.key, found.decided);
    const { phase, reason, text } = state;
    const { flag, environment } = policy;
    log[ALERTS.has(phase) ? 'warn' : 'info']({ flag, environment, state: phase, reason }, text);
  }

  return {
    fold,
    adopt,
    stateOf: (policy) => states.get(keyOf(policy)) ?? { ...INITIAL, sinceMs: clock() },
    keep: (policy, state) => void states.set(keyOf(policy), state),
    isStopped: () => stopped,
    actions: () => actions,
    changesWithinHour: (environment, nowMs) =>
      [...decisions.values()].filter((one) => one.environment === environment && nowMs - one.atMs < HOUR_MS).length,
    newestUpgradeId() {
      const [newest] = [...states.values()].toSorted((one, other) => other.sinceMs - one.sinceMs);
      return newest?.upgradeId ?? '';
    },
  };
}
