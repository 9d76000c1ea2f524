/** Cells and self times: what the analysis eats. */

export type SpanKind = 'SERVER' | 'CLIENT' | 'PRODUCER' | 'CONSUMER' | 'INTERNAL' | 'UNSPECIFIED';

/**
 * Sparse log-histogram of durations. Bucket i counts durations in (2^(i/64), 2^((i+1)/64)] nanoseconds: an OpenTelemetry
 * exponential histogram of scale 6, 1.09 % wide. `buckets` ascend and are distinct; `counts` has the same length. Those of a cell are
 * packed: loops over many of them go by `entriesOf` (cells/packed.ts).
 */
export interface Histogram {
  readonly buckets: readonly number[];
  readonly counts: readonly number[];
}

/** What an endpoint is: the operation of a service (SERVER, CONSUMER) or a call to a peer (CLIENT, PRODUCER). */
export interface EndpointKey {
  readonly service: string;
  /** Low-cardinality name: method and route, rpc method, messaging destination; for calls, the name of the call. */
  readonly endpoint: string;
  readonly kind: SpanKind;
  /** Whom a CLIENT or PRODUCER calls; empty for the others. */
  readonly peer: string;
}

/**
 * One slot of one endpoint on one instance: a pure function of the stored spans, repeats dropped.
 * A slot is the unit of sealing, one minute unless configured otherwise. Those of the store stand in columns (cells/) and are
 * views of them: what is not read field by field, as by a spread, is not there.
 */
export interface Cell extends EndpointKey {
  /** Identity of the running build (statistics.md section 2); empty where telemetry names none. */
  readonly build: string;
  /** Flag variants in force, `key=variant` joined by `,` in order of key; `mixed` within an instance and slot; empty for none. */
  readonly variant: string;
  readonly instance: string;
  readonly slotMs: number;
  readonly calls: number;
  readonly errors: number;
  /** Calls that were a repeated attempt of the same logical call. */
  readonly retries: number;
  /** calls - retries. */
  readonly logicalCalls: number;
  /** Durations of the calls that did not fail. */
  readonly durations: Histogram;
  /** Waits from the end of a failed attempt to the start of the next one: the shape of the caller's backoff. */
  readonly retryGaps: Histogram;
}

/**
 * Time spent, per request of a root endpoint, inside one service itself or on one edge between two services.
 * `unit` is `service` or `caller->callee`; for an edge, `build` and `instance` are the caller's.
 */
export interface SelfTimeCell {
  readonly rootService: string;
  readonly rootEndpoint: string;
  readonly unit: string;
  readonly build: string;
  readonly variant: string;
  readonly instance: string;
  readonly slotMs: number;
  /** Requests of the root endpoint, in the sample, that passed this unit. */
  readonly requests: number;
  /** Spans of the unit in those requests: spans / requests is the fan-out. */
  readonly spans: number;
  /** Self time per request, summed over the spans of the unit in that request. */
  readonly selfTimes: Histogram;
}
