/** A thread for tests: answers, throws, and dies in every way that a thread can. */

import { setTimeout as sleep } from 'node:timers/promises';
import { threadId, workerData } from 'node:worker_threads';
import { answer } from '../../../commands/thread/callee.ts';
import { HingeError } from '../../../errors.ts';

export interface Odd {
  readonly echo: (value: unknown) => Promise<unknown>;
  readonly given: () => Promise<unknown>;
  readonly thread: () => Promise<number>;
  readonly refuse: () => Promise<void>;
  readonly break: () => Promise<void>;
  readonly unsendable: () => Promise<unknown>;
  readonly throwLater: () => Promise<void>;
  readonly exit: () => Promise<void>;
  readonly never: () => Promise<void>;
}

const forever = () => sleep(2 ** 30);

answer<Odd>({
  echo: async (value) => value,
  given: async () => workerData,
  thread: async () => threadId,
  refuse: async () => {
    throw new HingeError('STORE_UNAVAILABLE', 'it is away: wait', { retryable: true });
  },
  break: async () => {
    throw new TypeError('x is not a function');
  },
  unsendable: async () => () => {},
  throwLater: () => {
    setImmediate(() => {
      throw new Error('out of the blue');
    });
    return forever();
  },
  exit: async () => process.exit(7),
  never: forever,
});
