/** One replay, made in a thread of its own. */

import { createThread, entryBeside } from '../thread/caller.ts';
import type { ReplayedUpgrade } from './replay.ts';
import type { Replaying, ReplayTask } from './replay-thread.ts';

/** @param signal cuts it off. @throws as `replayUpgrade` and the store; HingeError INTERNAL when the thread ends, of memory say */
export async function replayApart(task: ReplayTask, signal: AbortSignal): Promise<ReplayedUpgrade> {
  await using thread = createThread<Replaying>({
    entry: entryBeside(import.meta, 'replay-thread'),
    name: 'replay',
    data: null,
    signal,
  });
  return await thread.call('replay', task);
}
