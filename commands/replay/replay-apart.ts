/** One replay, made in a thread of its own. */

import { extname } from 'node:path';
import { createThread } from '../thread/caller.ts';
import type { ReplayedUpgrade } from './replay.ts';
import type { Replaying, ReplayTask } from './replay-thread.ts';

/** Beside this file, in the language that it is in. */
const ENTRY = new URL(`./replay-thread${extname(import.meta.filename)}`, import.meta.url);

/** @throws as `replayUpgrade` and the store; HingeError INTERNAL when the thread ends, of memory say */
export async function replayApart(task: ReplayTask): Promise<ReplayedUpgrade> {
  await using thread = createThread<Replaying>({ entry: ENTRY, name: 'replay', data: null });
  return await thread.call('replay', task);
}
