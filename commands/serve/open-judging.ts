/** Judgements made in a thread of their own, so that neither the API nor the controller waits for arithmetic. */

import { createThread, entryBeside } from '../thread/caller.ts';
import type { Judgements } from './judgements.ts';
import type { JudgingTask } from './judging-thread.ts';

/** The tables of the store must be there. Closing cuts off what is under way. */
export function openJudging(task: JudgingTask): Judgements & AsyncDisposable {
  const thread = createThread<Judgements>({
    entry: entryBeside(import.meta, 'judging-thread'),
    name: 'judging',
    data: task,
  });
  return {
    report: (id) => thread.call('report', id),
    evidence: () => thread.call('evidence'),
    [Symbol.asyncDispose]: () => thread[Symbol.asyncDispose](),
  };
}
