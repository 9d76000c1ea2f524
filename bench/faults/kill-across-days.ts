/** Fault 6: requests that touch two UTC days are two inserts, and kill -9 may come between them. */

import { setTimeout as sleep } from 'node:timers/promises';
import type { ClickHouseClient } from '@clickhouse/client';
import { auditStored } from './audit.ts';
import { brokenOf, type Fault } from './fault.ts';
import { joined, judge } from './judge.ts';
import { createBodies } from './numbered-bodies.ts';
import { startSenders } from './senders.ts';
import { startSubject } from './subject.ts';

const DAY_MS = 86_400_000;
/** Of 200 spans of a request about half begin after it: seen in the store, and checked. */
const BEFORE_MIDNIGHT_MS = 10;

export const killAcrossDays: Fault = {
  number: 6,
  title: 'a batch across partitions, and kill -9',
  expected: 'no acknowledged request visible by half; after the retry everything once',
  async run({ random, scratch, signal, rounds, say }) {
    const count = rounds(30, 6);
    const midnightMs = Math.floor(Date.now() / DAY_MS) * DAY_MS - DAY_MS;
    await using subject = await startSubject({ dataDir: scratch.folder('days') });
    let isHeld = false;
    const senders = startSenders({
      url: () => (isHeld ? undefined : subject.url()),
      senders: 8,
      makeBody: createBodies({ spans: 200, seed: 6, startMsOf: () => midnightMs - BEFORE_MIDNIGHT_MS }),
      signal,
    });
    let torn = 0;
    let lost = 0;
    for (let round = 0; round < count && !signal.aborted; round++) {
      await sleep(300 + random() * 1_000);
      isHeld = true;
      subject.killEngine();
      await subject.end('SIGKILL');
      await subject.start();
      // Before anybody sends again: what the kill itself left.
      await using client = subject.openClient();
      const { halves, lost: acknowledgedAndLost } = await auditStored(client, senders.books);
      torn += halves;
      lost += acknowledgedAndLost;
      isHeld = false;
      if (round % 10 === 9) say(`${round + 1} of ${count} kills`);
    }
    await senders.finish();
    await using client = subject.openClient();
    const crossing = await crossingRequests(client);
    return joined(
      {
        figures: [
          `${count} kills left ${torn} requests stored by half, none of them acknowledged`,
          `${crossing} of ${senders.books.sent.size} requests touch two days`,
        ],
        broken: brokenOf([
          [lost === 0, `${lost} acknowledged spans were not visible after a kill`],
          [crossing > 0.9 * senders.books.sent.size, 'the requests do not cross the day'],
        ]),
      },
      await judge(client, senders.books),
    );
  },
};

async function crossingRequests(client: ClickHouseClient): Promise<number> {
  const query = `SELECT count() FROM (SELECT uniq(toDate(Timestamp, 'UTC')) AS days FROM hinge.otel_traces
GROUP BY substring(TraceId, 1, 16)) WHERE days = 2`;
  const result = await client.query({ query, format: 'TabSeparated' });
  return Number(await result.text());
}
