/** The control ladder: which cells stand for the old and which for the new, by the best control at hand. */

import type { ChangedBuild, Control } from '../model.ts';
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
  const old = mostFrequent(before.map(versionOf).filter(isNamed));
  if (old === null) return null;
  const seenBefore = new Set(before.map(versionOf));
  const fresh = after.filter((member) => isNamed(versionOf(member)) && !seenBefore.has(versionOf(member)));
  const next = fresh.some((member) => versionOf(member) === newest) ? newest : mostFrequent(fresh.map(versionOf));
  const [oldCells, newCells] = [old, next].map((version) => after.filter((member) => versionOf(member) === version));
  if (oldCells === undefined || newCells === undefined) return null;
  const shared = slotsOf(oldCells).intersection(slotsOf(newCells));
  if (shared.size < FEWEST_SHARED_SLOTS || shared.size < LEAST_SHARED * slotsOf(after).size) return null;
  const inShared = ({ slotMs }: T) => shared.has(slotMs);
  return { control: 'concurrent', baseline: oldCells.filter(inShared), candidate: newCells.filter(inShared) };
}

function isNamed(version: string): boolean {
  return version !== '' && version !== 'mixed';
}

function slotsOf(members: readonly Placed[]): Set<number> {
  return new Set(members.map(({ slotMs }) => slotMs));
}

/** The most frequent value; the first in order of name among equals. */
function mostFrequent(values: readonly string[]): string | null {
  const counts = [...Map.groupBy(values, (value) => value)].map(([value, all]) => ({ value, count: all.length }));
  counts.sort((one, other) => other.count - one.count || (one.value < other.value ? -1 : 1));
  return counts[0]?.value ?? null;
}
