/** The ordinary mapping: objects that protobufjs decoded to rows for JSONEachRow, in the exporter's columns. */

/** What protobufjs makes of a 64-bit integer; its text is decimal. */
interface Long {
  toString(): string;
}

interface AnyValue {
  readonly value?: keyof AnyValue;
  readonly stringValue?: string;
  readonly boolValue?: boolean;
  readonly intValue?: Long;
  readonly doubleValue?: number;
  readonly arrayValue?: { readonly values: readonly AnyValue[] };
  readonly kvlistValue?: { readonly values: readonly KeyValue[] };
  readonly bytesValue?: Buffer;
}

interface KeyValue {
  readonly key: string;
  readonly value: AnyValue;
}

interface Attributed {
  readonly attributes: readonly KeyValue[];
}

interface Event extends Attributed {
  readonly timeUnixNano: Long;
  readonly name: string;
}

interface Link extends Attributed {
  readonly traceId: Buffer;
  readonly spanId: Buffer;
  readonly traceState: string;
}

interface Span extends Link {
  readonly parentSpanId: Buffer;
  readonly name: string;
  readonly kind: number;
  readonly startTimeUnixNano: Long;
  readonly endTimeUnixNano: Long;
  readonly events: readonly Event[];
  readonly links: readonly Link[];
  readonly status: { readonly message: string; readonly code: number } | null;
}

export interface TracesRequest {
  readonly resourceSpans: readonly {
    readonly resource: Attributed;
    readonly scopeSpans: readonly {
      readonly scope: { readonly name: string; readonly version: string };
      readonly spans: readonly Span[];
    }[];
  }[];
}

const KINDS = ['Unspecified', 'Internal', 'Server', 'Client', 'Producer', 'Consumer'];
const STATUSES = ['Unset', 'Ok', 'Error'];

export function rowsOf(request: TracesRequest): object[] {
  const rows: object[] = [];
  for (const { resource, scopeSpans } of request.resourceSpans) {
    const resourceAttributes = mapOf(resource);
    for (const { scope, spans } of scopeSpans) {
      const origin = {
        ServiceName: resourceAttributes['service.name'] ?? '',
        ResourceAttributes: resourceAttributes,
        ScopeName: scope.name,
        ScopeVersion: scope.version,
      };
      for (const span of spans) rows.push({ ...origin, ...spanColumns(span) });
    }
  }
  return rows;
}

function spanColumns(span: Span): object {
  const { events, links } = span;
  return {
    Timestamp: secondsOf(span.startTimeUnixNano),
    TraceId: span.traceId.toString('hex'),
    SpanId: span.spanId.toString('hex'),
    ParentSpanId: span.parentSpanId.toString('hex'),
    TraceState: span.traceState,
    SpanName: span.name,
    SpanKind: KINDS[span.kind],
    SpanAttributes: mapOf(span),
    Duration: String(BigInt(span.endTimeUnixNano.toString()) - BigInt(span.startTimeUnixNano.toString())),
    StatusCode: STATUSES[span.status?.code ?? 0],
    StatusMessage: span.status?.message ?? '',
    'Events.Timestamp': events.map((event) => secondsOf(event.timeUnixNano)),
    'Events.Name': events.map((event) => event.name),
    'Events.Attributes': events.map(mapOf),
    'Links.TraceId': links.map((link) => link.traceId.toString('hex')),
    'Links.SpanId': links.map((link) => link.spanId.toString('hex')),
    'Links.TraceState': links.map((link) => link.traceState),
    'Links.Attributes': links.map(mapOf),
  };
}

/** Nanoseconds as a decimal number of seconds. */
function secondsOf(ns: Long): string {
  const digits = ns.toString().padStart(10, '0');
  return `${digits.slice(0, -9)}.${digits.slice(-9)}`;
}

function mapOf({ attributes }: Attributed): Record<string, string> {
  const map: Record<string, string> = {};
  for (const { key, value } of attributes) map[key] = textOf(value);
  return map;
}

function textOf(value: AnyValue): string {
  if (value.intValue !== undefined && value.value === 'intValue') return value.intValue.toString();
  const plain = plainOf(value);
  return typeof plain === 'string' ? plain : JSON.stringify(plain);
}

function plainOf(any: AnyValue): unknown {
  switch (any.value) {
    case 'intValue':
      return Number(any.intValue);
    case 'arrayValue':
      return any.arrayValue?.values.map(plainOf);
    case 'kvlistValue':
      return Object.fromEntries(any.kvlistValue?.values.map(({ key, value }) => [key, plainOf(value)]) ?? []);
    case 'bytesValue':
      return any.bytesValue?.toString('base64');
    default:
      return any.value === undefined ? '' : any[any.value];
  }
}
