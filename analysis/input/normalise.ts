/** Cells in one order and in one piece: what makes the result the same bytes for any order and splitting of the input. */

import { sum } from 'simple-statistics';
import { CELLS } from '../../cells/cell.ts';
import type { Texts } from '../../cells/dictionary.ts';
import { areInOrder, inOrder, isSamePlace } from '../../cells/order.ts';
import { PackedHistogram } from '../../cells/packed.ts';
import { areRows, inOneTable, type RowKind, type RowsWithin } from '../../cells/row.ts';
import { SELF_TIMES } from '../../cells/self-time.ts';
import type { Table } from '../../cells/table.ts';
import type { Cell, Histogram, SelfTimeCell } from '../../model.ts';
import { mergeEach } from '../statistics/histogram.ts';
import type { ArmData } from './settings.ts';

export interface NormalisedArm {
  readonly arm: ArmData;
  /** Cells that were left out, because a count in them is not a number of things. */
  readonly broken: number;
}

export function normalise(arm: ArmData): NormalisedArm {
  const cells = wholeAmong(arm.cells, isWhole);
  const selfTimes = wholeAmong(arm.selfTimes, isWholeSelfTime);
  return {
    arm: {
      ...arm,
      cells: inOnePiece(cells, CELLS, mergeCells),
      selfTimes: inOnePiece(selfTimes, SELF_TIMES, mergeSelfTimes),
    },
    broken: arm.cells.length - cells.length + arm.selfTimes.length - selfTimes.length,
  };
}

/** Themselves where none is left out. What a table holds was checked before it came there. */
const wholeAmong = <T>(members: readonly T[], isWholeMember: (member: T) => boolean): readonly T[] =>
  areRows(members) || members.every(isWholeMember) ? members : members.filter(isWholeMember);

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

/** Sorted, those of one endpoint together; those that share their place become one. */
function inOnePiece<T, Key extends Texts<Key>>(
  given: readonly T[],
  kind: RowKind<T, Key>,
  merge: (pieces: readonly T[]) => T,
): readonly T[] {
  const all = inOneTable(given, kind);
  // As the store gives them.
  if (areInOrder(all)) return all.members;
  const { table, rows, members } = sorted(all);
  const places = startsOfPlaces(table, rows);
  if (places.length === members.length) return members;
  const merged = kind.createTable();
  return places.map((from, index) => {
    const pieces = members.slice(from, places[index + 1]);
    return pieces.length === 1 ? (pieces[0] as T) : kind.at(merged, kind.append(merged, merge(pieces)));
  });
}

function sorted<T, Key extends Texts<Key>>({
  table,
  rows,
  members,
}: RowsWithin<Key> & { readonly members: readonly T[] }) {
  const order = inOrder({ table, rows });
  const inPlace = { table, rows: new Uint32Array(order.length), members: new Array<T>(order.length) };
  for (let index = 0; index < order.length; index++) {
    const position = order[index] ?? 0;
    inPlace.rows[index] = rows[position] ?? 0;
    inPlace.members[index] = members[position] as T;
  }
  return inPlace;
}

/** Where each place begins. */
function startsOfPlaces<Key extends Texts<Key>>(table: Table<Key>, rows: Uint32Array): number[] {
  const starts = new Array<number>(rows.length);
  let [length, before] = [0, -1];
  for (let index = 0; index < rows.length; index++) {
    const row = rows[index] ?? 0;
    if (before < 0 || !isSamePlace(table, before, row)) starts[length++] = index;
    before = row;
  }
  starts.length = length;
  return starts;
}

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
