/** What the readers of protobuf and JSON make of telemetry: plain objects, names after the OpenTelemetry protocol. */

/** `null` is a value that was sent without content; whole numbers beyond 2^53 are bigint. */
export type AnyValue = string | number | bigint | boolean | null | Uint8Array | readonly AnyValue[] | KeyValueList;

interface KeyValueList {
  readonly keyValues: readonly Attribute[];
}

export interface Attribute {
  key: string;
  value: AnyValue;
}

export interface Resource {
  attributes: Attribute[];
  schemaUrl: string;
}

export interface Scope {
  name: string;
  version: string;
  attributes: Attribute[];
  droppedAttributes: number;
  schemaUrl: string;
}

/** Where an item came from. */
export interface Origin {
  readonly resource: Resource;
  readonly scope: Scope;
}

/** Ids are lower-case hex of whatever length was sent; times are nanoseconds since the Unix epoch. */
export interface Span {
  traceId: string;
  spanId: string;
  parentSpanId: string;
  traceState: string;
  name: string;
  kind: number;
  startNs: bigint;
  endNs: bigint;
  attributes: Attribute[];
  events: SpanEvent[];
  links: SpanLink[];
  status: { code: number; message: string };
}

export interface SpanEvent {
  timeNs: bigint;
  name: string;
  attributes: Attribute[];
}

export interface SpanLink {
  traceId: string;
  spanId: string;
  traceState: string;
  attributes: Attribute[];
}

/** What the points of one metric have in common. `temporality`: 0 unspecified, 1 delta, 2 cumulative. */
export interface Metric {
  name: string;
  description: string;
  unit: string;
  temporality: number;
  monotonic: boolean;
}

interface Point {
  attributes: Attribute[];
  startNs: bigint;
  timeNs: bigint;
  flags: number;
}

export interface NumberPoint extends Point {
  value: number;
  exemplars: Exemplar[];
}

interface Distribution extends Point {
  count: bigint;
  sum: number;
  min: number;
  max: number;
  exemplars: Exemplar[];
}

export interface HistogramPoint extends Distribution {
  bucketCounts: bigint[];
  explicitBounds: number[];
}

export interface ExponentialHistogramPoint extends Distribution {
  scale: number;
  zeroCount: bigint;
  positive: Buckets;
  negative: Buckets;
}

export interface Buckets {
  offset: number;
  counts: bigint[];
}

export interface SummaryPoint extends Point {
  count: bigint;
  sum: number;
  quantiles: { quantile: number; value: number }[];
}

export interface Exemplar {
  timeNs: bigint;
  value: number;
  traceId: string;
  spanId: string;
  attributes: Attribute[];
}

/** A data point with the kind of metric that it belongs to. */
export type MetricPoint =
  | { readonly kind: 'gauge' | 'sum'; readonly point: NumberPoint }
  | { readonly kind: 'histogram'; readonly point: HistogramPoint }
  | { readonly kind: 'exponential_histogram'; readonly point: ExponentialHistogramPoint }
  | { readonly kind: 'summary'; readonly point: SummaryPoint };

export type SpanVisitor = (origin: Origin, span: Span) => void;
export type PointVisitor = (origin: Origin, metric: Metric, point: MetricPoint) => void;

// Every record starts from its defaults: proto3 leaves a field out when it holds its default, and so does OTLP/JSON.

export const newResource = (): Resource => ({ attributes: [], schemaUrl: '' });

export const newScope = (): Scope => ({ name: '', version: '', attributes: [], droppedAttributes: 0, schemaUrl: '' });

export const newSpan = (): Span => ({
  traceId: '',
  spanId: '',
  parentSpanId: '',
  traceState: '',
  name: '',
  kind: 0,
  startNs: 0n,
  endNs: 0n,
  attributes: [],
  events: [],
  links: [],
  status: { code: 0, message: '' },
});

export const newMetric = (): Metric => ({ name: '', description: '', unit: '', temporality: 0, monotonic: false });

const newPoint = (): Point => ({ attributes: [], startNs: 0n, timeNs: 0n, flags: 0 });

export const newNumberPoint = (): NumberPoint => ({ ...newPoint(), value: 0, exemplars: [] });

const newDistribution = (): Distribution => ({ ...newPoint(), count: 0n, sum: 0, min: 0, max: 0, exemplars: [] });

export const newHistogramPoint = (): HistogramPoint => ({
  ...newDistribution(),
  bucketCounts: [],
  explicitBounds: [],
});

export const newExponentialHistogramPoint = (): ExponentialHistogramPoint => ({
  ...newDistribution(),
  scale: 0,
  zeroCount: 0n,
  positive: { offset: 0, counts: [] },
  negative: { offset: 0, counts: [] },
});

export const newSummaryPoint = (): SummaryPoint => ({ ...newPoint(), count: 0n, sum: 0, quantiles: [] });

export const newExemplar = (): Exemplar => ({ timeNs: 0n, value: 0, traceId: '', spanId: '', attributes: [] });
