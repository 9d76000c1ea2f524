/** How slow each instance of a service was in each slot, against what its requests took in the baseline, and on which build. */

import { sum } from 'simple-statistics';
import type { ChangedBuild, SelfTimeCell } from '../../model.ts';
import { rootOf } from '../input/root.ts';
import type { ArmData } from '../input/settings.ts';
import { totalNs } from '../statistics/histogram.ts';

/** One instance in one slot, on one build. */
export interface Level {
  readonly instance: string;
  readonly slotMs: number;
  /** On the build that the upgrade brought. */
  readonly isNew: boolean;
  readonly requests: number;
  /** Self time, nanoseconds. */
  readonly actualNs: number;
  /** What the same requests took in the baseline, by root endpoint: a shift of the mix moves no level. */
  readonly expectedNs: number;
}

export interface Levels {
  readonly baseline: readonly Level[];
  readonly candidate: readonly Level[];
}

/** Log of how much slower than in the baseline, over all of them. */
export function riseOf(levels: readonly Level[]): number {
  return Math.log(sum(levels.map(({ actualNs }) => actualNs)) / sum(levels.map(({ expectedNs }) => expectedNs)));
}

/** Null where the candidate does not show both builds. `manifest` names the new one; else it is what the baseline does not know. */
export function levelsOf(
  service: string,
  { baseline, candidate }: { readonly baseline: ArmData; readonly candidate: ArmData },
  manifest: ChangedBuild | undefined,
): Levels | null {
  const [before, after] = [baseline, candidate].map(({ selfTimes }) =>
    selfTimes.filter(({ unit, build }) => unit === service && build !== ''),
  ) as [SelfTimeCell[], SelfTimeCell[]];
  const known = new Set(before.map(({ build }) => build));
  const isNamed = after.some(({ build }) => build === manifest?.to);
  const isNew = (build: string) => (isNamed ? build === manifest?.to : !known.has(build));
  const means = meansByRoot(before);
  const levels = {
    baseline: levelsIn(before, means, () => false),
    candidate: levelsIn(after, means, ({ build }) => isNew(build)),
  };
  const both = levels.candidate.some((level) => level.isNew) && levels.candidate.some((level) => !level.isNew);
  return both && levels.baseline.length > 0 ? levels : null;
}

function meansByRoot(cells: readonly SelfTimeCell[]): ReadonlyMap<string, number> {
  return new Map(
    [...Map.groupBy(cells, rootOf)].map(([root, own]) => [
      root,
      sum(own.map(({ selfTimes }) => totalNs(selfTimes))) / sum(own.map(({ requests }) => requests)),
    ]),
  );
}

function levelsIn(
  cells: readonly SelfTimeCell[],
  means: ReadonlyMap<string, number>,
  isNew: (cell: SelfTimeCell) => boolean,
): Level[] {
  const known = cells.filter((cell) => means.has(rootOf(cell)));
  const places = Map.groupBy(known, (cell) => JSON.stringify([cell.instance, cell.slotMs, isNew(cell)]));
  return [...places.values()].flatMap((own) => {
    const [first] = own;
    if (first === undefined) return [];
    return {
      ...{ instance: first.instance, slotMs: first.slotMs, isNew: isNew(first) },
      requests: sum(own.map(({ requests }) => requests)),
      actualNs: sum(own.map(({ selfTimes }) => totalNs(selfTimes))),
      expectedNs: sum(own.map((cell) => (means.get(rootOf(cell)) ?? 0) * cell.requests)),
    };
  });
}
