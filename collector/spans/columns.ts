/** The columns of otel_traces, in the order and with the types of the OpenTelemetry Collector's ClickHouse exporter; then Hinge's own. */

import { LowCardinalityColumn } from '../columns/low-cardinality.ts';
import { ArrayColumn, MapColumn, Offsets } from '../columns/nested.ts';
import { Fixed64Column, UInt8Column, UInt16Column } from '../columns/numbers.ts';
import { StringColumn } from '../columns/strings.ts';
import type { Tally } from '../tally.ts';
import { createOriginColumns } from '../wire/origin.ts';

export type SpanColumns = ReturnType<typeof createSpanColumns>;

export function createSpanColumns(tally: Tally) {
  const text = () => new StringColumn(tally);
  const coded = () => new LowCardinalityColumn(tally);
  const { census } = tally;
  const attributes = () => new MapColumn(new LowCardinalityColumn(tally, (key) => census.admitsKey(key)), text());
  const events = new Offsets();
  const links = new Offsets();
  return {
    Timestamp: new Fixed64Column('DateTime64(9)'),
    TraceId: text(),
    SpanId: text(),
    ParentSpanId: text(),
    TraceState: text(),
    SpanName: new LowCardinalityColumn(tally, (name) => census.admitsName(name)),
    SpanKind: coded(),
    ...createOriginColumns(tally),
    SpanAttributes: attributes(),
    Duration: new Fixed64Column('UInt64'),
    StatusCode: coded(),
    StatusMessage: text(),
    'Events.Timestamp': new ArrayColumn(new Fixed64Column('DateTime64(9)'), events),
    'Events.Name': new ArrayColumn(coded(), events),
    'Events.Attributes': new ArrayColumn(attributes(), events),
    'Links.TraceId': new ArrayColumn(text(), links),
    'Links.SpanId': new ArrayColumn(text(), links),
    'Links.TraceState': new ArrayColumn(text(), links),
    'Links.Attributes': new ArrayColumn(attributes(), links),
    ...createFactColumns(tally),
  } as const;
}

/** Hidden beside the exporter's (store/facts.ts). They are put together from texts that were cut already. */
function createFactColumns(tally: Tally) {
  const whole = { ...tally, maxValueBytes: Number.POSITIVE_INFINITY };
  return {
    HingeEndpoint: new LowCardinalityColumn(whole),
    HingePeer: new LowCardinalityColumn(whole),
    HingeBuild: new LowCardinalityColumn(whole),
    HingeInstance: new LowCardinalityColumn(whole),
    HingeTarget: new UInt16Column(),
    HingeMarks: new UInt8Column(),
  } as const;
}
