/** Fault 9: a second Hinge on the data folder of a running one. */

import { setTimeout as sleep } from 'node:timers/promises';
import { type Finished, hinge } from '../../test/support/hinge.ts';
import { brokenOf, type Fault } from './fault.ts';
import { joined, judge } from './judge.ts';
import { createBodies } from './numbered-bodies.ts';
import { startSenders } from './senders.ts';
import { startSubject } from './subject.ts';

/** docs/errors.md, DATA_FOLDER_IN_USE. */
const EXIT_CODE = 4;
const MESSAGE = /the data folder \S+ is in use by process \d+: .* \(DATA_FOLDER_IN_USE\)\n$/;

export const twoOnOneFolder: Fault = {
  number: 9,
  title: 'two processes on one data folder',
  expected: `the second says so and ends with ${EXIT_CODE}; the first goes on`,
  async run({ scratch, signal, rounds }) {
    const dataDir = scratch.folder('shared');
    await using subject = await startSubject({ dataDir });
    const senders = startSenders({
      url: subject.url,
      senders: 4,
      makeBody: createBodies({ spans: 200, seed: 9 }),
      signal,
    });
    const seconds: Finished[] = [];
    for (let round = 0; round < rounds(5, 2); round++) {
      await sleep(500);
      const ports = ['collector.port', 'collector.grpcPort', 'api.port'].flatMap((port) => ['--set', `${port}=0`]);
      seconds.push(await hinge(['serve', '--data', dataDir, ...ports]));
    }
    await sleep(500);
    await senders.finish();
    await using client = subject.openClient();
    const [code] = seconds.map((each) => each.code);
    return joined(
      {
        figures: [`${seconds.length} times: exit code ${code}, DATA_FOLDER_IN_USE`],
        broken: brokenOf([
          [seconds.every((each) => each.code === EXIT_CODE), `exit codes ${seconds.map((each) => each.code)}`],
          [seconds.every(({ err }) => MESSAGE.test(err)), `said ${seconds[0]?.err}`],
          [senders.books.answers.size === 1, 'the senders of the first were disturbed'],
        ]),
      },
      await judge(client, senders.books),
    );
  },
};
