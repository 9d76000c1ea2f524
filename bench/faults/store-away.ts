/** Fault 10: the ClickHouse server is away for 1, 10 and 60 seconds, while senders and an application go on. */

import { setTimeout as sleep } from 'node:timers/promises';
import { storedOfApplication } from './audit.ts';
import { brokenOf, type Fault, type Outcome, type Scene } from './fault.ts';
import { whole } from './figures.ts';
import { joined, judge } from './judge.ts';
import { createBodies } from './numbered-bodies.ts';
import { startApplication } from './real-exporter.ts';
import { type Remote, startRemote } from './remote.ts';
import { type Attempt, startSenders } from './senders.ts';

export const storeAway: Fault = {
  number: 10,
  title: 'ClickHouse server away for 1, 10, 60 s',
  expected: '503 with Retry-After, never another error; all data of senders that send again, once',
  async run(scene) {
    const outcomes: Outcome[] = [];
    for (const seconds of scene.isQuick ? [1, 10] : [1, 10, 60]) {
      scene.say(`away for ${seconds} s`);
      outcomes.push(await awayFor(seconds, scene));
    }
    return joined(...outcomes);
  },
};

async function awayFor(seconds: number, { scratch, signal }: Scene): Promise<Outcome> {
  await using remote = await startRemote(scratch);
  const attempts: Attempt[] = [];
  const senders = startSenders({
    url: remote.subject.url,
    senders: 8,
    makeBody: createBodies({ spans: 200, seed: 10 + seconds }),
    signal,
    againAfterMs: 250,
    onAttempt: (attempt) => attempts.push(attempt),
  });
  const ended = await withApplication(remote, async () => {
    await sleep(2_000);
    await remote.proxy.refuse();
    await sleep(seconds * 1_000);
    await remote.proxy.open();
    const backMs = performance.now();
    await sleep(4_000);
    return backMs;
  });
  await senders.finish();
  const outcome = await judge(remote.client, senders.books);
  const lost = ended.spans - (await storedOfApplication(remote.client));
  const firstMs = attempts.find(({ endMs, status }) => status === 200 && endMs > ended.value)?.endMs ?? Number.NaN;
  const wrong = attempts.filter(({ status, retryAfter }) => status !== 200 && !isRetryable(status, retryAfter));
  return joined(
    {
      figures: [
        `away ${seconds} s: first 200 after ${whole(firstMs - ended.value)} ms`,
        `the SDK for Node, as it comes, lost ${lost} of ${ended.spans} spans`,
      ],
      broken: brokenOf([
        [wrong.length === 0, `${wrong.length} answers were neither 200 nor 429 or 503 with Retry-After`],
        [seconds < 10 || (senders.books.answers.get('503') ?? 0) > 0, 'nobody was told to come again'],
      ]),
    },
    outcome,
  );
}

const isRetryable = (status: number | undefined, retryAfter: string | undefined) =>
  (status === 429 || status === 503) && retryAfter !== undefined;

/** What the work gives, and how many spans the application had ended. */
async function withApplication<Value>({ subject }: Remote, work: () => Promise<Value>) {
  await using application = startApplication(subject.running.otlpUrl);
  const value = await work();
  return { value, spans: application.spans };
}
