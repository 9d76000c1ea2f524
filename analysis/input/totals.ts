/** What is asked of all cells of an arm more than once. */

import type { Cell } from '../../model.ts';
import { distinct } from './distinct.ts';
import { remember } from './remember.ts';

/** Begins of the slots that have cells, milliseconds since the epoch. */
export const slotsIn = remember(
  (cells: readonly Cell[]): ReadonlySet<number> => distinct(cells, ({ slotMs }) => slotMs),
);

export const callsIn = remember((cells: readonly Cell[]): number => cells.reduce((all, { calls }) => all + calls, 0));
