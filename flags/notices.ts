/** Notices: tells people and programs of the controller's decisions, from the journal, without ever holding it up. */
import type { Clock, JournalEntry, Log } from '../model.ts';
import type { Journal } from './ledger.ts';
import type { Cursor } from './notices/cursor.ts';
import { createOutbox, GIVE_UP_MS, type OutboxOptions } from './notices/outbox.ts';
import { type Resolve, resolveBySystem } from './notices/post.ts';
import { keyOfTarget, type Target } from './notices/target.ts';

export { createCursor } from './notices/cursor.ts';
export type { Target } from './notices/target.ts';

export interface NoticesOptions {
  readonly targets: readonly Target[];
  /** Where people reach Hinge's page, for links. */
  readonly publicUrl?: string | undefined;
  readonly cursor: Cursor;
  readonly clock: Clock;
  readonly log: Log;
  readonly random?: () => number;
  readonly resolve?: Resolve;
  readonly sleep?: NonNullable<OutboxOptions['sleep']>;
}

export interface Notices extends AsyncDisposable {
  /** A line that was committed just now. Returns at once. */
  tell(entry: JournalEntry): void;
  /**
   * The whole journal, as it was read: tells what came while nobody could be told, up to six hours ago. One that is not
   * `active` leaves the telling to the one that is, and keeps at hand what that one may not have told. Returns at once.
   */
  catchUp(entries: readonly JournalEntry[], active: boolean): void;
}

/** A line this old has been told by the active Hinge; one that takes its place tells what is younger, perhaps again. */
const STANDBY_MS = 300_000;

/** What one target has been told and is to be told. */
function createReader(target: Target, options: NoticesOptions) {
  const { cursor, clock, log, publicUrl, random = Math.random, resolve = resolveBySystem, sleep } = options;
  const key = keyOfTarget(target);
  let offered: number | undefined;
  let done: number | undefined;
  /** One after the other, behind the reading of the cursor. */
  let last: Promise<void> = cursor.read(key).then((sequence) => {
    offered = sequence;
    done = sequence;
  });

  function settle(waiting: JournalEntry | undefined): void {
    const sequence = waiting === undefined ? offered : waiting.sequence - 1;
    if (sequence === undefined || sequence === done) return;
    done = sequence;
    void cursor.write(key, sequence);
  }

  const outbox = createOutbox({
    ...{ target, publicUrl, clock, log, random, resolve, onDone: settle },
    ...(sleep === undefined ? {} : { sleep }),
  });

  function offer(entry: JournalEntry): void {
    if (offered !== undefined && entry.sequence <= offered) return;
    offered = entry.sequence;
    if (target.on.includes(entry.state) && clock() - entry.atMs <= GIVE_UP_MS) outbox.add(entry);
    else if (outbox.waiting() === 0) settle(undefined);
  }

  /** Another Hinge tells it. */
  function pass({ sequence, atMs }: JournalEntry): void {
    if (offered === undefined || sequence <= offered || clock() - atMs <= STANDBY_MS) return;
    offered = sequence;
    if (outbox.waiting() === 0) settle(undefined);
  }

  function catchUp(entries: readonly JournalEntry[], active: boolean): void {
    const end = entries.at(-1)?.sequence ?? 0;
    // A new target is not told of old times; nor is one whose place lies beyond the end, in a journal that is no more.
    if (offered === undefined || offered > end) {
      offered = end;
      settle(undefined);
    }
    for (const entry of entries) active ? offer(entry) : pass(entry);
  }

  const inTurn = (doing: () => void): void => {
    last = last.then(doing);
  };
  return {
    tell: (entry: JournalEntry) => inTurn(() => offer(entry)),
    catchUp: (entries: readonly JournalEntry[], active: boolean) => inTurn(() => catchUp(entries, active)),
    async close() {
      await last;
      await outbox.close();
      if (done !== undefined) await cursor.write(key, done);
    },
  };
}

export function createNotices(options: NoticesOptions): Notices {
  const readers = options.targets.map((target) => createReader(target, options));
  return {
    tell(entry) {
      for (const reader of readers) reader.tell(entry);
    },
    catchUp(entries, active) {
      for (const reader of readers) reader.catchUp(entries, active);
    },
    async [Symbol.asyncDispose]() {
      await Promise.all(readers.map((reader) => reader.close()));
    },
  };
}

/**
 * The journal, telling as it is written. It is read at the start and after a write whose answer was lost: so what was
 * committed is told, whether or not its writer heard of it.
 * @param isActive false while another Hinge writes the journal
 */
export function telling(journal: Journal, notices: Notices, isActive: () => boolean = () => true): Journal {
  return {
    async append(entry) {
      await journal.append(entry);
      notices.tell(entry);
    },
    async read() {
      const entries = await journal.read();
      notices.catchUp(entries, isActive());
      return entries;
    },
  };
}
