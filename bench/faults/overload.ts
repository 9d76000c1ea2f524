/** Fault 15: five times as many senders as keep Hinge busy, for minutes, and none of them waits as long as it is told. */

import { setTimeout as sleep } from 'node:timers/promises';
import { auditStored } from './audit.ts';
import { brokenOf, type Fault, type Scene } from './fault.ts';
import { whole } from './figures.ts';
import { joined } from './judge.ts';
import { watchMemory } from './memory.ts';
import { createBodies } from './numbered-bodies.ts';
import { answersOf, type Senders, startSenders } from './senders.ts';
import { type Subject, startSubject } from './subject.ts';

const SPANS = 1_000;
/** As many as bench:ingest takes to find what goes through. */
const BUSY_SENDERS = 64;
const BUSY_MS = 10_000;
const TIMES = 5;
const AGAIN_AFTER_MS = 100;
/** Memory may not grow by more than this in the last quarter: MiB a minute. */
const MOST_SLOPE = 30;
const MOST_MIB = 1_024;

export const overload: Fault = {
  number: 15,
  title: 'overload: 5 times the senders that keep it busy',
  expected: 'memory stable and bounded, 429 or 503, no acknowledged loss',
  async run(scene) {
    const { scratch, minutes, say } = scene;
    // Sealing is another load.
    await using subject = await startSubject({
      dataDir: scratch.folder('overload'),
      settings: ['store.sealDelaySeconds=86400'],
    });
    const busy = load(subject, scene, BUSY_SENDERS, 1);
    await sleep(BUSY_MS);
    const busySpans = busy.books.acknowledged.size * SPANS;
    await busy.finish();
    say(`busy: ${whole(busySpans / (BUSY_MS / 1_000))} spans/s`);
    using memory = watchMemory(subject.running.process.pid ?? 0);
    const heavy = load(subject, scene, BUSY_SENDERS * TIMES, 1_000_000);
    await sleep(minutes * 60_000);
    const taken = heavy.books.acknowledged.size * SPANS;
    const slope = memory.slopeOfLastQuarter();
    const { peakMiB } = memory;
    await heavy.finish();
    await using client = subject.openClient();
    const { acknowledged, lost } = await auditStored(client, heavy.books);
    return joined({
      figures: [
        `busy ${whole(busySpans / (BUSY_MS / 1_000))} spans/s; ${minutes} min of overload: ${whole(taken / (minutes * 60))} spans/s accepted`,
        answersOf(heavy.books),
        `${whole(acknowledged)} spans acknowledged, lost ${lost}`,
        `resident memory at most ${whole(peakMiB)} MiB, ${slope.toFixed(1)} MiB a minute in the last quarter`,
      ],
      broken: brokenOf([
        [acknowledged > 0 && lost === 0, `${lost} acknowledged spans are lost`],
        [peakMiB <= MOST_MIB, `more than ${MOST_MIB} MiB of memory`],
        [scene.isQuick || slope <= MOST_SLOPE, `memory grows by ${slope.toFixed(1)} MiB a minute`],
        [odd(heavy).length === 0, `answers other than 200, 429 and 503: ${odd(heavy).join(', ')}`],
      ]),
    });
  },
};

function load({ url }: Subject, { signal }: Scene, senders: number, firstNumber: number): Senders {
  const makeBody = createBodies({ spans: SPANS, seed: 15 });
  return startSenders({ url, senders, makeBody, signal, firstNumber, againAfterMs: AGAIN_AFTER_MS });
}

const odd = ({ books }: Senders) => [...books.answers.keys()].filter((name) => !['200', '429', '503'].includes(name));
