/** The calls that hold a part of a request: what they do at this hour anyway, and whether they show what the part shows. */

import type { Cell } from '../../model.ts';
import { byEndpoint } from '../input/endpoints.ts';
import { edgeOf } from '../input/graph.ts';
import { countOf, totalNs } from '../statistics/histogram.ts';
import type { CallBook } from './call-book.ts';

/** Half of a change decides: what shows less than that of it does not confirm it. */
const MOST = 0.5;

interface Sides<T> {
  readonly before: T;
  readonly after: T;
}

/** Mean duration, nanoseconds; 0 without calls. */
export function perCall(cells: readonly Cell[]): number {
  const calls = cells.reduce((sum, { durations }) => sum + countOf(durations), 0);
  return calls > 0 ? cells.reduce((sum, { durations }) => sum + totalNs(durations), 0) / calls : 0;
}

/** Between the ends of an edge, or answered by a service. */
export function holdingCalls(unit: string, book: CallBook): readonly Cell[] {
  const edge = edgeOf(unit);
  return edge === null ? book.of(unit).filter(isServed) : book.between(edge.caller, edge.callee);
}

/** Id of the endpoint that most of the calls are of; null without calls. */
export function mainEndpoint(cells: readonly Cell[]): string | null {
  const sizes = [...byEndpoint(cells)].map(([id, own]) => ({
    id,
    calls: own.reduce((sum, { calls }) => sum + calls, 0),
  }));
  sizes.sort((one, other) => other.calls - one.calls || (one.id < other.id ? -1 : 1));
  return sizes[0]?.id ?? null;
}

/**
 * Asked where fewer spans than before lie below the part, because what is not seen there counts as time of the part. Null when
 * the calls that hold the part got slower too, by half as much at least; otherwise why the part may only seem to.
 */
export function seenFromOutside(unit: string, books: Sides<CallBook>, part: Sides<number>): string | null {
  const risen = part.after - part.before;
  if (risen <= 0) return null;
  const [before, after] = [books.before, books.after].map((book) => perCall(holdingCalls(unit, book)));
  if ((after ?? 0) - (before ?? 0) >= MOST * risen) return null;
  return `the calls that hold this time did not get slower as much: spans may be missing below ${unit}`;
}

const isServed = ({ kind }: Cell): boolean => kind === 'SERVER' || kind === 'CONSUMER';
