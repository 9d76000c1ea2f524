/** Fault 11: a ClickHouse that takes 30 s for every answer, and more senders than the queue has room for. */

import { setTimeout as sleep } from 'node:timers/promises';
import { brokenOf, type Fault } from './fault.ts';
import { percentile, spread, whole } from './figures.ts';
import { joined, judge } from './judge.ts';
import { watchMemory } from './memory.ts';
import { createBodies } from './numbered-bodies.ts';
import { startRemote } from './remote.ts';
import { type Attempt, answersOf, startSenders } from './senders.ts';

const LATENCY_MS = 30_000;
/** 96 senders with 2,000 spans each: twice what may wait for the store. */
const SENDERS = 96;
const SPANS = 2_000;
const REFUSED_WITHIN_MS = 100;
/** Twice 128 MiB of limits, what decoding needs on top, and Node itself. */
const MOST_MIB = 1_024;

export const storeSlow: Fault = {
  number: 11,
  title: 'ClickHouse slow (30 s an answer)',
  expected: `429 or 503 within ${REFUSED_WITHIN_MS} ms past the queue limit; memory of Hinge bounded`,
  async run({ scratch, signal, rounds, say }) {
    const seconds = rounds(60, 30);
    await using remote = await startRemote(scratch);
    const attempts: Attempt[] = [];
    using memory = watchMemory(remote.subject.running.process.pid ?? 0);
    const senders = startSenders({
      url: remote.subject.url,
      senders: SENDERS,
      makeBody: createBodies({ spans: SPANS, seed: 11 }),
      signal,
      againAfterMs: 1_000,
      onAttempt: (attempt) => attempts.push(attempt),
    });
    await sleep(3_000);
    remote.proxy.delayAnswers(LATENCY_MS);
    await sleep(seconds * 1_000);
    remote.proxy.delayAnswers(0);
    say('fast again');
    await senders.finish();
    say(`acknowledged; ${answersOf(senders.books)}`);
    const { peakMiB } = memory;
    const outcome = await judge(remote.client, senders.books);
    const refusalsMs = attempts.filter(({ status }) => status === 429).map(({ startMs, endMs }) => endMs - startMs);
    const mute = attempts.filter(({ status, retryAfter }) => status !== 200 && retryAfter === undefined).length;
    return joined(
      {
        figures: [
          `${whole(refusalsMs.length)} refused past the queue limit: ${spread(refusalsMs)}`,
          `resident memory at most ${whole(peakMiB)} MiB`,
        ],
        broken: brokenOf([
          [refusalsMs.length > 0, 'the queue limit was never reached'],
          [percentile(refusalsMs, 0.99) <= REFUSED_WITHIN_MS, 'refusals took longer'],
          [mute === 0, `${mute} answers were no 200 and had no Retry-After`],
          [peakMiB <= MOST_MIB, `more than ${MOST_MIB} MiB of memory`],
        ]),
      },
      outcome,
    );
  },
};
