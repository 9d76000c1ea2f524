/** Entry of the thread that judges upgrades: reads the store over connections of its own. */

import '../../disposable-stack.ts';
import { workerData } from 'node:worker_threads';
import { openReader, type ReaderOptions } from '../../store/reader.ts';
import { answer } from '../thread/callee.ts';
import { createJudgements, type Judgements, type Judging } from './judgements.ts';

/** Plain data. */
export interface JudgingTask {
  readonly store: ReaderOptions;
  readonly judging: Judging;
}

const { store, judging } = workerData as JudgingTask;
let opened: Promise<Judgements> | undefined;

/** A store that could not be opened is tried again at the next question. */
function judgements(): Promise<Judgements> {
  opened ??= openReader(store).then(
    (reader) => createJudgements({ ...judging, store: reader, clock: Date.now }),
    (error: unknown) => {
      opened = undefined;
      throw error;
    },
  );
  return opened;
}

answer<Judgements>({
  report: async (id) => (await judgements()).report(id),
  evidence: async () => (await judgements()).evidence(),
});
