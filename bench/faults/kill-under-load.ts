/** Fault 1: kill -9 of Hinge, of its engine, and of both, at any moment under load. */

import { setTimeout as sleep } from 'node:timers/promises';
import type { Fault } from './fault.ts';
import { spread } from './figures.ts';
import { joined, judge } from './judge.ts';
import { createBodies } from './numbered-bodies.ts';
import { startSenders } from './senders.ts';
import { startSubject } from './subject.ts';

const VICTIMS = ['Hinge', 'the engine', 'both'] as const;
const SENDERS = 8;
const SPANS = 200;

export const killUnderLoad: Fault = {
  number: 1,
  title: 'kill -9 under load',
  expected: 'acknowledged and lost 0, counted twice 0; back by itself',
  async run(scene) {
    const { random, scratch, signal } = scene;
    const rounds = scene.rounds(100, 9);
    const recoveriesMs = { Hinge: [] as number[], 'the engine': [] as number[], both: [] as number[] };
    await using subject = await startSubject({ dataDir: scratch.folder('kill') });
    let acknowledge = () => {};
    const senders = startSenders({
      url: subject.url,
      senders: SENDERS,
      makeBody: createBodies({ spans: SPANS, seed: 1 }),
      signal,
      onAttempt: ({ status }) => {
        if (status === 200) acknowledge();
      },
    });
    for (let round = 0; round < rounds && !signal.aborted; round++) {
      const victim = VICTIMS[round % VICTIMS.length] ?? 'Hinge';
      await sleep(50 + random() * 1_450);
      if (victim !== 'Hinge') subject.killEngine();
      if (victim !== 'the engine') await subject.end('SIGKILL');
      const startMs = performance.now();
      // What was on its way may still be answered: only what is acknowledged from now on shows that it is back.
      const back = new Promise<void>((resolve) => {
        acknowledge = resolve;
      });
      if (victim !== 'the engine') await subject.start();
      await back;
      recoveriesMs[victim].push(performance.now() - startMs);
      if (round % 10 === 9) scene.say(`${round + 1} of ${rounds} kills`);
    }
    await senders.finish();
    await using client = subject.openClient();
    const outcome = await judge(client, senders.books);
    const recoveries = VICTIMS.map((victim) => `${victim} ${spread(recoveriesMs[victim])}`);
    return joined(
      { figures: [`${rounds} kills; from the start to the first 200: ${recoveries.join('; ')}`], broken: [] },
      outcome,
    );
  },
};
