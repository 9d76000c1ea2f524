/** Group commit: what is joined into one insert, when it leaves, and who is told what. */

import { setImmediate as turn } from 'node:timers/promises';
import fc from 'fast-check';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { type Committer, type CommitterOptions, createCommitter } from '../../collector/commit/commit.ts';
import { tokenOf } from '../../collector/commit/group.ts';
import { DEFAULT_LIMITS, type Limits } from '../../collector/limits.ts';
import { HingeError } from '../../errors.ts';
import type { BlockSink, InsertBlock } from '../../model.ts';
import { metricsRequest, spanId, traceId, tracesRequest } from '../support/otlp.ts';
import { encodeRequest } from '../support/otlp-protobuf.ts';
import { createMemorySink, readNative } from './support.ts';

const DAY_MS = 86_400_000;
const FIRST_DAY_MS = Date.UTC(2026, 2, 2);

/** Adds a request, and resolves once it is committed. */
type Send = (body: Uint8Array) => Promise<void>;

const span = (id: number, day = 0) => ({
  traceId: traceId(1),
  spanId: spanId(id),
  name: `${id}`,
  startMs: FIRST_DAY_MS + day * DAY_MS,
  durationMs: 1,
});
/** One span per id. */
const spans = (...ids: readonly number[]): Uint8Array => spansOf(ids.map((id) => span(id)));
const spansOf = (items: readonly ReturnType<typeof span>[]): Uint8Array =>
  encodeRequest(tracesRequest([{ service: 'a', items }]));
const metric = (id: number): Uint8Array => {
  const point = { timeUnixNano: `${FIRST_DAY_MS}000000`, asInt: id };
  return encodeRequest(metricsRequest([{ service: 'a', items: [{ name: `${id}`, gauge: { dataPoints: [point] } }] }]));
};

function committer(sink: BlockSink, limits: Partial<Limits> = {}, options: Partial<CommitterOptions> = {}) {
  const commits = createCommitter({
    sink,
    limits: { ...DEFAULT_LIMITS, maxDelayMs: 1, ...limits },
    retryAfterMs: [],
    ...options,
  });
  const send: Send = async (body) => (await commits.add('traces', body)).committed;
  const sendMetric: Send = async (body) => (await commits.add('metrics', body)).committed;
  return Object.assign(commits satisfies Committer, { send, sendMetric });
}

const idsOf = (block: InsertBlock) => readNative(block.body).map((row) => Number(row.SpanName ?? row.MetricName));

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
  const sent = commits.send(spans(1));
  await memory.held(1);

  expect(await isSettled(sent)).toBe(false);
  memory.release();
  await sent;
  expect(memory.blocks.map(idsOf)).toEqual([[1]]);
});

it('waits for all days of a request, each in an insert of its own', async () => {
  const memory = createMemorySink();
  await using commits = committer(memory.sink);
  await Promise.all([commits.send(spansOf([span(1), span(2, 1), span(3)])), commits.sendMetric(metric(4))]);

  expect(memory.blocks.map((block) => [block.table, block.partition, idsOf(block)])).toEqual([
    ['otel_traces', '2026-03-02', [1, 3]],
    ['otel_traces', '2026-03-03', [2]],
    ['otel_metrics_gauge', '2026-03-02', [4]],
  ]);
});

it('joins what waits for the same table and day; the token depends on the content alone', async () => {
  const memory = createMemorySink();
  await using commits = committer(memory.sink);
  await Promise.all([commits.send(spans(1)), commits.send(spans(2, 3))]);

  expect(memory.blocks.map(idsOf)).toEqual([[1, 2, 3]]);
  const [block] = memory.blocks;
  expect(block?.rows).toBe(3);
  expect(block?.token).toBe(tokenOf((block?.body ?? []).map((piece) => Uint8Array.from(piece))));
});

it('has a token that any changed, moved, added or missing byte changes', () => {
  const pieces = fc.array(fc.uint8Array({ minLength: 1, maxLength: 40 }), { minLength: 1, maxLength: 6 });
  fc.assert(
    fc.property(pieces, fc.nat(), fc.integer({ min: 1, max: 255 }), (body, where, difference) => {
      const copy = () => body.map((piece) => Uint8Array.from(piece));
      const [first = new Uint8Array(), ...rest] = copy();
      const damaged = first.map((byte, i) => (i === where % first.length ? byte ^ difference : byte));
      expect(tokenOf(copy())).toBe(tokenOf(body));
      const others = [[damaged, ...rest], [first.subarray(1), ...rest], [...copy(), Uint8Array.of(0)], rest];
      for (const other of others) expect(tokenOf(other)).not.toBe(tokenOf(body));
    }),
  );
});

it('has one insert under way for a table and day; what comes meanwhile makes one group', async () => {
  const memory = createMemorySink();
  await using commits = committer(memory.sink);
  memory.hold();
  const sent = [commits.send(spans(1))];
  await memory.held(1);
  for (const id of [2, 3, 4]) sent.push(commits.send(spans(id)));
  sent.push(commits.send(spansOf([span(5, 1)])));
  await memory.held(2);
  memory.release();
  await Promise.all(sent);

  expect(memory.blocks.map(idsOf).sort()).toEqual([[1], [2, 3, 4], [5]]);
});

it('begins a new group once one has rows enough', async () => {
  const memory = createMemorySink();
  await using commits = committer(memory.sink, { maxRows: 3 });
  await Promise.all([spans(1, 2), spans(3, 4), spans(5, 6, 7, 8), spans(9)].map(commits.send));

  expect(memory.blocks.map((block) => block.rows)).toEqual([4, 4, 1]);
});

describe('by the clock', () => {
  beforeEach(() => {
    vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout', 'performance'] });
  });
  afterEach(() => {
    vi.useRealTimers();
  });

  it('rows after a pause leave at once, later ones an interval after them, a full group without waiting', async () => {
    const memory = createMemorySink();
    await using commits = committer(memory.sink, { maxDelayMs: 100, maxRows: 3 });
    await commits.send(spans(1));
    expect(memory.blocks.map(idsOf)).toEqual([[1]]);

    commits.send(spans(2));
    await vi.advanceTimersByTimeAsync(99);
    expect(memory.blocks).toHaveLength(1);
    await vi.advanceTimersByTimeAsync(1);
    expect(memory.blocks.map(idsOf)).toEqual([[1], [2]]);

    commits.send(spans(3, 4));
    commits.send(spans(5));
    await vi.advanceTimersByTimeAsync(0);
    expect(memory.blocks.map(idsOf)).toEqual([[1], [2], [3, 4, 5]]);
  });

  it('closing waits for nobody', async () => {
    const memory = createMemorySink();
    const commits = committer(memory.sink, { maxDelayMs: 100_000 });
    await commits.send(spans(1));
    const second = commits.send(spans(2));
    await commits[Symbol.asyncDispose]();
    await second;

    expect(memory.blocks.map(idsOf)).toEqual([[1], [2]]);
    await expect(commits.add('traces', spans(3))).rejects.toMatchObject({ code: 'OVERLOADED', retryable: true });
  });
});

describe('a request that cannot be read', () => {
  const broken = Buffer.concat([spans(2, 3), Buffer.from([0x0a, 0x7f])]);

  it('leaves nothing behind, and the others of its group alone', async () => {
    const memory = createMemorySink();
    await using commits = committer(memory.sink);
    const sent = await Promise.allSettled([spans(1), broken, spans(4)].map(commits.send));

    expect(sent.map(({ status }) => status)).toEqual(['fulfilled', 'rejected', 'fulfilled']);
    expect(memory.blocks.flatMap(idsOf)).toEqual([1, 4]);
  });

  it('alone makes no insert', async () => {
    const memory = createMemorySink();
    await using commits = committer(memory.sink);

    await expect(commits.send(broken)).rejects.toMatchObject({ code: 'INPUT_INVALID' });
    await commits.send(spans(1));
    expect(memory.blocks.map(idsOf)).toEqual([[1]]);
  });
});

it('adds a large request in turns, and commits no half of it', async () => {
  const memory = createMemorySink();
  await using commits = committer(memory.sink, { maxDelayMs: 0 });
  const large = spans(...Array.from({ length: 90_000 }, (_, i) => i + 1));
  let turns = 0;
  let isAdded = false;
  const counting = (async () => {
    for (; !isAdded; turns++) await turn();
  })();
  const adding = commits.add('traces', large).finally(() => {
    isAdded = true;
  });
  const others = [commits.send(spans(100_000)), commits.send(spans(100_001))];
  await Promise.all([counting, ...others, (await adding).committed]);

  expect(turns).toBeGreaterThan(2);
  expect(memory.blocks.reduce((sum, block) => sum + block.rows, 0)).toBe(90_002);
  expect(memory.blocks.filter((block) => block.rows >= 90_000)).toHaveLength(1);
});

describe('a commit that fails', () => {
  const away = new HingeError('STORE_UNAVAILABLE', 'away', { retryable: true });

  it('is told to every request of the group, and the next group is tried again', async () => {
    const memory = createMemorySink();
    await using commits = committer(memory.sink);
    memory.hold();
    const sent = Promise.allSettled([commits.send(spans(1)), commits.send(spans(2))]);
    await memory.held(1);
    memory.release(away);

    expect(await sent).toEqual([
      { status: 'rejected', reason: away },
      { status: 'rejected', reason: away },
    ]);
    await commits.send(spans(3));
    expect(memory.blocks.map(idsOf)).toEqual([[3]]);
    expect(commits.counters()).toMatchObject({ queueBytes: 0, commits: 1, failedCommits: 1 });
  });

  it('but may pass is tried again with the same token, and the request knows nothing of it', async () => {
    const tokens: string[] = [];
    await using commits = committer(
      async (block) => {
        if (tokens.push(block.token) < 3) throw away;
      },
      {},
      { retryAfterMs: [1, 1] },
    );
    await commits.send(spans(1));

    expect(new Set(tokens).size).toBe(1);
    expect(commits.counters()).toMatchObject({ commits: 1, failedCommits: 2 });
  });

  it('for good is not tried again', async () => {
    const refused = new HingeError('STORE_REFUSED', 'no such table');
    await using commits = committer(() => Promise.reject(refused), {}, { retryAfterMs: [1, 1] });

    await expect(commits.send(spans(1))).rejects.toBe(refused);
    expect(commits.counters().failedCommits).toBe(1);
  });

  it('by a throw instead of a rejection is told all the same, and does not stop what follows', async () => {
    let calls = 0;
    await using commits = committer(() => {
      if (++calls === 1) throw away;
      return Promise.resolve();
    });

    await expect(commits.send(spans(1))).rejects.toBe(away);
    await commits.send(spans(2));
  });

  it('for one day fails the request, whose other rows are in and will come again', async () => {
    const memory = createMemorySink();
    await using commits = committer(async (block) => {
      if (block.partition !== '2026-03-02') throw away;
      await memory.sink(block);
    });

    await expect(commits.send(spansOf([span(1), span(2, 1)]))).rejects.toBe(away);
    expect(memory.blocks.map(idsOf)).toEqual([[1]]);
  });
});

it('refuses at once when too much waits already, and takes more when there is room', async () => {
  const memory = createMemorySink();
  await using commits = committer(memory.sink, { maxBytesInFlight: 100 });
  memory.hold();
  const first = commits.send(spans(1, 2));
  await memory.held(1);

  await expect(commits.add('traces', spans(3))).rejects.toMatchObject({ code: 'OVERLOADED', retryable: true });
  expect(commits.counters().queueBytes).toBeGreaterThan(100);
  memory.release();
  await first;
  await commits.send(spans(4, 5, 6));
  expect(memory.blocks.map(idsOf)).toEqual([
    [1, 2],
    [4, 5, 6],
  ]);
});

it('measures commits by the clock it is given', async () => {
  let now = 0;
  const store = async () => {
    now += 7;
  };
  const commits = committer(store, {}, { clock: () => now });
  await commits.send(spans(1));
  await commits.send(spans(2));

  expect(commits.counters()).toEqual({
    queueBytes: 0,
    commits: 2,
    failedCommits: 0,
    lastCommitMs: 7,
    totalCommitMs: 14,
    failedMsAgo: null,
  });
});

it('says how long ago the newest commit failed, until one goes well', async () => {
  let now = 0;
  let error: Error | undefined = new HingeError('STORE_UNAVAILABLE', 'disk full', { retryable: true });
  const store = async () => {
    if (error !== undefined) throw error;
  };
  const commits = committer(store, {}, { clock: () => now });
  await expect(commits.send(spans(1))).rejects.toThrow('disk full');
  now += 5;
  expect(commits.counters().failedMsAgo).toBe(5);

  error = undefined;
  await commits.send(spans(1));
  expect(commits.counters().failedMsAgo).toBeNull();
});

it('stores the same rows whatever the order and the batches', async () => {
  const requests = fc.array(
    fc.array(fc.tuple(fc.integer({ min: 1, max: 1_000 }), fc.nat(2)), { minLength: 1, maxLength: 4 }),
    {
      maxLength: 20,
    },
  );
  await fc.assert(
    fc.asyncProperty(requests, fc.integer({ min: 1, max: 5 }), async (batches, maxRows) => {
      const memory = createMemorySink();
      await using commits = committer(memory.sink, { maxDelayMs: 0, maxRows });
      await Promise.all(batches.map((batch) => commits.send(spansOf(batch.map(([id, day]) => span(id, day))))));

      const stored = memory.blocks.flatMap((block) => idsOf(block).map((id) => [id, block.partition]));
      const sent = batches.flat().map(([id, day]) => [id, `2026-03-0${2 + day}`]);
      expect(stored.sort()).toEqual(sent.sort());
    }),
    { seed: 3, numRuns: 200 },
  );
});
