/** Group commit: what is joined into one insert, when it leaves, and who is told what. */

import { createHash } from 'node:crypto';
import { setImmediate as turn } from 'node:timers/promises';
import fc from 'fast-check';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import type { Chunk } from '../../collector/chunks.ts';
import { type Committer, createCommitter } from '../../collector/commit.ts';
import { HingeError } from '../../errors.ts';
import type { BlockSink, InsertBlock } from '../../model.ts';
import { createMemorySink, rowsOf } from './support.ts';

const chunk = (
  id: number,
  { table = 'otel_traces', partition = '2026-03-02', rows = 1 }: Partial<Chunk> = {},
): Chunk => ({
  table,
  format: 'JSONEachRow',
  partition,
  rows,
  body: Buffer.from(`${Array(rows).fill(`{"id":${id}}`).join('\n')}\n`),
});

const committer = (sink: BlockSink, options = {}): Committer =>
  createCommitter({ sink, maxDelayMs: 1, maxRows: 1_000, maxBytesInFlight: 1_000_000, ...options });

const idsOf = (block: InsertBlock) => rowsOf(block.body).map((row) => row.id);

/** Whether a promise is settled by now. */
async function isSettled(promise: Promise<unknown>): Promise<boolean> {
  let settled = false;
  promise.then(
    () => {
      settled = true;
    },
    () => {
      settled = true;
    },
  );
  await turn();
  return settled;
}

it('resolves only after the commit', async () => {
  const memory = createMemorySink();
  await using commits = committer(memory.sink);
  memory.hold();
  const added = commits.add([chunk(1)]);
  await memory.held(1);

  expect(await isSettled(added)).toBe(false);
  memory.release();
  await added;
  expect(memory.blocks.map(idsOf)).toEqual([[1]]);
});

it('waits for all tables and days of a request', async () => {
  const memory = createMemorySink();
  await using commits = committer(memory.sink);
  await commits.add([chunk(1), chunk(2, { partition: '2026-03-03' }), chunk(3, { table: 'otel_metrics_sum' })]);

  expect(memory.blocks.map(({ table, partition, rows }) => [table, partition, rows])).toEqual([
    ['otel_traces', '2026-03-02', 1],
    ['otel_traces', '2026-03-03', 1],
    ['otel_metrics_sum', '2026-03-02', 1],
  ]);
});

it('joins what waits for the same table and day; the token is the hash of the content', async () => {
  const memory = createMemorySink();
  await using commits = committer(memory.sink);
  await Promise.all([commits.add([chunk(1)]), commits.add([chunk(2, { rows: 2 })])]);

  expect(memory.blocks.map(idsOf)).toEqual([[1, 2, 2]]);
  const [block] = memory.blocks;
  expect(block?.rows).toBe(3);
  expect(block?.token).toBe(
    createHash('sha256')
      .update(block?.body ?? '')
      .digest('hex'),
  );
});

it('has one insert under way for a table and day; what comes meanwhile makes one group', async () => {
  const memory = createMemorySink();
  await using commits = committer(memory.sink);
  memory.hold();
  const added = [commits.add([chunk(1)])];
  await memory.held(1);
  for (const id of [2, 3, 4]) added.push(commits.add([chunk(id)]));
  const other = commits.add([chunk(5, { partition: '2026-03-03' })]);
  await memory.held(2);
  memory.release();
  await Promise.all([...added, other]);

  expect(memory.blocks.map(idsOf).sort()).toEqual([[1], [2, 3, 4], [5]]);
});

it('does not join more rows than an insert may have', async () => {
  const memory = createMemorySink();
  await using commits = committer(memory.sink, { maxRows: 5 });
  await Promise.all([2, 2, 2, 9, 1].map((rows, i) => commits.add([chunk(i, { rows })])));

  expect(memory.blocks.map((block) => block.rows)).toEqual([4, 2, 9, 1]);
});

describe('by the clock', () => {
  beforeEach(() => {
    vi.useFakeTimers();
  });
  afterEach(() => {
    vi.useRealTimers();
  });

  it('the first chunk waits for others, a full group does not', async () => {
    const memory = createMemorySink();
    await using commits = committer(memory.sink, { maxDelayMs: 100, maxRows: 3 });
    commits.add([chunk(1)]);
    await vi.advanceTimersByTimeAsync(99);
    expect(memory.blocks).toHaveLength(0);
    await vi.advanceTimersByTimeAsync(1);
    expect(memory.blocks.map(idsOf)).toEqual([[1]]);

    commits.add([chunk(2, { rows: 2 })]);
    commits.add([chunk(3)]);
    await vi.advanceTimersByTimeAsync(0);
    expect(memory.blocks.map(idsOf)).toEqual([[1], [2, 2, 3]]);
  });

  it('closing waits for nobody', async () => {
    const memory = createMemorySink();
    const commits = committer(memory.sink, { maxDelayMs: 100_000 });
    const added = commits.add([chunk(1)]);
    await commits[Symbol.asyncDispose]();
    await added;

    expect(memory.blocks.map(idsOf)).toEqual([[1]]);
    await expect(commits.add([chunk(2)])).rejects.toMatchObject({ code: 'OVERLOADED', retryable: true });
  });
});

describe('a commit that fails', () => {
  const away = new HingeError('STORE_UNAVAILABLE', 'away', { retryable: true });

  it('is told to every request of the group, and the next group is tried again', async () => {
    const memory = createMemorySink();
    await using commits = committer(memory.sink);
    memory.hold();
    const added = Promise.allSettled([commits.add([chunk(1)]), commits.add([chunk(2)])]);
    await memory.held(1);
    memory.release(away);

    expect(await added).toEqual([
      { status: 'rejected', reason: away },
      { status: 'rejected', reason: away },
    ]);
    await commits.add([chunk(3)]);
    expect(memory.blocks.map(idsOf)).toEqual([[3]]);
    expect(commits.counters()).toMatchObject({ queueBytes: 0, commits: 1, failedCommits: 1 });
  });

  it('because the store refuses one chunk does not take the others along', async () => {
    const memory = createMemorySink();
    await using commits = committer(async (block) => {
      if (idsOf(block).includes(2)) throw new HingeError('STORE_REFUSED', 'cannot parse');
      await memory.sink(block);
    });
    const added = await Promise.allSettled([1, 2, 3].map((id) => commits.add([chunk(id)])));

    expect(added.map(({ status }) => status)).toEqual(['fulfilled', 'rejected', 'fulfilled']);
    expect(memory.blocks.map(idsOf)).toEqual([[1], [3]]);
    expect(commits.counters().queueBytes).toBe(0);
  });

  it('by a throw instead of a rejection is told all the same, and does not stop what follows', async () => {
    let calls = 0;
    await using commits = committer(() => {
      if (++calls === 1) throw away;
      return Promise.resolve();
    });

    await expect(commits.add([chunk(1)])).rejects.toBe(away);
    await commits.add([chunk(2)]);
  });

  it('for one table fails the request, whose other rows are in and will come again', async () => {
    const memory = createMemorySink();
    await using commits = committer(async (block) => {
      if (block.table !== 'otel_traces') throw away;
      await memory.sink(block);
    });

    await expect(commits.add([chunk(1), chunk(2, { table: 'otel_metrics_sum' })])).rejects.toBe(away);
    expect(memory.blocks.map(idsOf)).toEqual([[1]]);
  });
});

it('refuses at once what does not fit, holding nothing of it, and takes it when there is room', async () => {
  const memory = createMemorySink();
  await using commits = committer(memory.sink, { maxBytesInFlight: 25 });
  memory.hold();
  const first = commits.add([chunk(1, { rows: 2 })]);
  await memory.held(1);

  await expect(commits.add([chunk(2)])).rejects.toMatchObject({ code: 'OVERLOADED', retryable: true });
  expect(commits.counters().queueBytes).toBe(18);
  memory.release();
  await first;
  // Larger than the whole limit, but alone.
  await commits.add([chunk(3, { rows: 20 })]);
  expect(memory.blocks.map((block) => block.rows)).toEqual([2, 20]);
});

it('measures commits by the clock it is given', async () => {
  let now = 0;
  const store = async () => {
    now += 7;
  };
  const commits = committer(store, { clock: () => now });
  await commits.add([chunk(1)]);
  await commits.add([chunk(2)]);

  expect(commits.counters()).toEqual({
    queueBytes: 0,
    commits: 2,
    failedCommits: 0,
    lastCommitMs: 7,
    totalCommitMs: 14,
  });
});

it('stores the same rows whatever the order and the batches', async () => {
  const partitions = ['2026-03-01', '2026-03-02', '2026-03-03'];
  const requests = fc.array(fc.array(fc.tuple(fc.nat(1_000), fc.constantFrom(...partitions)), { maxLength: 4 }), {
    maxLength: 20,
  });
  await fc.assert(
    fc.asyncProperty(requests, fc.integer({ min: 1, max: 5 }), async (batches, maxRows) => {
      const memory = createMemorySink();
      await using commits = committer(memory.sink, { maxDelayMs: 0, maxRows });
      await Promise.all(batches.map((batch) => commits.add(batch.map(([id, partition]) => chunk(id, { partition })))));

      const stored = memory.blocks.flatMap((block) => idsOf(block).map((id) => [id, block.partition])).sort();
      expect(stored).toEqual(batches.flat().sort());
    }),
    { seed: 3, numRuns: 200 },
  );
});
