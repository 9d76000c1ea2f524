/** Fault 2: kill -9 while ClickHouse rewrites what it has: OPTIMIZE FINAL in a loop, under load. */

import { setTimeout as sleep } from 'node:timers/promises';
import type { Fault } from './fault.ts';
import { whole } from './figures.ts';
import { joined, judge } from './judge.ts';
import { createBodies } from './numbered-bodies.ts';
import { startSenders } from './senders.ts';
import { type Subject, startSubject } from './subject.ts';

export const killInMerge: Fault = {
  number: 2,
  title: 'kill -9 during merges',
  expected: 'lost 0, no row twice',
  async run({ random, scratch, signal, rounds, say }) {
    const count = rounds(40, 5);
    await using subject = await startSubject({ dataDir: scratch.folder('merge') });
    const senders = startSenders({
      url: subject.url,
      senders: 8,
      makeBody: createBodies({ spans: 1_000, seed: 2 }),
      signal,
    });
    let merges = 0;
    let cutOff = 0;
    for (let round = 0; round < count && !signal.aborted; round++) {
      const merging = mergeUntilKilled(subject);
      await sleep(200 + random() * 1_300);
      subject.killEngine();
      await subject.end('SIGKILL');
      const { finished, wasCutOff } = await merging;
      merges += finished;
      if (wasCutOff) cutOff++;
      await subject.start();
      if (round % 10 === 9) say(`${round + 1} of ${count} kills`);
    }
    await senders.finish();
    await using client = subject.openClient();
    const outcome = await judge(client, senders.books);
    const figures = [`${count} kills, ${cutOff} of them cut a merge off; ${whole(merges)} merges finished`];
    const broken = cutOff > 0 ? [] : ['no kill met a merge'];
    return joined({ figures, broken }, outcome);
  },
};

async function mergeUntilKilled(subject: Subject): Promise<{ finished: number; wasCutOff: boolean }> {
  await using client = subject.openClient();
  const tables = ['otel_traces', 'otel_traces_trace_id_ts', 'cells', 'self_times'];
  for (let finished = 0; ; finished++) {
    try {
      await client.command({ query: `OPTIMIZE TABLE hinge.${tables[finished % tables.length]} FINAL` });
    } catch {
      return { finished, wasCutOff: true };
    }
  }
}
