/** Entry of the thread that makes one report out of two arms in stores that lie beside each other or are one. */

import '../disposable-stack.ts';
import type { Report, TimeRange } from '../model.ts';
import { openReader, type ReaderOptions } from '../store/reader.ts';
import { type Arm, assemble, type Comparison } from './assemble.ts';
import { answer } from './thread/callee.ts';

interface ArmPlace extends ReaderOptions {
  readonly range: TimeRange;
}

/** A comparison as plain data. */
export interface ComparisonPlaces extends Omit<Comparison, 'baseline' | 'candidate'> {
  readonly baseline: ArmPlace;
  readonly candidate: ArmPlace;
}

export interface Assembling {
  readonly assemble: (comparison: ComparisonPlaces) => Promise<Report>;
}

answer<Assembling>({
  async assemble({ baseline, candidate, ...comparison }) {
    await using stack = new AsyncDisposableStack();
    const open = async ({ range, ...place }: ArmPlace): Promise<Arm> => ({
      ...{ store: stack.use(await openReader(place)), range, slotMs: place.slotSeconds * 1_000 },
    });
    return await assemble({ ...comparison, baseline: await open(baseline), candidate: await open(candidate) });
  },
});
