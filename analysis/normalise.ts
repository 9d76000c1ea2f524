/** Cells in one order and in one piece: what makes the result the same bytes for any order and splitting of the input. */

import { sum } from 'simple-statistics';
import type { Cell, SelfTimeCell } from '../model.ts';
import { groupBy } from './cluster.ts';
import { mergeHistograms } from './histogram.ts';
import type { ArmData } from './settings.ts';

export interface NormalisedArm {
  readonly arm: ArmData;
  /** Cells that were left out, because a count in them is not a number of things. */
  readonly broken: number;
}

export function normalise(arm: ArmData): NormalisedArm {
  const cells = arm.cells.filter(({ calls, errors, retries, logicalCalls, slotMs, durations, retryGaps }) =>
    areCounts([...[calls, errors, retries, logicalCalls, Math.abs(slotMs)], ...durations.counts, ...retryGaps.counts]),
  );
  const selfTimes = arm.selfTimes.filter((cell) =>
    areCounts([cell.requests, cell.spans, Math.abs(cell.slotMs), ...cell.selfTimes.counts]),
  );
  return {
    arm: {
      ...arm,
      cells: groupBy(cells, cellId).flatMap(({ members }) => mergeCells(members)),
      selfTimes: groupBy(selfTimes, selfTimeId).flatMap(({ members }) => mergeSelfTimes(members)),
    },
    broken: arm.cells.length - cells.length + arm.selfTimes.length - selfTimes.length,
  };
}

function areCounts(values: readonly number[]): boolean {
  return values.every((value) => Number.isFinite(value) && value >= 0);
}

function cellId(cell: Cell): string {
  const { service, endpoint, kind, peer, build, variant, instance, slotMs } = cell;
  return JSON.stringify([service, endpoint, kind, peer, instance, slotMs, build, variant]);
}

function selfTimeId(cell: SelfTimeCell): string {
  const { rootService, rootEndpoint, unit, build, variant, instance, slotMs } = cell;
  return JSON.stringify([rootService, rootEndpoint, unit, instance, slotMs, build, variant]);
}

function mergeCells(pieces: readonly Cell[]): Cell[] {
  const [first, ...others] = pieces;
  if (first === undefined || others.length === 0) return [...pieces];
  return [
    {
      ...first,
      calls: sum(pieces.map(({ calls }) => calls)),
      errors: sum(pieces.map(({ errors }) => errors)),
      retries: sum(pieces.map(({ retries }) => retries)),
      logicalCalls: sum(pieces.map(({ logicalCalls }) => logicalCalls)),
      durations: mergeHistograms(pieces.map(({ durations }) => durations)),
      retryGaps: mergeHistograms(pieces.map(({ retryGaps }) => retryGaps)),
    },
  ];
}

function mergeSelfTimes(pieces: readonly SelfTimeCell[]): SelfTimeCell[] {
  const [first, ...others] = pieces;
  if (first === undefined || others.length === 0) return [...pieces];
  return [
    {
      ...first,
      requests: sum(pieces.map(({ requests }) => requests)),
      spans: sum(pieces.map(({ spans }) => spans)),
      selfTimes: mergeHistograms(pieces.map(({ selfTimes }) => selfTimes)),
    },
  ];
}
