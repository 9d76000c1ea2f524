/** Encodes OTLP/JSON objects as protobuf by a table of the schema: the independent counterpart of the decoder under test. */

type Scalar =
  | 'string'
  | 'bytes'
  | 'hex'
  | 'bool'
  | 'int64'
  | 'uint32'
  | 'enum'
  | 'sint32'
  | 'fixed32'
  | 'fixed64'
  | 'sfixed64'
  | 'double';
interface Field {
  readonly number: number;
  readonly type: Scalar | (() => Schema);
  readonly packed?: boolean;
}
type Schema = Readonly<Record<string, Field>>;

const one = (number: number, type: Field['type']): Field => ({ number, type });
const packed = (number: number, type: Field['type']): Field => ({ number, type, packed: true });

const ARRAY: Schema = { values: one(1, () => ANY_VALUE) };
const KV_LIST: Schema = { values: one(1, () => KEY_VALUE) };
const ANY_VALUE: Schema = {
  stringValue: one(1, 'string'),
  boolValue: one(2, 'bool'),
  intValue: one(3, 'int64'),
  doubleValue: one(4, 'double'),
  arrayValue: one(5, () => ARRAY),
  kvlistValue: one(6, () => KV_LIST),
  bytesValue: one(7, 'bytes'),
};
const KEY_VALUE: Schema = { key: one(1, 'string'), value: one(2, () => ANY_VALUE) };
const RESOURCE: Schema = { attributes: one(1, () => KEY_VALUE), droppedAttributesCount: one(2, 'uint32') };
const SCOPE: Schema = {
  name: one(1, 'string'),
  version: one(2, 'string'),
  attributes: one(3, () => KEY_VALUE),
  droppedAttributesCount: one(4, 'uint32'),
};
const EVENT: Schema = {
  timeUnixNano: one(1, 'fixed64'),
  name: one(2, 'string'),
  attributes: one(3, () => KEY_VALUE),
  droppedAttributesCount: one(4, 'uint32'),
};
const LINK: Schema = {
  traceId: one(1, 'hex'),
  spanId: one(2, 'hex'),
  traceState: one(3, 'string'),
  attributes: one(4, () => KEY_VALUE),
  flags: one(6, 'fixed32'),
};
const SPAN: Schema = {
  traceId: one(1, 'hex'),
  spanId: one(2, 'hex'),
  traceState: one(3, 'string'),
  parentSpanId: one(4, 'hex'),
  name: one(5, 'string'),
  kind: one(6, 'enum'),
  startTimeUnixNano: one(7, 'fixed64'),
  endTimeUnixNano: one(8, 'fixed64'),
  attributes: one(9, () => KEY_VALUE),
  droppedAttributesCount: one(10, 'uint32'),
  events: one(11, () => EVENT),
  links: one(13, () => LINK),
  status: one(15, () => ({ message: one(2, 'string'), code: one(3, 'enum') })),
  flags: one(16, 'fixed32'),
};
const EXEMPLAR: Schema = {
  timeUnixNano: one(2, 'fixed64'),
  asDouble: one(3, 'double'),
  spanId: one(4, 'hex'),
  traceId: one(5, 'hex'),
  asInt: one(6, 'sfixed64'),
  filteredAttributes: one(7, () => KEY_VALUE),
};
const NUMBER_POINT: Schema = {
  startTimeUnixNano: one(2, 'fixed64'),
  timeUnixNano: one(3, 'fixed64'),
  asDouble: one(4, 'double'),
  exemplars: one(5, () => EXEMPLAR),
  asInt: one(6, 'sfixed64'),
  attributes: one(7, () => KEY_VALUE),
  flags: one(8, 'uint32'),
};
const HISTOGRAM_POINT: Schema = {
  startTimeUnixNano: one(2, 'fixed64'),
  timeUnixNano: one(3, 'fixed64'),
  count: one(4, 'fixed64'),
  sum: one(5, 'double'),
  bucketCounts: packed(6, 'fixed64'),
  explicitBounds: packed(7, 'double'),
  exemplars: one(8, () => EXEMPLAR),
  attributes: one(9, () => KEY_VALUE),
  flags: one(10, 'uint32'),
  min: one(11, 'double'),
  max: one(12, 'double'),
};
const BUCKETS: Schema = { offset: one(1, 'sint32'), bucketCounts: packed(2, 'int64') };
const EXPONENTIAL_POINT: Schema = {
  attributes: one(1, () => KEY_VALUE),
  startTimeUnixNano: one(2, 'fixed64'),
  timeUnixNano: one(3, 'fixed64'),
  count: one(4, 'fixed64'),
  sum: one(5, 'double'),
  scale: one(6, 'sint32'),
  zeroCount: one(7, 'fixed64'),
  positive: one(8, () => BUCKETS),
  negative: one(9, () => BUCKETS),
  flags: one(10, 'uint32'),
  exemplars: one(11, () => EXEMPLAR),
  min: one(12, 'double'),
  max: one(13, 'double'),
};
const SUMMARY_POINT: Schema = {
  startTimeUnixNano: one(2, 'fixed64'),
  timeUnixNano: one(3, 'fixed64'),
  count: one(4, 'fixed64'),
  sum: one(5, 'double'),
  quantileValues: one(6, () => ({ quantile: one(1, 'double'), value: one(2, 'double') })),
  attributes: one(7, () => KEY_VALUE),
  flags: one(8, 'uint32'),
};
const points = (point: Schema): Schema => ({
  dataPoints: one(1, () => point),
  aggregationTemporality: one(2, 'enum'),
  isMonotonic: one(3, 'bool'),
});
const METRIC: Schema = {
  name: one(1, 'string'),
  description: one(2, 'string'),
  unit: one(3, 'string'),
  gauge: one(5, () => points(NUMBER_POINT)),
  sum: one(7, () => points(NUMBER_POINT)),
  histogram: one(9, () => points(HISTOGRAM_POINT)),
  exponentialHistogram: one(10, () => points(EXPONENTIAL_POINT)),
  summary: one(11, () => points(SUMMARY_POINT)),
};
const envelope = (scopes: string, items: string, item: Schema): Schema => ({
  resource: one(1, () => RESOURCE),
  [scopes]: one(2, () => ({ scope: one(1, () => SCOPE), [items]: one(2, () => item), schemaUrl: one(3, 'string') })),
  schemaUrl: one(3, 'string'),
});
const REQUEST: Schema = {
  resourceSpans: one(1, () => envelope('scopeSpans', 'spans', SPAN)),
  resourceMetrics: one(1, () => envelope('scopeMetrics', 'metrics', METRIC)),
};

/** The protobuf bytes of an OTLP/JSON request object (`resourceSpans` or `resourceMetrics`). */
export function encodeRequest(request: object): Uint8Array {
  return message(REQUEST, request);
}

/** One field with a length: its tag, the length, the bytes. For hand-made messages. */
export function lengthDelimited(number: number, bytes: Uint8Array): Uint8Array {
  return Buffer.concat([varint(BigInt(number * 8 + 2)), varint(BigInt(bytes.length)), bytes]);
}

function message(schema: Schema, value: object): Uint8Array {
  const parts: Uint8Array[] = [];
  for (const [name, content] of Object.entries(value)) {
    const field = schema[name];
    if (field === undefined) continue;
    if (field.packed)
      parts.push(lengthDelimited(field.number, Buffer.concat(list(content).map((v) => scalar(field, v)))));
    else for (const item of list(content)) parts.push(encodeField(field, item));
  }
  return Buffer.concat(parts);
}

const list = (value: unknown): unknown[] => (Array.isArray(value) ? value : [value]);

function encodeField(field: Field, value: unknown): Uint8Array {
  if (typeof field.type === 'function') return lengthDelimited(field.number, message(field.type(), value as object));
  const wire = WIRE_TYPES[field.type];
  const bytes = scalar(field, value);
  return wire === 2
    ? lengthDelimited(field.number, bytes)
    : Buffer.concat([varint(BigInt(field.number * 8 + wire)), bytes]);
}

const WIRE_TYPES: Record<Scalar, number> = {
  string: 2,
  bytes: 2,
  hex: 2,
  bool: 0,
  int64: 0,
  uint32: 0,
  enum: 0,
  sint32: 0,
  fixed32: 5,
  fixed64: 1,
  sfixed64: 1,
  double: 1,
};

function scalar(field: Field, value: unknown): Uint8Array {
  const text = String(value);
  switch (field.type) {
    case 'string':
      return Buffer.from(text);
    case 'bytes':
      return Buffer.from(text, 'base64');
    case 'hex':
      return Buffer.from(text, 'hex');
    case 'sint32':
      return varint(BigInt.asUintN(32, (BigInt(text) << 1n) ^ (BigInt(text) >> 31n)));
    case 'double':
      return fixed(8, (view) => view.setFloat64(0, Number(value), true));
    case 'fixed32':
      return fixed(4, (view) => view.setUint32(0, Number(value), true));
    case 'fixed64':
    case 'sfixed64':
      return fixed(8, (view) => view.setBigUint64(0, BigInt.asUintN(64, BigInt(text)), true));
    default:
      return varint(BigInt.asUintN(64, BigInt(typeof value === 'boolean' ? Number(value) : text)));
  }
}

function fixed(bytes: number, write: (view: DataView) => void): Uint8Array {
  const view = new DataView(new ArrayBuffer(bytes));
  write(view);
  return new Uint8Array(view.buffer);
}

function varint(value: bigint): Uint8Array {
  const bytes: number[] = [];
  let rest = value;
  while (rest > 127n) {
    bytes.push(Number(rest & 127n) | 128);
    rest >>= 7n;
  }
  return Uint8Array.of(...bytes, Number(rest));
}
