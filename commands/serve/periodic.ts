/** Repeats a piece of work, one run at a time, until disposed; a failed run is logged and the next one comes all the same. */

import { setTimeout as delay } from 'node:timers/promises';
import { messageOf } from '../../errors.ts';
import type { Log } from '../../model.ts';

export interface PeriodicOptions {
  readonly name: string;
  readonly everyMs: number;
  readonly work: () => Promise<void>;
  readonly log: Log;
}

/** Disposing waits for the run that is under way. */
export function createPeriodic({ name, everyMs, work, log }: PeriodicOptions): AsyncDisposable {
  const stop = new AbortController();
  const loop = async () => {
    while (!stop.signal.aborted) {
      await work().catch((error: unknown) =>
        log.warn({ work: name, error: messageOf(error) }, `${name} failed; it is tried again`),
      );
      await delay(everyMs, undefined, { signal: stop.signal }).catch(() => {});
    }
  };
  const running = loop();
  return {
    async [Symbol.asyncDispose]() {
      stop.abort();
      await running;
    },
  };
}
