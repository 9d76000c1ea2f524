/** What one target has yet to be told: in order, one at a time, again and again until it is taken or too old. */
import { setTimeout as delay } from 'node:timers/promises';
import { HingeError, messageOf } from '../../errors.ts';
import type { Clock, JournalEntry, Log } from '../../model.ts';
import { DEFAULT_POLICY, delayMs, type RetryPolicy } from '../backoff/policy.ts';
import { noticeOf } from './notice.ts';
import { type Answer, post, type Resolve } from './post.ts';
import { signatureHeaders } from './sign.ts';
import { slackOf } from './slack.ts';
import type { Target } from './target.ts';

export interface OutboxOptions {
  readonly target: Target;
  readonly publicUrl: string | undefined;
  readonly clock: Clock;
  readonly random: () => number;
  readonly resolve: Resolve;
  readonly log: Log;
  /** Rejects once the signal aborts. */
  readonly sleep?: (ms: number, signal: AbortSignal) => Promise<void>;
  /** A line is done with: told, refused or too old. `waiting` is the first that is not, if any. */
  readonly onDone: (waiting: JournalEntry | undefined) => void;
}

export interface Outbox {
  /** Returns at once. */
  add(entry: JournalEntry): void;
  waiting(): number;
  /** Ends what is under way. */
  close(): Promise<void>;
}

/** After that a notice is of no use to anybody. */
export const GIVE_UP_MS = 6 * 3_600_000;
export const MOST_WAITING = 1_000;
const LONGEST_RETRY_AFTER_MS = 3_600_000;

/** One second, two, four ... up to five minutes. */
const PAUSES: RetryPolicy = { ...DEFAULT_POLICY, baseMs: 1_000, multiplier: 2, capMs: 300_000, jitter: 'equal' };

type Outcome = { readonly kind: 'done' | 'refused' | 'later'; readonly why: string; readonly retryAfterMs: number };

/** A refusal is final: it would be one again, and what waits behind it is worth more. */
function outcomeOf({ status, retryAfterMs = 0 }: Answer): Outcome {
  const why = `answered ${status}`;
  if (status >= 200 && status < 300) return { kind: 'done', why, retryAfterMs: 0 };
  const isLater = status >= 500 || status === 408 || status === 425 || status === 429;
  return { kind: isLater ? 'later' : 'refused', why, retryAfterMs: Math.min(retryAfterMs, LONGEST_RETRY_AFTER_MS) };
}

const sleepFor = (ms: number, signal: AbortSignal): Promise<void> => delay(ms, undefined, { signal });

export function createOutbox(options: OutboxOptions): Outbox {
  const { target, publicUrl, clock, random, resolve, log, onDone, sleep = sleepFor } = options;
  const url = new URL(target.url);
  const stop = new AbortController();
  const entries: JournalEntry[] = [];
  let running: Promise<void> | undefined;

  const facts = ({ sequence, flag, state }: JournalEntry) => ({ to: url.host, sequence, flag, state });

  async function send(entry: JournalEntry): Promise<Outcome> {
    const notice = noticeOf(entry, publicUrl);
    const body = JSON.stringify(target.format === 'slack' ? slackOf(notice) : notice);
    const signature = target.secret === undefined ? {} : signatureHeaders(target.secret, notice.data.id, clock(), body);
    const headers = { 'content-type': 'application/json', 'user-agent': 'hinge', ...signature };
    try {
      const what = { url, allowPrivate: target.allowPrivate, headers, body };
      return outcomeOf(await post(what, resolve, stop.signal, clock()));
    } catch (thrown) {
      const isFinal = thrown instanceof HingeError && thrown.code === 'FORBIDDEN';
      return { kind: isFinal ? 'refused' : 'later', why: messageOf(thrown), retryAfterMs: 0 };
    }
  }

  /** Milliseconds until the next attempt; null when there is none. */
  function pauseAfter(entry: JournalEntry, attempt: number, { kind, why, retryAfterMs }: Outcome): number | null {
    if (stop.signal.aborted || kind === 'done') return null;
    const pauseMs = Math.max(retryAfterMs, delayMs(PAUSES, Math.min(attempt, 20), random));
    const isTooOld = clock() + pauseMs - entry.atMs > GIVE_UP_MS;
    if (kind === 'refused') log.warn({ ...facts(entry), why }, 'a notice was refused and is not sent again');
    else if (isTooOld) log.warn({ ...facts(entry), why }, 'a notice did not get through for hours and is given up');
    else if (attempt === 1)
      log.warn({ ...facts(entry), why }, 'a notice did not get through; it is tried again for hours');
    return kind === 'refused' || isTooOld ? null : pauseMs;
  }

  /** Until the target has taken it or refused it, it is too old, or the outbox closes. */
  async function deliver(entry: JournalEntry): Promise<void> {
    for (let attempt = 1; ; attempt++) {
      const pauseMs = pauseAfter(entry, attempt, await send(entry));
      if (pauseMs === null) return;
      await sleep(pauseMs, stop.signal).catch(() => {});
    }
  }

  async function work(): Promise<void> {
    for (let entry = entries[0]; entry !== undefined && !stop.signal.aborted; entry = entries[0]) {
      await deliver(entry);
      if (stop.signal.aborted) return;
      // Those over the limit are taken from the front meanwhile.
      if (entries[0] === entry) entries.shift();
      onDone(entries[0]);
    }
    running = undefined;
  }

  return {
    add(entry) {
      if (entries.length >= MOST_WAITING) {
        const [oldest = entry] = entries.splice(0, 1);
        log.warn(facts(oldest), `${MOST_WAITING} notices wait: the oldest is dropped`);
      }
      entries.push(entry);
      running ??= work();
    },
    waiting: () => entries.length,
    async close() {
      stop.abort();
      await running;
    },
  };
}
