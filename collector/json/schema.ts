/** The messages of OTLP: their fields by JSON name, with number and type (opentelemetry-proto 1.x, *.proto). */

export type Scalar =
  | 'string'
  | 'bytes'
  /** Hex in JSON, bytes in protobuf. */
  | 'id'
  | 'bool'
  /** int32, uint32 and enumerations, which OTLP/JSON writes as numbers only. */
  | 'int32'
  | 'sint32'
  /** Of any size: the JavaScript exporter writes every whole double as `intValue`, beyond 2^63 too. */
  | 'int64'
  | 'uint64'
  | 'fixed64'
  | 'sfixed64'
  | 'double';

export interface Field {
  readonly name: string;
  readonly nameBytes: Uint8Array;
  readonly number: number;
  /** A scalar, or the message that it is; a function, because attribute values hold attribute values. */
  readonly type: Scalar | (() => Message);
  readonly isRepeated: boolean;
}

export type Message = ReadonlyMap<string, Field>;

type Entry = readonly [number: number, type: Field['type'], repeated?: 'repeated'];

function message(entries: Readonly<Record<string, Entry>>): Message {
  const fields = Object.entries(entries).map(
    ([name, [number, type, repeated]]): Field => ({
      name,
      nameBytes: Buffer.from(name),
      number,
      type,
      isRepeated: repeated === 'repeated',
    }),
  );
  return new Map(fields.map((field) => [field.name, field]));
}

const ARRAY_VALUE = message({ values: [1, () => ANY_VALUE, 'repeated'] });
const KEY_VALUE_LIST = message({ values: [1, () => KEY_VALUE, 'repeated'] });
const ANY_VALUE: Message = message({
  stringValue: [1, 'string'],
  boolValue: [2, 'bool'],
  intValue: [3, 'int64'],
  doubleValue: [4, 'double'],
  arrayValue: [5, () => ARRAY_VALUE],
  kvlistValue: [6, () => KEY_VALUE_LIST],
  bytesValue: [7, 'bytes'],
});
const KEY_VALUE: Message = message({ key: [1, 'string'], value: [2, () => ANY_VALUE] });
const ATTRIBUTES = (number: number): Entry => [number, () => KEY_VALUE, 'repeated'];

const RESOURCE = message({ attributes: ATTRIBUTES(1) });
const SCOPE = message({
  name: [1, 'string'],
  version: [2, 'string'],
  attributes: ATTRIBUTES(3),
  droppedAttributesCount: [4, 'int32'],
});

const EVENT = message({ timeUnixNano: [1, 'fixed64'], name: [2, 'string'], attributes: ATTRIBUTES(3) });
const LINK = message({ traceId: [1, 'id'], spanId: [2, 'id'], traceState: [3, 'string'], attributes: ATTRIBUTES(4) });
const STATUS = message({ message: [2, 'string'], code: [3, 'int32'] });
const SPAN = message({
  traceId: [1, 'id'],
  spanId: [2, 'id'],
  traceState: [3, 'string'],
  parentSpanId: [4, 'id'],
  name: [5, 'string'],
  kind: [6, 'int32'],
  startTimeUnixNano: [7, 'fixed64'],
  endTimeUnixNano: [8, 'fixed64'],
  attributes: ATTRIBUTES(9),
  events: [11, () => EVENT, 'repeated'],
  links: [13, () => LINK, 'repeated'],
  status: [15, () => STATUS],
});

const EXEMPLAR = message({
  timeUnixNano: [2, 'fixed64'],
  asDouble: [3, 'double'],
  spanId: [4, 'id'],
  traceId: [5, 'id'],
  asInt: [6, 'sfixed64'],
  filteredAttributes: ATTRIBUTES(7),
});
const TIMES = { startTimeUnixNano: [2, 'fixed64'], timeUnixNano: [3, 'fixed64'] } as const;
const COUNT_AND_SUM = { ...TIMES, count: [4, 'fixed64'], sum: [5, 'double'] } as const;
const EXEMPLARS = (number: number): Entry => [number, () => EXEMPLAR, 'repeated'];
const NUMBER_POINT = message({
  ...TIMES,
  asDouble: [4, 'double'],
  exemplars: EXEMPLARS(5),
  asInt: [6, 'sfixed64'],
  attributes: ATTRIBUTES(7),
  flags: [8, 'int32'],
});
const HISTOGRAM_POINT = message({
  ...COUNT_AND_SUM,
  bucketCounts: [6, 'fixed64', 'repeated'],
  explicitBounds: [7, 'double', 'repeated'],
  exemplars: EXEMPLARS(8),
  attributes: ATTRIBUTES(9),
  flags: [10, 'int32'],
  min: [11, 'double'],
  max: [12, 'double'],
});
const BUCKETS = message({ offset: [1, 'sint32'], bucketCounts: [2, 'uint64', 'repeated'] });
const EXPONENTIAL_POINT = message({
  ...COUNT_AND_SUM,
  attributes: ATTRIBUTES(1),
  scale: [6, 'sint32'],
  zeroCount: [7, 'fixed64'],
  positive: [8, () => BUCKETS],
  negative: [9, () => BUCKETS],
  flags: [10, 'int32'],
  exemplars: EXEMPLARS(11),
  min: [12, 'double'],
  max: [13, 'double'],
});
const QUANTILE = message({ quantile: [1, 'double'], value: [2, 'double'] });
const SUMMARY_POINT = message({
  ...COUNT_AND_SUM,
  quantileValues: [6, () => QUANTILE, 'repeated'],
  attributes: ATTRIBUTES(7),
  flags: [8, 'int32'],
});

const data = (point: Message): Message =>
  message({
    dataPoints: [1, () => point, 'repeated'],
    aggregationTemporality: [2, 'int32'],
    isMonotonic: [3, 'bool'],
  });
const GAUGE = message({ dataPoints: [1, () => NUMBER_POINT, 'repeated'] });
const SUM = data(NUMBER_POINT);
const HISTOGRAM = data(HISTOGRAM_POINT);
const EXPONENTIAL_HISTOGRAM = data(EXPONENTIAL_POINT);
const SUMMARY = message({ dataPoints: [1, () => SUMMARY_POINT, 'repeated'] });
const METRIC = message({
  name: [1, 'string'],
  description: [2, 'string'],
  unit: [3, 'string'],
  gauge: [5, () => GAUGE],
  sum: [7, () => SUM],
  histogram: [9, () => HISTOGRAM],
  exponentialHistogram: [10, () => EXPONENTIAL_HISTOGRAM],
  summary: [11, () => SUMMARY],
});

const envelopes = new Set<Message>();

function envelope(entries: Readonly<Record<string, Entry>>): Message {
  const made = message(entries);
  envelopes.add(made);
  return made;
}

function request(resources: string, scopes: string, items: string, item: Message): Message {
  const scopeEnvelope = envelope({
    scope: [1, () => SCOPE],
    [items]: [2, () => item, 'repeated'],
    schemaUrl: [3, 'string'],
  });
  const resourceEnvelope = envelope({
    resource: [1, () => RESOURCE],
    [scopes]: [2, () => scopeEnvelope, 'repeated'],
    schemaUrl: [3, 'string'],
  });
  return envelope({ [resources]: [1, () => resourceEnvelope, 'repeated'] });
}

/** ExportTraceServiceRequest and ExportMetricsServiceRequest. */
export const REQUESTS = {
  traces: request('resourceSpans', 'scopeSpans', 'spans', SPAN),
  metrics: request('resourceMetrics', 'scopeMetrics', 'metrics', METRIC),
} as const;

/** The messages around spans and metrics. */
export const ENVELOPES: ReadonlySet<Message> = envelopes;
