/** Telemetry as the generators make it, before it is written as protobuf or JSON. */

/** A number is an integer; `double` marks the others. */
export type Value = string | number | boolean | { readonly double: number } | readonly Value[];
export type Attributes = readonly (readonly [key: string, value: Value])[];

export interface EventData {
  /** Nanoseconds after the start of the request, as all times here; at most 2^53. */
  readonly timeNs: number;
  readonly name: string;
  readonly attributes: Attributes;
}

export interface LinkData {
  readonly traceId: Uint8Array;
  readonly spanId: Uint8Array;
  readonly attributes: Attributes;
}

export interface SpanData {
  /** 16 bytes. */
  readonly traceId: Uint8Array;
  /** 8 bytes. */
  readonly spanId: Uint8Array;
  /** 8 bytes; empty for a root. */
  readonly parentSpanId: Uint8Array;
  readonly name: string;
  /** As in OTLP: 2 server, 3 client. */
  readonly kind: 2 | 3;
  readonly startNs: number;
  readonly endNs: number;
  readonly attributes: Attributes;
  readonly events: readonly EventData[];
  readonly links: readonly LinkData[];
  /** The message of status ERROR; undefined: status UNSET. */
  readonly error: string | undefined;
}

/** One resource with one scope. */
export interface ResourceSpansData {
  readonly attributes: Attributes;
  readonly scope: { readonly name: string; readonly version: string };
  readonly schemaUrl: string;
  readonly spans: readonly SpanData[];
}
