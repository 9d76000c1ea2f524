/** Long work in steps, with a turn of the event loop between two of them. */

import { setImmediate as nextTurn } from 'node:timers/promises';

/** Runs the steps to their end. */
export async function runInTurns<Result>(steps: Generator<void, Result>): Promise<Result> {
  for (;;) {
    const step = steps.next();
    if (step.done) return step.value;
    await nextTurn();
  }
}
