/** Reads spans one by one and writes each into the rows of its day. */

import type { Request } from '../request.ts';
import type { RowsSource } from '../rows.ts';
import type { ReadItem } from '../wire/envelopes.ts';
import type { Wire } from '../wire/wire.ts';
import { SpanFields } from './fields.ts';
import type { SpanRows } from './rows.ts';

export function createSpanReader(wire: Wire, request: Request, source: RowsSource): ReadItem {
  const span = new SpanFields();
  let rows: SpanRows | undefined;
  const rowsOfDay = (): SpanRows | undefined => {
    if (rows?.block.holds(span.start.low, span.start.high)) return rows;
    const day = request.dayOf(span.start);
    if (day === undefined) return undefined;
    rows = source.spans(day);
    request.touch(rows.block);
    return rows;
  };
  return (origin, start, end) => {
    request.admit();
    span.read(wire, start, end);
    const fault = span.fault(wire);
    if (fault !== undefined) {
      request.reject(fault);
      return;
    }
    const target = rowsOfDay();
    if (target === undefined) return;
    target.append(wire, origin, span);
    request.accepted++;
  };
}
