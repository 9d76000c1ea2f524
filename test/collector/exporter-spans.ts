/** Spans as the SDK for JavaScript hands them to an exporter, of every value that a span can carry, and the rows that they must become. */

import { createTraceState, SpanKind, SpanStatusCode, TraceFlags } from '@opentelemetry/api';
import { resourceFromAttributes } from '@opentelemetry/resources';
import type { Combination } from '../support/combinations.ts';
import type { Row } from '../support/native.ts';
import { spanId, traceId } from '../support/otlp.ts';
import type { ReadableSpan } from './exporter-ways.ts';

type Attributes = ReadableSpan['attributes'];
type Texts = Readonly<Record<string, string>>;

/** Attributes as they are set, and as they are stored: every type of AnyValue, alone and within others. */
export const ATTRIBUTES: readonly (readonly [set: Attributes, stored: Texts])[] = [
  [{}, {}],
  [
    { text: 'GET "/π"\n', empty: '' },
    { text: 'GET "/π"\n', empty: '' },
  ],
  [
    { int: 42, negative: -7, zero: 0, large: Number.MAX_SAFE_INTEGER },
    { int: '42', negative: '-7', zero: '0', large: '9007199254740991' },
  ],
  [
    { double: 0.1, tiny: 1e-7, huge: 1e21 },
    { double: '0.1', tiny: '1e-7', huge: '1e+21' },
  ],
  [
    { yes: true, no: false },
    { yes: 'true', no: 'false' },
  ],
  [
    { bytes: Uint8Array.of(0, 255, 16), none: new Uint8Array() },
    { bytes: 'AP8Q', none: '' },
  ],
  [
    { list: ['a', 'b<c'], mixed: [1, 2.5], flags: [true, false], none: [] },
    { list: '["a","b\\u003cc"]', mixed: '[1,2.5]', flags: '[true,false]', none: '[]' },
  ],
  [{ map: { b: 1, a: { c: true } } }, { map: '{"a":{"c":true},"b":1}' }],
  [
    { nested: { list: [{ deep: [1, ['x', null]] }], bytes: Uint8Array.of(1) }, lists: [[], [[2]]] },
    { nested: '{"bytes":"AQ==","list":[{"deep":[1,["x",null]]}]}', lists: '[[],[[2]]]' },
  ],
  [{ nothing: null }, { nothing: '' }],
];

export const SPAN_DIMENSIONS = {
  kind: [
    [SpanKind.INTERNAL, 'Internal'],
    [SpanKind.SERVER, 'Server'],
    [SpanKind.CLIENT, 'Client'],
    [SpanKind.PRODUCER, 'Producer'],
    [SpanKind.CONSUMER, 'Consumer'],
  ],
  parent: [undefined, '00f067aa0ba902b7'],
  traceState: [undefined, 'congo=t61rcWkgMzE', 'rojo=00f067aa0ba902b7,congo=t61rcWkgMzE'],
  attributes: ATTRIBUTES,
  events: [0, 1, 2],
  links: [0, 1, 2],
  status: [
    [{ code: SpanStatusCode.UNSET }, 'Unset', ''],
    [{ code: SpanStatusCode.OK }, 'Ok', ''],
    [{ code: SpanStatusCode.ERROR, message: 'no route' }, 'Error', 'no route'],
  ],
} as const;

type SpanCase = Combination<typeof SPAN_DIMENSIONS>;

const START_S = 1_700_000_000;
export const RESOURCE = resourceFromAttributes({ 'service.name': 'checkout', 'service.version': '1.4.0', replicas: 3 });
const SCOPE = { name: 'orders', version: '0.9' };
export const ORIGIN_ROW: Row = {
  ServiceName: 'checkout',
  ResourceAttributes: { 'service.name': 'checkout', 'service.version': '1.4.0', replicas: '3' },
  ScopeName: 'orders',
  ScopeVersion: '0.9',
};

/** The lists that a span without events and links has in the store. */
export const EMPTY_LISTS: Row = {
  'Events.Timestamp': [],
  'Events.Name': [],
  'Events.Attributes': [],
  'Links.TraceId': [],
  'Links.SpanId': [],
  'Links.TraceState': [],
  'Links.Attributes': [],
};

/** The n-th span; `n` from 1, below a thousand million. */
export function readableSpan(n: number, { kind, parent, traceState, attributes, ...rest }: SpanCase): ReadableSpan {
  const { events, links, status } = rest;
  const [set] = attributes;
  const context = (id: number) => ({
    traceId: traceId(id),
    spanId: spanId(id),
    traceFlags: TraceFlags.SAMPLED,
    ...(traceState === undefined ? {} : { traceState: createTraceState(traceState) }),
  });
  return {
    name: `operation ${n}`,
    kind: kind[0],
    spanContext: () => context(n),
    ...(parent === undefined ? {} : { parentSpanContext: { ...context(n), spanId: parent } }),
    startTime: [START_S, n],
    endTime: [START_S + 2, n + 7],
    duration: [2, 7],
    status: status[0],
    attributes: set,
    events: times(events, (i) => ({ time: [START_S + 1, i], name: `event ${i}`, attributes: { ...set, i } })),
    links: times(links, (i) => ({ context: context(1000 + i), attributes: { ...set, why: `link ${i}` } })),
    ended: true,
    resource: RESOURCE,
    instrumentationScope: SCOPE,
    droppedAttributesCount: 0,
    droppedEventsCount: 0,
    droppedLinksCount: 0,
  };
}

/** What it must become, without lists that are empty. */
export function spanRow(n: number, { kind, parent, traceState, attributes, events, links, status }: SpanCase): Row {
  const [, stored] = attributes;
  return {
    ...ORIGIN_ROW,
    Timestamp: `${START_S}.${String(n).padStart(9, '0')}`,
    TraceId: traceId(n),
    SpanId: spanId(n),
    ParentSpanId: parent ?? '',
    TraceState: traceState ?? '',
    SpanName: `operation ${n}`,
    SpanKind: kind[1],
    SpanAttributes: stored,
    Duration: 2_000_000_007,
    StatusCode: status[1],
    StatusMessage: status[2],
    ...storedEvents(events, stored),
    ...storedLinks(links, traceState ?? '', stored),
  };
}

function storedEvents(count: number, stored: Texts): Row {
  if (count === 0) return {};
  return {
    'Events.Timestamp': times(count, (i) => `${START_S + 1}.00000000${i}`),
    'Events.Name': times(count, (i) => `event ${i}`),
    'Events.Attributes': times(count, (i) => ({ ...stored, i: String(i) })),
  };
}

function storedLinks(count: number, traceState: string, stored: Texts): Row {
  if (count === 0) return {};
  return {
    'Links.TraceId': times(count, (i) => traceId(1000 + i)),
    'Links.SpanId': times(count, (i) => spanId(1000 + i)),
    'Links.TraceState': times(count, () => traceState),
    'Links.Attributes': times(count, (i) => ({ ...stored, why: `link ${i}` })),
  };
}

const times = <T>(count: number, make: (i: number) => T): T[] => Array.from({ length: count }, (_, i) => make(i));
