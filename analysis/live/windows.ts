/** Counts from before the upgrade in stretches of time: what the spread between instances is learnt from. */

import { sum } from 'simple-statistics';
import { groupBy, instanceCount, type Placed } from '../cluster.ts';
import { addUp, type Count } from '../counts.ts';

/** An instance in a slot. */
export type PlacedCount = Placed & Count;

/** Events that an instance should have in a window on average: with fewer, counting noise hides how instances differ. */
const EVENTS_PER_INSTANCE = 10;

/** As many windows of equal length as the events allow, at least one, oldest first; in each the counts by instance. */
export function spreadWindows(counts: readonly PlacedCount[]): Count[][] {
  const slots = [...new Set(counts.map(({ slotMs }) => slotMs))].sort((one, other) => one - other);
  const events = sum(counts.map((count) => count.events));
  const fitting = Math.floor(events / (EVENTS_PER_INSTANCE * Math.max(1, instanceCount(counts))));
  const windows = Math.max(1, Math.min(slots.length, fitting));
  const windowOf = new Map(slots.map((slot, index) => [slot, Math.floor((index * windows) / slots.length)]));
  const inWindows = groupBy(counts, ({ slotMs }) => String(windowOf.get(slotMs) ?? 0).padStart(9, '0'));
  return inWindows.map(({ members }) =>
    groupBy(members, ({ instance }) => instance).map((group) => addUp(group.members)),
  );
}
