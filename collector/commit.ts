/** Group commit: gathers the chunks of many requests into few inserts, and answers each request once its rows are in. */

import { createHash } from 'node:crypto';
import { HingeError, messageOf } from '../errors.ts';
import type { BlockSink, InsertBlock } from '../model.ts';
import { createBudget } from './budget.ts';
import type { Chunk } from './chunks.ts';
import { createLane, type Lane } from './lane.ts';

export interface CommitterOptions {
  readonly sink: BlockSink;
  /** How long the first chunk of a group waits for others. */
  readonly maxDelayMs: number;
  /** Rows that are enough for an insert at once. */
  readonly maxRows: number;
  /** Bytes of all chunks that are not yet committed; above it `add` refuses. */
  readonly maxBytesInFlight: number;
  /** Milliseconds that only grow, to measure commits. @default performance.now */
  readonly clock?: () => number;
}

export interface CommitCounters {
  /** Bytes of rows that wait for their commit. */
  readonly queueBytes: number;
  readonly commits: number;
  readonly failedCommits: number;
  readonly lastCommitMs: number;
  readonly totalCommitMs: number;
}

export interface Committer extends AsyncDisposable {
  /**
   * Resolves once all chunks are committed. Throws OVERLOADED (retryable) at once when they do not fit, and what the sink
   * threw when one of them could not be committed: others may be in then, so the sender sends all of them again.
   */
  add(chunks: readonly Chunk[]): Promise<void>;
  counters(): CommitCounters;
}

interface Waiting {
  readonly chunk: Chunk;
  readonly settle: (error: Error | undefined) => void;
}

export function createCommitter(options: CommitterOptions): Committer {
  const { sink, maxDelayMs, maxRows, clock = () => performance.now() } = options;
  const budget = createBudget(options.maxBytesInFlight, 'rows that wait for the store');
  const lanes = new Map<string, Lane<Waiting>>();
  const counts = { commits: 0, failedCommits: 0, lastCommitMs: 0, totalCommitMs: 0 };
  let closing = false;

  const insert = async (group: readonly Waiting[]): Promise<Error | undefined> => {
    const startMs = clock();
    const error = await outcomeOf(() => sink(blockOf(group.map(({ chunk }) => chunk))));
    counts[error === undefined ? 'commits' : 'failedCommits']++;
    counts.lastCommitMs = clock() - startMs;
    counts.totalCommitMs += counts.lastCommitMs;
    return error;
  };
  const commit = async (group: readonly Waiting[]): Promise<void> => {
    const error = await insert(group);
    if (group.length > 1 && isRefused(error)) {
      // One bad chunk must not take the others of its group along.
      for (const each of group) await commit([each]);
      return;
    }
    for (const { chunk, settle } of group) {
      budget.give(chunk.body.length);
      settle(error);
    }
  };
  const laneOf = ({ table, partition, format }: Chunk): Lane<Waiting> => {
    const key = `${table} ${partition} ${format}`;
    const rowsOf = ({ chunk }: Waiting) => chunk.rows;
    // Senders choose the days: a lane that is done with must go.
    const onIdle = () => lanes.delete(key);
    const lane = lanes.get(key) ?? createLane({ commit, rowsOf, maxDelayMs, maxRows, onIdle });
    lanes.set(key, lane);
    return lane;
  };
  const push = (chunk: Chunk): Promise<Error | undefined> =>
    new Promise((settle) => {
      laneOf(chunk).push({ chunk, settle });
    });

  return {
    async add(chunks) {
      if (closing) throw closed();
      budget.take(chunks.reduce((sum, chunk) => sum + chunk.body.length, 0));
      const errors = await Promise.all(chunks.map(push));
      const error = errors.find((each) => each !== undefined);
      if (error !== undefined) throw error;
    },
    counters: () => ({ queueBytes: budget.usedBytes, ...counts }),
    async [Symbol.asyncDispose]() {
      closing = true;
      for (const lane of lanes.values()) lane.hurry();
      await Promise.all([...lanes.values()].map((lane) => lane.idle()));
    },
  };
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

const isRefused = (error: Error | undefined) => error instanceof HingeError && !error.retryable;

/** The token is a hash of the content: the same rows sent again in the same group are written once. */
function blockOf(chunks: readonly Chunk[]): InsertBlock {
  const [first] = chunks;
  if (first === undefined) throw new HingeError('INTERNAL', 'a group without chunks');
  const body = Buffer.concat(chunks.map((chunk) => chunk.body));
  const rows = chunks.reduce((sum, chunk) => sum + chunk.rows, 0);
  return { ...first, rows, body, token: createHash('sha256').update(body).digest('hex') };
}

const closed = () => new HingeError('OVERLOADED', 'the collector is closing: send it again later', { retryable: true });
