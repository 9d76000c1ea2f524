/** Fault 5: SIGTERM under load: what was taken is committed, what is new is told to come again or finds no door. */

import { Agent } from 'node:http';
import { setTimeout as sleep } from 'node:timers/promises';
import { brokenOf, type Fault } from './fault.ts';
import { percentile, whole } from './figures.ts';
import { joined, judge } from './judge.ts';
import { createBodies, type NumberedBody } from './numbered-bodies.ts';
import { post } from './post.ts';
import { type Attempt, startSenders } from './senders.ts';
import { type Subject, startSubject } from './subject.ts';

const SENDERS = 16;
const DRAIN_WITHIN_MS = 10_000;

export const stopUnderLoad: Fault = {
  number: 5,
  title: 'SIGTERM under load',
  expected: 'ends within 10 s with exit code 0; no acknowledged loss; 503 or a closed door for what is new',
  async run({ random, scratch, signal, rounds }) {
    const count = rounds(20, 4);
    await using subject = await startSubject({ dataDir: scratch.folder('stop') });
    const attempts: Attempt[] = [];
    const makeBody = createBodies({ spans: 200, seed: 5 });
    const senders = startSenders({
      url: subject.url,
      senders: SENDERS,
      makeBody,
      signal,
      onAttempt: (attempt) => attempts.push(attempt),
    });
    const stops: Stop[] = [];
    for (let round = 0; round < count && !signal.aborted; round++) {
      await sleep(1_000 + random() * 500);
      stops.push(await stopOnce(subject, makeBody()));
      await subject.start();
    }
    await senders.finish();
    await using client = subject.openClient();
    const inFlight = attempts.filter(({ startMs, endMs }) => stops.some(({ atMs }) => startMs < atMs && endMs > atMs));
    const answered = inFlight.filter(({ status }) => status === 200).length;
    const drainsMs = stops.map(({ drainMs }) => drainMs);
    const newcomers = stops.flatMap((stop) => stop.newcomers);
    const odd = [...new Set(newcomers)].filter((status) => status !== 503 && status !== undefined);
    return joined(
      {
        figures: [
          `${stops.length} stops: drained in p50 ${whole(percentile(drainsMs, 0.5))} ms, at most ${whole(Math.max(...drainsMs))} ms`,
          `${answered} of ${inFlight.length} requests in flight answered 200`,
          `${newcomers.length} newcomers: ${newcomers.filter((status) => status === 503).length} told 503, the others found no door`,
        ],
        broken: brokenOf([
          [Math.max(...drainsMs) <= DRAIN_WITHIN_MS, 'draining took longer than 10 s'],
          [stops.every(({ code }) => code === 0), `exit codes ${stops.map(({ code }) => code).join(', ')}`],
          [odd.length === 0, `newcomers were answered ${odd.join(', ')}`],
        ]),
      },
      await judge(client, senders.books),
    );
  },
};

interface Stop {
  readonly atMs: number;
  readonly drainMs: number;
  readonly code: number | null;
  /** Statuses that new connections were answered with; undefined for those that found no door. */
  readonly newcomers: readonly (number | undefined)[];
}

/** A signal needs a moment to arrive. */
const HEARD_MS = 100;

async function stopOnce(subject: Subject, body: NumberedBody): Promise<Stop> {
  const url = subject.running.otlpUrl;
  const newcomers: (number | undefined)[] = [];
  const atMs = performance.now();
  let ended = false;
  const ending = subject.end('SIGTERM').finally(() => {
    ended = true;
  });
  // No request of the books: if it were taken, the exit would show it by an answer that is not 503.
  body.renumber(0);
  await sleep(HEARD_MS);
  while (!ended) {
    const agent = new Agent();
    newcomers.push((await post(agent, url, body.bytes)).status);
    agent.destroy();
    await sleep(50);
  }
  return { atMs, drainMs: performance.now() - atMs, code: await ending, newcomers };
}
