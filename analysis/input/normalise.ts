/** Cells in one order and in one piece: what makes the result the same bytes for any order and splitting of the input. */

import { sum } from 'simple-statistics';
import { CELLS } from '../../cells/cell.ts';
import { PackedHistogram } from '../../cells/packed.ts';
import { SELF_TIMES } from '../../cells/self-time.ts';
import type { Cell, Histogram, SelfTimeCell } from '../../model.ts';
import { mergeEach } from '../statistics/histogram.ts';
import { inOnePiece } from './pieces.ts';
import type { ArmData } from './settings.ts';

export interface NormalisedArm {
  readonly arm: ArmData;
  /** Cells that were left out, because a count in them is not a number of things. */
  readonly broken: number;
}

export function normalise(arm: ArmData): NormalisedArm {
  const cells = inOnePiece(arm.cells, { kind: CELLS, isWhole, merge: mergeCells });
  const selfTimes = inOnePiece(arm.selfTimes, { kind: SELF_TIMES, isWhole: isWholeSelfTime, merge: mergeSelfTimes });
  return {
    arm: { ...arm, cells: cells.members, selfTimes: selfTimes.members },
    broken: cells.broken + selfTimes.broken,
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

const isWholeSelfTime = ({ requests, spans, slotMs, selfTimes }: SelfTimeCell): boolean =>
  isCount(requests) && isCount(spans) && Number.isFinite(slotMs) && isWholeHistogram(selfTimes);

const isCount = (value: number): boolean => Number.isFinite(value) && value >= 0;

/** What was packed was whole. */
function isWholeHistogram(histogram: Histogram): boolean {
  if (histogram instanceof PackedHistogram) return true;
  const { buckets, counts } = histogram;
  return buckets.length === counts.length && buckets.every(isBucket) && counts.every(isWholeCount);
}

const isBucket = (bucket: number): boolean => (bucket | 0) === bucket;
const isWholeCount = (count: number): boolean => Number.isSafeInteger(count) && count >= 0;

/** Cells of one endpoint as one, at the place of the first. */
export function mergeCells(pieces: readonly Cell[]): Cell {
  const { service, endpoint, kind, peer, build, variant, instance, slotMs } = pieces[0] as Cell;
  return {
    ...{ service, endpoint, kind, peer, build, variant, instance, slotMs },
    calls: sum(pieces.map(({ calls }) => calls)),
    errors: sum(pieces.map(({ errors }) => errors)),
    retries: sum(pieces.map(({ retries }) => retries)),
    logicalCalls: sum(pieces.map(({ logicalCalls }) => logicalCalls)),
    durations: mergeEach(pieces, ({ durations }) => durations),
    retryGaps: mergeEach(pieces, ({ retryGaps }) => retryGaps),
  };
}

function mergeSelfTimes(pieces: readonly SelfTimeCell[]): SelfTimeCell {
  const { rootService, rootEndpoint, unit, build, variant, instance, slotMs } = pieces[0] as SelfTimeCell;
  return {
    ...{ rootService, rootEndpoint, unit, build, variant, instance, slotMs },
    requests: sum(pieces.map(({ requests }) => requests)),
    spans: sum(pieces.map(({ spans }) => spans)),
    selfTimes: mergeEach(pieces, ({ selfTimes }) => selfTimes),
  };
}
