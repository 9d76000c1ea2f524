/** Entry of a thread that takes telemetry: its heap is small, and its event loop serves nothing else. */

import '../../disposable-stack.ts';
import { parentPort, workerData } from 'node:worker_threads';
import { HingeError, messageOf } from '../../errors.ts';
import type { Log } from '../../model.ts';
import type { FromThread, ToThread } from './collector-threads.ts';
import { openTaking, type TakingOptions } from './taking.ts';

if (parentPort === null) throw new Error('collector-thread is started by hinge serve');
const port = parentPort;
const say = (message: FromThread) => port.postMessage(message);

/** Errors lose their class on the way, so their words go instead. */
const told =
  (level: keyof Log) =>
  (fields: object, text: string): void =>
    say({
      kind: 'log',
      level,
      fields: { ...fields, ...('err' in fields ? { err: messageOf(fields.err) } : {}) },
      text,
    });
const log: Log = { debug: told('debug'), info: told('info'), warn: told('warn'), error: told('error') };

try {
  const collector = await openTaking(workerData as TakingOptions, log);
  port.on('message', (message: ToThread) => {
    if (message === 'count') say({ kind: 'counters', counters: collector.counters() });
    else void collector[Symbol.asyncDispose]().then(() => port.close());
  });
  say({ kind: 'open', address: collector.address });
} catch (error) {
  if (!(error instanceof HingeError)) throw error;
  say({ kind: 'refused', code: error.code, message: error.message });
}
