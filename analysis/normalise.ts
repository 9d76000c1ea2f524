/** Cells in one order and in one piece: what makes the result the same bytes for any order and splitting of the input. */

import { sum } from 'simple-statistics';
import type { Cell, Histogram, SelfTimeCell } from '../model.ts';
import { mergeHistograms } from './histogram.ts';
import type { ArmData } from './settings.ts';

export interface NormalisedArm {
  readonly arm: ArmData;
  /** Cells that were left out, because a count in them is not a number of things. */
  readonly broken: number;
}

export function normalise(arm: ArmData): NormalisedArm {
  const cells = arm.cells.filter(isWhole);
  const selfTimes = arm.selfTimes.filter(isWholeSelfTime);
  return {
    arm: {
      ...arm,
      cells: inOnePiece(cells, compareCells, mergeCells),
      selfTimes: inOnePiece(selfTimes, compareSelfTimes, mergeSelfTimes),
    },
    broken: arm.cells.length - cells.length + arm.selfTimes.length - selfTimes.length,
  };
}

function isWhole({ calls, errors, retries, logicalCalls, slotMs, durations, retryGaps }: Cell): boolean {
  return (
    [calls, errors, retries, logicalCalls].every(isCount) &&
    Number.isFinite(slotMs) &&
    isWholeHistogram(durations) &&
    isWholeHistogram(retryGaps)
  );
}

function isWholeSelfTime({ requests, spans, slotMs, selfTimes }: SelfTimeCell): boolean {
  return isCount(requests) && isCount(spans) && Number.isFinite(slotMs) && isWholeHistogram(selfTimes);
}

const isCount = (value: number): boolean => Number.isFinite(value) && value >= 0;

function isWholeHistogram({ buckets, counts }: Histogram): boolean {
  return buckets.length === counts.length && buckets.every(Number.isSafeInteger) && counts.every(isCount);
}

type Compare<T> = (one: T, other: T) => number;

/** Sorted; those that compare as equal become one. */
function inOnePiece<T>(members: readonly T[], compare: Compare<T>, merge: (pieces: readonly T[]) => T): T[] {
  const sorted = [...members].sort(compare);
  const whole: T[] = [];
  for (let from = 0; from < sorted.length; ) {
    const first = sorted[from] as T;
    let until = from + 1;
    while (until < sorted.length && compare(first, sorted[until] as T) === 0) until += 1;
    whole.push(until === from + 1 ? first : merge(sorted.slice(from, until)));
    from = until;
  }
  return whole;
}

/** Cells of one endpoint stand together. */
const compareCells: Compare<Cell> = (one, other) =>
  compareText(one.service, other.service) ||
  compareText(one.endpoint, other.endpoint) ||
  compareText(one.kind, other.kind) ||
  compareText(one.peer, other.peer) ||
  comparePlaces(one, other);

const compareSelfTimes: Compare<SelfTimeCell> = (one, other) =>
  compareText(one.rootService, other.rootService) ||
  compareText(one.rootEndpoint, other.rootEndpoint) ||
  compareText(one.unit, other.unit) ||
  comparePlaces(one, other);

const comparePlaces: Compare<Pick<Cell, 'instance' | 'slotMs' | 'build' | 'variant'>> = (one, other) =>
  compareText(one.instance, other.instance) ||
  one.slotMs - other.slotMs ||
  compareText(one.build, other.build) ||
  compareText(one.variant, other.variant);

function compareText(one: string, other: string): number {
  if (one === other) return 0;
  return one < other ? -1 : 1;
}

function mergeCells(pieces: readonly Cell[]): Cell {
  return {
    ...(pieces[0] as Cell),
    calls: sum(pieces.map(({ calls }) => calls)),
    errors: sum(pieces.map(({ errors }) => errors)),
    retries: sum(pieces.map(({ retries }) => retries)),
    logicalCalls: sum(pieces.map(({ logicalCalls }) => logicalCalls)),
    durations: mergeHistograms(pieces.map(({ durations }) => durations)),
    retryGaps: mergeHistograms(pieces.map(({ retryGaps }) => retryGaps)),
  };
}

function mergeSelfTimes(pieces: readonly SelfTimeCell[]): SelfTimeCell {
  return {
    ...(pieces[0] as SelfTimeCell),
    requests: sum(pieces.map(({ requests }) => requests)),
    spans: sum(pieces.map(({ spans }) => spans)),
    selfTimes: mergeHistograms(pieces.map(({ selfTimes }) => selfTimes)),
  };
}
