/** Builds OTLP/JSON requests for tests: resources with spans or metrics, in the field names of the protocol. */

export type AttributeInput =
  | string
  | number
  | boolean
  | readonly AttributeInput[]
  | { readonly [key: string]: AttributeInput };

export interface SpanInput {
  readonly traceId: string;
  readonly spanId: string;
  readonly parentSpanId?: string;
  readonly name: string;
  /** SERVER when absent. */
  readonly kind?: keyof typeof KINDS;
  /** Milliseconds since the Unix epoch; fractions become nanoseconds. */
  readonly startMs: number;
  readonly durationMs: number;
  readonly attributes?: { readonly [key: string]: AttributeInput };
  /** Message of an error status; the status is unset when absent. */
  readonly error?: string;
}

export interface ResourceInput<Item> {
  readonly service: string;
  readonly attributes?: { readonly [key: string]: AttributeInput };
  readonly scope?: { readonly name: string; readonly version?: string };
  readonly items: readonly Item[];
}

const KINDS = { UNSPECIFIED: 0, INTERNAL: 1, SERVER: 2, CLIENT: 3, PRODUCER: 4, CONSUMER: 5 } as const;

/** An `ExportTraceServiceRequest` as a plain object: `JSON.stringify` it to send it. */
export function tracesRequest(resources: readonly ResourceInput<SpanInput>[]) {
  return {
    resourceSpans: resources.map((input) => ({
      resource: resource(input),
      scopeSpans: [{ scope: input.scope ?? { name: 'test' }, spans: input.items.map(span) }],
    })),
  };
}

/** An `ExportMetricsServiceRequest`; the items are metrics in the field names of OTLP/JSON. */
export function metricsRequest(resources: readonly ResourceInput<object>[]) {
  return {
    resourceMetrics: resources.map((input) => ({
      resource: resource(input),
      scopeMetrics: [{ scope: input.scope ?? { name: 'test' }, metrics: input.items }],
    })),
  };
}

/** Key-value list of OTLP/JSON; whole numbers become `intValue`, others `doubleValue`. */
export function attributes(values: { readonly [key: string]: AttributeInput }): object[] {
  return Object.entries(values).map(([key, value]) => ({ key, value: anyValue(value) }));
}

/** Nanoseconds since the Unix epoch as OTLP/JSON writes them; `ms` to the microsecond. */
function unixNano(ms: number): string {
  const wholeMs = Math.floor(ms);
  return String(BigInt(wholeMs) * 1_000_000n + BigInt(Math.round((ms - wholeMs) * 1e3)) * 1_000n);
}

/** Ids of the given length made of a counter: `traceId(7)` is 31 zeros and a 7. */
export const traceId = (n: number): string => n.toString(16).padStart(32, '0');
export const spanId = (n: number): string => n.toString(16).padStart(16, '0');

/** Sends one request as OTLP/JSON and returns the response, whose body is still to be read. */
export function postJson(url: string, body: object): Promise<Response> {
  return fetch(url, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify(body),
  });
}

function resource(input: ResourceInput<unknown>) {
  return { attributes: attributes({ 'service.name': input.service, ...input.attributes }) };
}

function span(input: SpanInput): object {
  return {
    traceId: input.traceId,
    spanId: input.spanId,
    ...(input.parentSpanId === undefined ? {} : { parentSpanId: input.parentSpanId }),
    name: input.name,
    kind: KINDS[input.kind ?? 'SERVER'],
    startTimeUnixNano: unixNano(input.startMs),
    endTimeUnixNano: unixNano(input.startMs + input.durationMs),
    attributes: attributes(input.attributes ?? {}),
    status: input.error === undefined ? {} : { code: 2, message: input.error },
  };
}

function anyValue(value: AttributeInput): object {
  if (typeof value === 'string') return { stringValue: value };
  if (typeof value === 'boolean') return { boolValue: value };
  if (typeof value === 'number')
    return Number.isSafeInteger(value) ? { intValue: String(value) } : { doubleValue: value };
  if (Array.isArray(value)) return { arrayValue: { values: value.map(anyValue) } };
  return { kvlistValue: { values: attributes(value as { readonly [key: string]: AttributeInput }) } };
}
