/** The other end of `createThread`: answers each call with what the function gives or throws. */

import { parentPort } from 'node:worker_threads';
import { HingeError, messageOf } from '../../errors.ts';
import type { Answer, Call, Callable, Fault } from './caller.ts';

/** Calls run side by side. The thread lives until it is ended. */
export function answer<T extends Callable<T>>(functions: T): void {
  if (parentPort === null) throw new Error('this module is the entry of a thread, which Hinge starts');
  const port = parentPort;
  const named = new Map(Object.entries<Callable<T>[keyof T]>(functions));
  const say = (told: Answer) => port.postMessage(told);
  port.on('message', async ({ id, name, given }: Call) => {
    try {
      say({ id, value: await named.get(name)?.(...(given as never[])) });
    } catch (thrown) {
      say({ id, fault: faultOf(thrown) });
    }
  });
}

function faultOf(thrown: unknown): Fault {
  const stack = thrown instanceof Error ? (thrown.stack ?? '') : '';
  const isKnown = thrown instanceof HingeError;
  const { code, retryable } = isKnown ? thrown : { code: null, retryable: false };
  return { code, message: messageOf(thrown), stack, retryable };
}
