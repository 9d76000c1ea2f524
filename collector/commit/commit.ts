/** Group commit: the rows of many requests go into few inserts, and each request is answered once its rows are in. */

import { setTimeout as sleep } from 'node:timers/promises';
import { HingeError, messageOf } from '../../errors.ts';
import type { BlockSink } from '../../model.ts';
import type { Overflow } from '../census.ts';
import type { Limits } from '../limits.ts';
import type { Outcome } from '../request.ts';
import { pointRowsOf, type Rows, type RowsKind, type RowsSource, SPAN_ROWS } from '../rows.ts';
import { createTally } from '../tally.ts';
import { type Signal, transcode } from '../transcode.ts';
import { runInTurns } from '../turns.ts';
import { blockOf, type Group } from './group.ts';
import { createLane, type Lane } from './lane.ts';
import { createShelf } from './shelf.ts';

export interface CommitterOptions {
  readonly sink: BlockSink;
  readonly limits: Limits;
  /** Pauses after which an insert that failed, and may succeed, is tried again. @default 100 ms, 0.5 s, 1.5 s */
  readonly retryAfterMs?: readonly number[];
  /** Milliseconds that only grow. @default performance.now */
  readonly clock?: () => number;
  /** Told once a day of each service and kind of which there are too many. */
  readonly onOverflow?: (overflow: Overflow) => void;
}

export interface CommitCounters {
  /** Bytes of rows that wait for their commit. */
  readonly queueBytes: number;
  readonly commits: number;
  readonly failedCommits: number;
  readonly lastCommitMs: number;
  readonly totalCommitMs: number;
  /** Since the newest attempt, when that failed; null when it went well, and before the first. */
  readonly failedMsAgo: number | null;
}

export interface Added {
  readonly outcome: Outcome;
  /** Resolves once all rows are committed; rejects with what the sink threw when some could not be. */
  readonly committed: Promise<void>;
}

export interface Committer extends AsyncDisposable {
  /**
   * Adds the rows of one export request, protobuf bytes, to those that wait. Throws what is wrong with the request, and
   * OVERLOADED (retryable) at once when too much waits already.
   */
  add(signal: Signal, body: Uint8Array): Promise<Added>;
  counters(): CommitCounters;
}

/** An engine that crashed is back by then; and senders, who wait for 10 s, need not send again. */
const RETRY_AFTER_MS = [100, 500, 1_500];

export function createCommitter(options: CommitterOptions): Committer {
  const { sink, limits, retryAfterMs = RETRY_AFTER_MS, clock = () => performance.now() } = options;
  const tally = createTally(limits, options.onOverflow);
  const shelf = createShelf(tally);
  const lanes = new Map<string, Lane>();
  const counts = { commits: 0, failedCommits: 0, lastCommitMs: 0, totalCommitMs: 0 };
  let failedAtMs: number | undefined;
  let adding: Promise<void> | undefined;
  let closing = false;

  const insert = async (group: Group): Promise<Error | undefined> => {
    // A request that could not be read to its end leaves an empty group behind.
    if (group.rows.block.rows === 0) return undefined;
    const block = blockOf(group);
    for (let attempt = 0; ; attempt++) {
      const startMs = clock();
      const error = await outcomeOf(() => sink(block));
      counts[error === undefined ? 'commits' : 'failedCommits']++;
      counts.lastCommitMs = clock() - startMs;
      counts.totalCommitMs += counts.lastCommitMs;
      failedAtMs = error === undefined ? undefined : clock();
      const pauseMs = retryAfterMs[attempt];
      if (!isPassing(error) || pauseMs === undefined || closing) return error;
      await sleep(pauseMs);
    }
  };
  const settled = async (): Promise<void> => {
    while (adding !== undefined) await adding;
  };
  const laneOf = <R extends Rows>(kind: RowsKind<R>, day: bigint): Lane<R> => {
    const key = `${kind.table} ${day}`;
    // Of one table there is one kind of rows.
    const known = lanes.get(key) as Lane<R> | undefined;
    if (known !== undefined) return known;
    const lane = createLane<R>({
      open: () => {
        tally.census.renew(clock());
        return shelf.take(kind, day);
      },
      commit: insert,
      close: (rows) => shelf.giveBack(kind, rows),
      settled,
      intervalMs: limits.maxDelayMs,
      maxRows: limits.maxRows,
      maxBytes: limits.maxGroupBytes,
      // Senders choose the days: a lane that is done with must go.
      onIdle: () => lanes.delete(key),
      clock,
    });
    lanes.set(key, lane as unknown as Lane);
    return lane;
  };
  const queueBytes = () => [...lanes.values()].reduce((sum, lane) => sum + lane.bytes(), 0);

  const addNow = async (signal: Signal, body: Uint8Array): Promise<Added> => {
    const touched = new Map<Lane, Group>();
    const rowsOf = <R extends Rows>(kind: RowsKind<R>, day: bigint): R => {
      const lane = laneOf(kind, day);
      const group = lane.group();
      touched.set(lane as unknown as Lane, group as unknown as Group);
      return group.rows;
    };
    const source: RowsSource = {
      spans: (day) => rowsOf(SPAN_ROWS, day),
      points: (kind, day) => rowsOf(pointRowsOf(kind), day),
    };
    try {
      const outcome = await finish(transcode(signal, body, source, limits, tally));
      return { outcome, committed: allOf([...touched.values()].map((group) => group.committed)) };
    } finally {
      for (const lane of touched.keys()) lane.leave();
    }
  };
  /** A small request is added without a pause; while a large one gives the event loop turns, the others wait. */
  const finish = async <Result>(steps: Generator<void, Result>): Promise<Result> => {
    const first = steps.next();
    if (first.done) return first.value;
    const { promise, resolve } = Promise.withResolvers<void>();
    adding = promise;
    try {
      return await runInTurns(steps);
    } finally {
      adding = undefined;
      resolve();
    }
  };

  return {
    async add(signal, body) {
      if (adding !== undefined) await settled();
      if (closing) throw overloaded('the collector is closing');
      if (queueBytes() >= limits.maxBytesInFlight) throw overloaded('too many rows wait for the store');
      return addNow(signal, body);
    },
    counters: () => ({
      queueBytes: queueBytes(),
      ...counts,
      failedMsAgo: failedAtMs === undefined ? null : clock() - failedAtMs,
    }),
    async [Symbol.asyncDispose]() {
      closing = true;
      await settled();
      for (const lane of lanes.values()) lane.hurry();
      await Promise.all([...lanes.values()].map((lane) => lane.idle()));
    },
  };
}

/** Nobody has to wait for it: a request may have given up by the time that its insert fails. */
function allOf(promises: readonly Promise<void>[]): Promise<void> {
  const all = Promise.all(promises).then(() => {});
  all.catch(() => {});
  return all;
}

/** What was thrown; undefined when all went well. */
async function outcomeOf(work: () => Promise<void>): Promise<Error | undefined> {
  try {
    await work();
    return undefined;
  } catch (thrown) {
    return thrown instanceof Error
      ? thrown
      : new HingeError('STORE_UNAVAILABLE', messageOf(thrown), { retryable: true });
  }
}

const isPassing = (error: Error | undefined) => error instanceof HingeError && error.retryable;

const overloaded = (why: string) => new HingeError('OVERLOADED', `${why}: send it again later`, { retryable: true });
