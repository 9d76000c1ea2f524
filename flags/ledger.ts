/** The controller's memory: states, actions and decided changes, each line in the journal before it counts. */
import { HingeError } from '../errors.ts';
import type { Action, Clock, JournalEntry, Log } from '../model.ts';
import type { Policy } from './behaviour.ts';
import { type Brake, brakeLine, lastBrake } from './brake.ts';
import type { Change } from './change.ts';
import { chain, verifyChain } from './journal.ts';
import type { Readings } from './readings.ts';
import { actionOf, type Decided, decidedIn, keyOf, resume } from './resume.ts';
import { type FlagState, INITIAL } from './state.ts';

export interface Journal {
  /** Resolves once the line is committed. */
  append(entry: JournalEntry): Promise<void>;
  /** All lines, in the order of the chain. */
  read(): Promise<readonly JournalEntry[]>;
}

export interface Line {
  readonly policy: Policy;
  readonly state: FlagState;
  /** What the decision rests on; null for lines that rest on a person's word or a refusal. */
  readonly readings: Readings | null;
  /** What is about to be written to the flag server. */
  readonly intent: Change | null;
  readonly actor: string;
}

export interface Ledger {
  /** Reads the journal where that is due. */
  open(): Promise<void>;
  stateOf(policy: Policy): FlagState;
  /** Reads the journal anew when it is next opened: somebody else may have written to it. */
  forget(): void;
  /** The new state, worth a line: in force once the line is committed. */
  record(line: Line): Promise<void>;
  /** What was said about all flags, unless the journal says the same already. */
  recordBrake(brake: Brake): Promise<void>;
  /** What the journal says of all flags. */
  isStopped(): boolean;
  /** The new state, not worth a line. */
  keep(policy: Policy, state: FlagState): void;
  actions(): readonly Action[];
  /** Changes decided in the environment within the hour before `nowMs`. */
  changesWithinHour(environment: string, nowMs: number): number;
}

const MOST_ACTIONS = 1_000;
const HOUR_MS = 3_600_000;

/** What a line keeps of the readings: the figures of the decision, not the whole report. */
function evidenceOf({ service }: Policy, state: FlagState, readings: Readings | null): string {
  if (readings === null) return JSON.stringify({ service, state });
  const { evidence, ...rest } = readings;
  const suspects = evidence?.suspects.slice(0, 5).map(({ rank, service, share }) => ({ rank, service, share }));
  return JSON.stringify({ service, state, readings: { ...rest, upgradeId: evidence?.upgradeId, suspects } });
}

/** A line and what it says, until it is known to be committed. */
interface Written {
  readonly entry: JournalEntry;
  /** The state of a flag; null for a line about all of them. */
  readonly about: { readonly policy: Policy; readonly state: FlagState } | null;
}

const ALERTS = new Set<FlagState['phase']>(['YIELDED', 'BLOCKED', 'EXHAUSTED', 'AWAIT_APPROVAL']);

export interface LedgerOptions {
  readonly journal: Journal;
  readonly clock: Clock;
  readonly log: Log;
  /** Of the lease that this controller holds now; null while another one may be the active one. */
  readonly term: () => number | null;
  /** Called when a journal is read that cannot be trusted, with why. */
  readonly onBroken: (reason: string) => void;
}

export function createLedger({ journal, clock, log, term, onBroken }: LedgerOptions): Ledger {
  const states = new Map<string, FlagState>();
  const decisions = new Map<string, Decided>();
  let actions: Action[] = [];
  let stopped = false;
  /** The end of the chain; unknown before the journal is read, and after a line that may or may not be committed. */
  let end: { readonly last: JournalEntry | undefined } | null = null;
  let isRead = false;
  /** The term in which the journal was read: in another one somebody else may have written to it. */
  let readTerm: number | null = null;
  /** A line whose commit is not known: nothing else is written before it is. */
  let unknown: Written | null = null;

  function fold(entries: readonly JournalEntry[]): void {
    const resumed = resume(entries);
    states.clear();
    decisions.clear();
    for (const [key, state] of resumed.states) states.set(key, state);
    for (const [key, decided] of resumed.decisions) decisions.set(key, decided);
    actions = resumed.actions.slice(-MOST_ACTIONS);
    isRead = true;
    stopped = lastBrake(entries)?.stopped ?? false;
    const check = verifyChain(entries);
    if (!check.ok) onBroken(check.reason);
  }

  function adopt({ entry, about }: Written): void {
    unknown = null;
    end = { last: entry };
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

  function requireTerm(): void {
    if (term() !== null && term() === readTerm) return;
    throw new HingeError(
      'FORBIDDEN',
      'this Hinge is not the active one, or was not since it last looked: it writes no journal',
    );
  }

  async function append(written: Written): Promise<void> {
    requireTerm();
    unknown = written;
    end = null;
    await journal.append(written.entry);
    adopt(written);
  }

  /** The same line once more: it may come late, and then another in its place would break the chain. */
  async function settle(written: Written, last: JournalEntry | undefined): Promise<void> {
    if (last?.hash === written.entry.hash) adopt(written);
    else await append(written);
  }

  async function open(): Promise<void> {
    const now = term();
    if (now !== readTerm) forget();
    readTerm = now;
    if (end !== null) return;
    const entries = await journal.read();
    const last = entries.at(-1);
    // Somebody else wrote in its place: what they wrote counts.
    if (unknown !== null && unknown.entry.hash !== last?.hash && unknown.entry.sequence <= (last?.sequence ?? 0))
      forget();
    if (!isRead) fold(entries);
    if (unknown !== null) await settle(unknown, last);
    end ??= { last };
  }

  async function record({ policy, state, readings, intent, actor }: Line): Promise<void> {
    requireTerm();
    await open();
    const { flag, environment } = policy;
    const { upgradeId, phase, text } = state;
    const draft = { atMs: clock(), actor, flag, environment, upgradeId, state: phase, text };
    const written = {
      intent: intent === null ? '' : JSON.stringify(intent),
      evidence: evidenceOf(policy, state, readings),
    };
    await append({ entry: chain(end?.last, { ...draft, ...written }), about: { policy, state } });
  }

  /** Of the flags that are looked at, the upgrade that was seen last. */
  function newestUpgradeId(): string {
    const [newest] = [...states.values()].toSorted((one, other) => other.sinceMs - one.sinceMs);
    return newest?.upgradeId ?? '';
  }

  async function recordBrake(brake: Brake): Promise<void> {
    requireTerm();
    await open();
    if (brake.stopped === stopped) return;
    await append({ entry: chain(end?.last, brakeLine(brake, newestUpgradeId(), clock())), about: null });
  }

  function forget(): void {
    isRead = false;
    end = null;
    unknown = null;
  }

  return {
    open,
    forget,
    record,
    recordBrake,
    isStopped: () => stopped,
    stateOf: (policy) => states.get(keyOf(policy)) ?? { ...INITIAL, sinceMs: clock() },
    keep: (policy, state) => void states.set(keyOf(policy), state),
    actions: () => actions,
    changesWithinHour: (environment, nowMs) =>
      [...decisions.values()].filter((one) => one.environment === environment && nowMs - one.atMs < HOUR_MS).length,
  };
}
