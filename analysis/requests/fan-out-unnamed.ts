/** Calls that name no peer and that no service answered, a database's mostly: per request of the service, from the counts of all calls. */

import { sum } from 'simple-statistics';
import type { Cell } from '../../model.ts';
import type { ArmData } from '../input/settings.ts';
import { isCall, logicalCalls, served } from './call-book.ts';
import { mixRange } from './mix.ts';
import type { PerRequest, PerRequestArm } from './per-request.ts';
import type { RequestRecord } from './requests.ts';

/** What is known of one service's calls without a peer: those whose names the baseline knew and never saw answered. */
export interface UnnamedCalls {
  readonly before: readonly Cell[];
  readonly after: readonly Cell[];
  readonly isKnown: (cell: Cell) => boolean;
}

/** `before` and `after`: all cells of one service. Null where it makes no such calls in the baseline. */
export function unnamedCalls(before: readonly Cell[], after: readonly Cell[]): UnnamedCalls | null {
  if (!before.some(isCall)) return null;
  const called = [before, after].flatMap((cells) => cells.filter((cell) => isCall(cell) && cell.peer !== ''));
  const answered = new Set(called.map(nameOf));
  const names = new Set(before.filter((cell) => isCall(cell) && !answered.has(nameOf(cell))).map(nameOf));
  return names.size === 0 ? null : { before, after, isKnown: (cell) => isCall(cell) && names.has(nameOf(cell)) };
}

const nameOf = ({ endpoint }: Cell) => endpoint;

/** Where a call stands in no trace it has no root endpoint: all requests of the service are one kind. */
export function unnamedArm(cells: readonly Cell[], isKnown: (cell: Cell) => boolean): PerRequestArm {
  const places = Map.groupBy(cells, ({ build, variant, instance, slotMs }) =>
    JSON.stringify([build, variant, instance, slotMs]),
  );
  const records = [...places.values()].flatMap((own): RequestRecord[] => {
    const [first] = own;
    if (first === undefined) return [];
    const { build, variant, instance, slotMs } = first;
    const done = logicalCalls(own.filter(isKnown));
    return [{ root: '', build, variant, instance, slotMs, requests: served(own), done }];
  });
  return { records, callsIn: new Map(), attempts: 1 };
}

/** Why the calls may only seem to change: another mix of requests, calls that belong to no request, or another name. */
export function unnamedObstacle(
  { before, after, isKnown }: UnnamedCalls,
  { test }: PerRequest,
  ranges: { readonly baseline: ArmData['range']; readonly candidate: ArmData['range'] },
  { bounds, tolerance }: { readonly bounds: readonly [number, number]; readonly tolerance: number },
): string | null {
  const [least, most] = mixRange(before, after);
  const within = (low: number, high: number) =>
    bounds[1] >= low / (1 + tolerance) && bounds[0] <= high * (1 + tolerance);
  if (!within(1, 1) && within(least, most))
    return 'another mix of requests could explain it, and these calls name no peer by which they could be told apart';
  const perSecond = (cells: readonly Cell[], { startMs, endMs }: ArmData['range']) =>
    logicalCalls(cells.filter(isKnown)) / (endMs - startMs);
  const pace = Math.log(perSecond(after, ranges.candidate) / perSecond(before, ranges.baseline));
  if (Math.abs(pace) <= Math.log(1 + tolerance))
    return 'they are made as often per second as before: they may belong to no request';
  const fresh = after.filter((cell) => isCall(cell) && cell.peer === '' && !isKnown(cell));
  const missing = (test.baseline.rate - test.candidate.rate) * served(after);
  return missing > 0 && sum(fresh.map((cell) => cell.logicalCalls)) >= missing / 2
    ? 'as many calls are made under names that are new'
    : null;
}
