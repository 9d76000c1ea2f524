/** The columns of exemplars, the same in every table that has them. */

import { LowCardinalityColumn } from '../columns/low-cardinality.ts';
import { ArrayColumn, MapColumn, Offsets } from '../columns/nested.ts';
import { Fixed64Column } from '../columns/numbers.ts';
import { StringColumn } from '../columns/strings.ts';
import type { Tally } from '../tally.ts';
import { appendAttributes } from '../wire/any-value.ts';
import { isSpanId, isTraceId } from '../wire/ids.ts';
import { appendTime } from '../wire/times.ts';
import { Fixed64, fields, Ranges, Slice, type Wire } from '../wire/wire.ts';

const EXEMPLAR = fields(2, 3, 4, 5, 6, 7);
/** An exemplar without a span has ids of zeros, as the Collector's exporter writes them. */
const NO_TRACE_ID = '0'.repeat(32);
const NO_SPAN_ID = '0'.repeat(16);

export type ExemplarColumns = ReturnType<typeof createExemplarColumns>;

export function createExemplarColumns(tally: Tally) {
  const offsets = new Offsets();
  const attributes = new MapColumn(
    new LowCardinalityColumn(tally, (key) => tally.census.admitsKey(key)),
    new StringColumn(tally),
  );
  return {
    'Exemplars.FilteredAttributes': new ArrayColumn(attributes, offsets),
    'Exemplars.TimeUnix': new ArrayColumn(new Fixed64Column('DateTime64(9)'), offsets),
    'Exemplars.Value': new ArrayColumn(new Fixed64Column('Float64'), offsets),
    'Exemplars.SpanId': new ArrayColumn(new StringColumn(tally), offsets),
    'Exemplars.TraceId': new ArrayColumn(new StringColumn(tally), offsets),
  };
}

// Used again for every exemplar.
const time = new Fixed64();
const spanId = new Slice();
const traceId = new Slice();
const attributes = new Ranges();

/** Appends one row. */
export function appendExemplars(columns: ExemplarColumns, wire: Wire, exemplars: Ranges, tally: Tally): void {
  for (let i = 0; i < exemplars.count; i++) {
    appendExemplar(columns, wire, exemplars.start(i), exemplars.end(i), tally);
  }
  columns['Exemplars.Value'].endRow(exemplars.count);
}

function appendExemplar(columns: ExemplarColumns, wire: Wire, start: number, end: number, tally: Tally): void {
  const value = readExemplar(wire, start, end);
  appendTime(columns['Exemplars.TimeUnix'].inner, time);
  columns['Exemplars.Value'].inner.appendDouble(value);
  if (isSpanId(wire, spanId)) columns['Exemplars.SpanId'].inner.appendHex(wire.view, spanId.start, spanId.end);
  else columns['Exemplars.SpanId'].inner.appendText(NO_SPAN_ID);
  if (isTraceId(wire, traceId)) columns['Exemplars.TraceId'].inner.appendHex(wire.view, traceId.start, traceId.end);
  else columns['Exemplars.TraceId'].inner.appendText(NO_TRACE_ID);
  appendAttributes(wire, attributes, columns['Exemplars.FilteredAttributes'].inner, tally);
}

/** Returns the value; a whole one becomes the nearest double, as in the Collector's exporter. */
function readExemplar(wire: Wire, start: number, end: number): number {
  let value = 0;
  time.clear();
  spanId.clear();
  traceId.clear();
  attributes.count = 0;
  wire.at = start;
  while (wire.at < end) {
    const tag = wire.tag();
    if (tag === 17) time.read(wire, end);
    else if (tag === 25) value = wire.doubleAt(wire.fixed64(end));
    else if (tag === 34) spanId.read(wire, end);
    else if (tag === 42) traceId.read(wire, end);
    else if (tag === 49) value = wire.sfixed64At(wire.fixed64(end));
    else if (tag === 58) wire.passAttribute(attributes, end);
    else wire.skip(tag, EXEMPLAR, end);
  }
  wire.close(end);
  return value;
}
