/** One report, made in a thread of its own: its young generation is kept small, which a process cannot do to itself. */

import type { Report } from '../model.ts';
import type { Assembling, ComparisonPlaces } from './assemble-thread.ts';
import { createThread, entryBeside } from './thread/caller.ts';

/** @throws as the store; HingeError INTERNAL when the thread ends, of memory say */
export async function assembleApart(comparison: ComparisonPlaces): Promise<Report> {
  await using thread = createThread<Assembling>({
    entry: entryBeside(import.meta, 'assemble-thread'),
    name: 'report',
    data: null,
  });
  return await thread.call('assemble', comparison);
}
