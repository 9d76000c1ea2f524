/** One report, made in a thread of its own: its young generation is kept small, which a process cannot do to itself. */

import { extname } from 'node:path';
import type { Report } from '../model.ts';
import type { Assembling, ComparisonPlaces } from './assemble-thread.ts';
import { createThread } from './thread/caller.ts';

/** Beside this file, in the language that it is in. */
const ENTRY = new URL(`./assemble-thread${extname(import.meta.filename)}`, import.meta.url);

/** @throws as the store; HingeError INTERNAL when the thread ends, of memory say */
export async function assembleApart(comparison: ComparisonPlaces): Promise<Report> {
  await using thread = createThread<Assembling>({ entry: ENTRY, name: 'report', data: null });
  return await thread.call('assemble', comparison);
}
