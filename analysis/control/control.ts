/** The control ladder: which cells stand for the old and which for the new, by the best control at hand. */

import type { ChangedBuild, Control } from '../../model.ts';
import { distinct } from '../input/distinct.ts';
import type { Placed } from './cluster.ts';

/** The part of a cell that says which build and which flag variants served it. */
export interface Versioned extends Placed {
  readonly build: string;
  readonly variant: string;
}

export interface ControlledArms<T> {
  readonly control: Control;
  readonly baseline: readonly T[];
  readonly candidate: readonly T[];
}

/** Old and new must serve together in this many slots, and in half of the candidate's, to be compared slot by slot. */
const FEWEST_SHARED_SLOTS = 3;
const LEAST_SHARED = 0.5;

/**
 * `concurrent` when two builds of the service, or two flag variants, serve in the same slots of the candidate's time:
 * what the time of day does, it does to both. Otherwise plain `before-after`. The other rungs of the ladder
 * (differences in differences, the same hours of earlier days) belong between the two.
 */
export function chooseArms<T extends Versioned>(
  before: readonly T[],
  after: readonly T[],
  changed: ChangedBuild | undefined,
): ControlledArms<T> {
  return (
    concurrent(before, after, ({ build }) => build, changed?.to) ??
    concurrent(before, after, ({ variant }) => variant, undefined) ?? {
      control: 'before-after',
      baseline: before,
      candidate: after,
    }
  );
}

function concurrent<T extends Versioned>(
  before: readonly T[],
  after: readonly T[],
  versionOf: (member: T) => string,
  newest: string | undefined,
): ControlledArms<T> | null {
  const seenBefore = countVersions(before, versionOf);
  const old = mostFrequent(seenBefore);
  if (old === null) return null;
  const present = countVersions(after, versionOf);
  const fresh = new Map([...present].filter(([version]) => !seenBefore.has(version)));
  const next = newest !== undefined && fresh.has(newest) ? newest : mostFrequent(fresh);
  // Most comparisons end here: nothing new, or nothing old any more.
  if (next === null || !present.has(old)) return null;
  const [oldCells = [], newCells = []] = [old, next].map((version) =>
    after.filter((member) => versionOf(member) === version),
  );
  const shared = slotsOf(oldCells).intersection(slotsOf(newCells));
  if (shared.size < FEWEST_SHARED_SLOTS || shared.size < LEAST_SHARED * slotsOf(after).size) return null;
  const inShared = ({ slotMs }: T) => shared.has(slotMs);
  return { control: 'concurrent', baseline: oldCells.filter(inShared), candidate: newCells.filter(inShared) };
}

function slotsOf(members: readonly Placed[]): Set<number> {
  return distinct(members, ({ slotMs }) => slotMs);
}

/** How many members there are of each version that has a name. */
function countVersions<T>(members: readonly T[], versionOf: (member: T) => string): Map<string, number> {
  const counts = new Map<string, number>();
  const add = (version: string, count: number) => {
    if (version !== '' && version !== 'mixed') counts.set(version, (counts.get(version) ?? 0) + count);
  };
  let [last, alike] = ['', 0];
  // Neighbours mostly have the same, which is looked up once.
  for (let index = 0; index < members.length; index++) {
    const version = versionOf(members[index] as T);
    if (version !== last) {
      add(last, alike);
      [last, alike] = [version, 0];
    }
    alike += 1;
  }
  add(last, alike);
  return counts;
}

/** The most frequent version; the first in order of name among equals. */
function mostFrequent(counts: ReadonlyMap<string, number>): string | null {
  const order = [...counts].sort(([one, few], [other, many]) => many - few || (one < other ? -1 : 1));
  return order[0]?.[0] ?? null;
}
