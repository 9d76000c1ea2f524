/** The controller's writing: each state is a line of the journal before it counts. */
import { HingeError } from '../errors.ts';
import type { Clock, JournalEntry, Log } from '../model.ts';
import type { Policy } from './behaviour.ts';
import { type Brake, brakeLine } from './brake.ts';
import type { Change } from './change.ts';
import { chain, verifyChain } from './journal.ts';
import { createMemory, type Memory, type Written } from './memory.ts';
import type { Readings } from './readings.ts';
import type { FlagState } from './state.ts';

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

/** What the journal says, and the one way to add to it. */
export interface Ledger extends Omit<Memory, 'fold' | 'adopt' | 'newestUpgradeId'> {
  /** Reads the journal where that is due. */
  open(): Promise<void>;
  /** Reads the journal anew when it is next opened: somebody else may have written to it. */
  forget(): void;
  /** The new state, worth a line: in force once the line is committed. */
  record(line: Line): Promise<void>;
  /** What was said about all flags, unless the journal says the same already. */
  recordBrake(brake: Brake): Promise<void>;
}

/** What a line keeps of the readings: the figures of the decision, not the whole report. */
function evidenceOf({ service }: Policy, state: FlagState, readings: Readings | null): string {
  if (readings === null) return JSON.stringify({ service, state });
  const { evidence, ...rest } = readings;
  const suspects = evidence?.suspects.slice(0, 5).map(({ rank, service, share }) => ({ rank, service, share }));
  return JSON.stringify({ service, state, readings: { ...rest, upgradeId: evidence?.upgradeId, suspects } });
}

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
  const memory = createMemory(clock, log);
  /** The end of the chain; unknown before the journal is read, and after a line that may or may not be committed. */
  let end: { readonly last: JournalEntry | undefined } | null = null;
  let isRead = false;
  /** The term in which the journal was read: in another one somebody else may have written to it. */
  let readTerm: number | null = null;
  /** A line whose commit is not known: nothing else is written before it is. */
  let unknown: Written | null = null;

  function fold(entries: readonly JournalEntry[]): void {
    memory.fold(entries);
    isRead = true;
    const check = verifyChain(entries);
    if (!check.ok) onBroken(check.reason);
  }

  function adopt(written: Written): void {
    unknown = null;
    end = { last: written.entry };
    memory.adopt(written);
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

  async function recordBrake(brake: Brake): Promise<void> {
    requireTerm();
    await open();
    if (brake.stopped === memory.isStopped()) return;
    await append({ entry: chain(end?.last, brakeLine(brake, memory.newestUpgradeId(), clock())), about: null });
  }

  function forget(): void {
    isRead = false;
    end = null;
    unknown = null;
  }

  const { stateOf, keep, isStopped, actions, changesWithinHour } = memory;
  return { open, forget, record, recordBrake, stateOf, keep, isStopped, actions, changesWithinHour };
}
