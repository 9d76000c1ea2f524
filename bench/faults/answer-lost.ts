/** Fault 12: inserts whose answer never comes, or that break off: nobody but the token knows what was committed. */

import { setTimeout as sleep } from 'node:timers/promises';
import type { ClickHouseClient } from '@clickhouse/client';
import { brokenOf, type Fault } from './fault.ts';
import { whole } from './figures.ts';
import { joined, judge } from './judge.ts';
import { createBodies } from './numbered-bodies.ts';
import type { Cut } from './proxy.ts';
import { startRemote } from './remote.ts';
import { startSenders } from './senders.ts';

const TOKEN = /insert_deduplication_token=([0-9a-f]+)/;

export const answerLost: Fault = {
  number: 12,
  title: 'reset after the insert was sent',
  expected: 'tried again with the same token: rows = spans sent, counted once',
  async run({ random, scratch, signal, rounds }) {
    const seconds = rounds(30, 8);
    await using remote = await startRemote(scratch);
    const cuts: Record<Cut, number> = { answer: 0, body: 0 };
    const seen = new Set<string>();
    remote.proxy.cutWhen((line) => {
      const token = TOKEN.exec(line)?.[1];
      // The second attempt passes, or the senders would be told, and send again: repeats of their own making.
      if (token === undefined || seen.has(token)) return undefined;
      seen.add(token);
      const cut = random() < 0.7 ? 'answer' : 'body';
      cuts[cut]++;
      return cut;
    });
    const senders = startSenders({
      url: remote.subject.url,
      senders: 8,
      makeBody: createBodies({ spans: 200, seed: 12 }),
      signal,
    });
    await sleep(seconds * 1_000);
    await senders.finish();
    const outcome = await judge(remote.client, senders.books);
    const { sent, answers, spansPerRequest } = senders.books;
    const rows = await ask(remote.client, 'SELECT count() FROM hinge.otel_traces');
    const times = await ask(remote.client, 'SELECT count() FROM hinge.otel_traces_trace_id_ts');
    const traces = await ask(remote.client, 'SELECT uniqExact(TraceId) FROM hinge.otel_traces');
    return joined(outcome, {
      figures: [`${cuts.answer} answers and ${cuts.body} bodies cut`, `${whole(rows)} rows`],
      broken: brokenOf([
        [cuts.answer > 0 && cuts.body > 0, 'nothing was cut'],
        [answers.size === 1, 'senders were told of it, though the second attempt passes'],
        [rows === sent.size * spansPerRequest, `${rows} rows of ${sent.size * spansPerRequest} spans`],
        [times === traces, `${times} rows of ${traces} traces in otel_traces_trace_id_ts`],
      ]),
    });
  },
};

async function ask(client: ClickHouseClient, query: string): Promise<number> {
  const result = await client.query({ query, format: 'TabSeparated' });
  return Number(await result.text());
}
