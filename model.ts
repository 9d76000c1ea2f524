/**
 * The vocabulary of Hinge, as types: no code, no imports.
 *
 * Units: `Ms` is milliseconds since the Unix epoch (or a length in milliseconds where the name says so),
 * `Ns` is a length in nanoseconds. A time range is half-open: [startMs, endMs).
 */

// ---- time ---------------------------------------------------------------------------------------------------------

/** Half-open range of wall-clock time, [startMs, endMs), milliseconds since the Unix epoch. */
export interface TimeRange {
  readonly startMs: number;
  readonly endMs: number;
}

/** The clock as an argument: milliseconds since the Unix epoch. */
export type Clock = () => number;

// ---- what the collector hands to the store --------------------------------------------------------------------------

/** Tables that telemetry is inserted into; names and columns are those of the OpenTelemetry Collector's ClickHouse exporter. */
export type TelemetryTable =
  | 'otel_traces'
  | 'otel_metrics_gauge'
  | 'otel_metrics_sum'
  | 'otel_metrics_histogram'
  | 'otel_metrics_exponential_histogram'
  | 'otel_metrics_summary';

/**
 * Rows ready for one `INSERT INTO table FORMAT format`: of one table and of one partition, because an insert
 * that crosses partitions is not atomic over a crash.
 */
export interface InsertBlock {
  readonly table: TelemetryTable;
  readonly format: 'JSONEachRow' | 'Native';
  /** UTC day of the rows, `YYYY-MM-DD`: the partition. */
  readonly partition: string;
  readonly rows: number;
  /** Hash of the content. The same token is never written twice (`insert_deduplication_token`). */
  readonly token: string;
  /** The bytes in pieces; valid until the sink has settled. */
  readonly body: readonly Uint8Array[];
}

/** Resolves once the block is committed; rejects with a retryable `HingeError` when it could not be. */
export type BlockSink = (block: InsertBlock) => Promise<void>;

// ---- cells: what the analysis eats ----------------------------------------------------------------------------------

export type SpanKind = 'SERVER' | 'CLIENT' | 'PRODUCER' | 'CONSUMER' | 'INTERNAL' | 'UNSPECIFIED';

/**
 * Sparse log-histogram of durations. Bucket i counts durations in (2^(i/64), 2^((i+1)/64)] nanoseconds: an OpenTelemetry
 * exponential histogram of scale 6, 1.09 % wide. `buckets` ascend and are distinct; `counts` has the same length. Those of a cell are
 * packed: loops over many of them go by `entriesOf` or `pour` (cells/packed.ts).
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

// ---- metrics: what the analysis eats where there are no traces -------------------------------------------------------

/** Whose measurements a series holds, and of what. */
export interface SeriesKey {
  readonly service: string;
  readonly build: string;
  readonly instance: string;
  readonly name: string;
  /** UCUM as sent: `s`, `ms`, `By`, `1`, `{request}`. */
  readonly unit: string;
  /** All of the point's attributes, by name. */
  readonly attributes: Readonly<Record<string, string>>;
  /** Low-cardinality name of the operation where attributes give one, as for spans; else empty. */
  readonly endpoint: string;
  /** The other end where attributes name it (`server.address`, `peer.service`); else empty. */
  readonly peer: string;
  /** Whether attributes say that what was measured failed (`error.type`, a status of 5xx); false where they say nothing. */
  readonly failed: boolean;
}

/** Counts of a slot between the sender's bounds: counts[i] in (bounds[i-1], bounds[i]], the last above all of them. */
export interface ExplicitSlot {
  readonly slotMs: number;
  readonly count: number;
  readonly sum: number;
  readonly bounds: readonly number[];
  readonly counts: readonly number[];
}

/** Sparse exponential histogram of a slot: bucket i counts values in (2^(i/2^scale), 2^((i+1)/2^scale)]. */
export interface ExponentialSlot {
  readonly slotMs: number;
  readonly count: number;
  readonly sum: number;
  readonly scale: number;
  readonly buckets: readonly number[];
  readonly counts: readonly number[];
  /** How many were at zero or below. */
  readonly zeros: number;
}

/** What a monotonic sum grew by in a slot, and the seconds over which it did. */
export interface SumSlot {
  readonly slotMs: number;
  readonly delta: number;
  readonly seconds: number;
}

/** Readings of a gauge, or of a sum that also falls, in a slot. */
export interface GaugeSlot {
  readonly slotMs: number;
  readonly mean: number;
  readonly max: number;
  readonly last: number;
}

/** Count and sum of a slot; the quantiles are the sender's, of whatever time it chose: they cannot be added up. */
export interface SummarySlot {
  readonly slotMs: number;
  readonly count: number;
  readonly sum: number;
  readonly quantiles: readonly number[];
  readonly values: readonly number[];
}

export type MetricSlots =
  | { readonly kind: 'explicit'; readonly slots: readonly ExplicitSlot[] }
  | { readonly kind: 'exponential'; readonly slots: readonly ExponentialSlot[] }
  | { readonly kind: 'sum'; readonly slots: readonly SumSlot[] }
  | { readonly kind: 'gauge'; readonly slots: readonly GaugeSlot[] }
  | { readonly kind: 'summary'; readonly slots: readonly SummarySlot[] };

/** One series, slot by slot in order of time; cumulative points are taken apart into what each slot added. */
export type MetricSeries = SeriesKey & MetricSlots;

// ---- upgrades -------------------------------------------------------------------------------------------------------

/** One entry of an upgrade's manifest: a service whose build changed. */
export interface ChangedBuild {
  readonly service: string;
  /** Build identities or versions, old and new. */
  readonly from: string;
  readonly to: string;
  readonly releasedAt?: string;
  /** Path of the binary inside the package, where the manifest came from one. */
  readonly path?: string;
}

export interface Upgrade {
  readonly id: string;
  readonly name: string;
  readonly startedMs: number;
  /** When the last instance ran the new build; null while the upgrade goes on. */
  readonly finishedMs: number | null;
  readonly changed: readonly ChangedBuild[];
}

// ---- findings, suspects, the report ---------------------------------------------------------------------------------

export type Verdict = 'regressed' | 'improved' | 'unchanged' | 'inconclusive';

export type Conclusion =
  | 'BINARY'
  | 'CONTRIBUTING'
  | 'CALL_PATTERN'
  | 'TRAFFIC_MIX'
  | 'EXTERNAL'
  | 'ENVIRONMENT'
  | 'UNEXPLAINED'
  | 'NONE';

/** The control ladder of docs/statistics.md, best first. */
export type Control = 'concurrent' | 'diff-in-diff' | 'history' | 'before-after';

export type Signal =
  | 'latency.p50'
  | 'latency.p95'
  | 'latency.p99'
  | 'latency.p99.9'
  | 'errors'
  | 'retries'
  | 'calls'
  | `metric:${string}`;

/** One point of the quantile shift of an endpoint; durations in nanoseconds. */
export interface ShiftPoint {
  readonly p: number;
  readonly baselineNs: number;
  readonly candidateNs: number;
  /** 95 % interval of the candidate's quantile minus the baseline's. */
  readonly lowNs: number;
  readonly highNs: number;
}

/**
 * One endpoint, one signal, judged. `baseline` and `candidate` are nanoseconds for latency, a share of calls for errors,
 * attempts per logical call for retries, calls per request of the caller for calls, the unit that stands in the signal's name
 * for `metric:`, whose `endpoint` is its attributes. `null` stands where nothing can be said.
 */
export interface Finding extends EndpointKey {
  readonly signal: Signal;
  readonly verdict: Verdict;
  readonly control: Control;
  readonly baseline: number | null;
  readonly candidate: number | null;
  readonly ratio: number | null;
  /** 95 % interval of the ratio. */
  readonly interval: readonly [number, number] | null;
  readonly p: number | null;
  /** p adjusted for the false discovery rate (Benjamini-Hochberg). */
  readonly q: number | null;
  readonly calls: { readonly baseline: number; readonly candidate: number };
  readonly instances: { readonly baseline: number; readonly candidate: number };
  /** Smallest ratio that this much data would have shown with 80 % power; null where it cannot be told. */
  readonly minimumDetectable: number | null;
  readonly confidence: 'high' | 'low';
  /** The verdict holds for the whole interval: all of it lies beyond the tolerance and the floor. What acts by itself asks for this. */
  readonly conclusive: boolean;
  /** Why this verdict, in words a person can act on. */
  readonly reason: string;
  /** Trace ids: typical of what the signal measures, in either arm. */
  readonly exemplars: { readonly baseline: readonly string[]; readonly candidate: readonly string[] };
  /** For latency that regressed or improved: the shift over the whole distribution, drawn as a chart. Else empty. */
  readonly shift: readonly ShiftPoint[];
}

/** A service with evidence for or against it, most suspicious first. */
export interface Suspect {
  readonly rank: number;
  readonly service: string;
  readonly from: string;
  readonly to: string;
  /** Whether the manifest names the service; without a manifest, whether telemetry shows a new build of it. */
  readonly changed: boolean;
  /** Part of the regression that this service explains, 0 to 1; null where it cannot be told. */
  readonly share: number | null;
  readonly interval: readonly [number, number] | null;
  readonly evidence: readonly string[];
  /** Whether turning its flag down removed the regression; left out where that was not tried, or its end is not known. */
  readonly intervention?: 'confirmed' | 'cleared';
}

/**
 * Where nothing regressed: a service to look at first, if at all, by evidence that is significant alone, but short of a verdict.
 * It accuses nobody, and nothing acts on it.
 */
export interface Lead {
  readonly rank: number;
  readonly service: string;
  readonly from: string;
  readonly to: string;
  /** Whether the manifest names the service; without a manifest, whether telemetry shows a new build of it. */
  readonly changed: boolean;
  /** Of its strongest evidence alone, 0 to 1. */
  readonly p: number;
  /** How many tests were asked, of all services. */
  readonly tests: number;
  /** At most this part of the releases in which nothing changed has one as strong among so many tests: 1 - (1 - p)^tests. */
  readonly chance: number;
  /** Sentences, strongest first. */
  readonly evidence: readonly string[];
}

/** A flag of a service was turned down: that removed the regression, or it did not. */
export interface Intervention {
  readonly service: string;
  readonly outcome: 'confirmed' | 'cleared';
  /** What was done, and what the signal did. */
  readonly words: string;
}

/** What the report rests on: how much was read, what was left out, and why. */
export interface DataHealth {
  readonly calls: { readonly baseline: number; readonly candidate: number };
  readonly slots: { readonly baseline: number; readonly candidate: number };
  readonly services: number;
  readonly endpoints: number;
  /** How many of the findings that regressed or improved to expect by chance: their number times the false discovery rate. */
  readonly expectedFalseFlags: number;
  /** Sentences: what was left out, what is thin, what to check. */
  readonly notes: readonly string[];
}

/** What the controller did or would do, newest last. */
export interface Action {
  readonly atMs: number;
  readonly flag: string;
  readonly environment: string;
  readonly state: JournalState;
  /** One sentence: what, and on which evidence. */
  readonly text: string;
}

/** The report of one upgrade or one comparison: `hinge.report/1`. A pure function of stored data and configuration. */
export interface Report {
  readonly schema: 'hinge.report/1';
  readonly title: string;
  readonly verdict: Verdict;
  readonly conclusion: Conclusion;
  /** The best control that any finding used. */
  readonly control: Control;
  /** One sentence that an SRE can read out. */
  readonly headline: string;
  readonly windows: { readonly baseline: TimeRange; readonly candidate: TimeRange };
  /** Worst first. */
  readonly findings: readonly Finding[];
  readonly suspects: readonly Suspect[];
  /** Strongest first; none where anything regressed, or where nothing is significant even alone. */
  readonly leads: readonly Lead[];
  readonly actions: readonly Action[];
  readonly health: DataHealth;
}

// ---- flags ----------------------------------------------------------------------------------------------------------

export type ControllerState =
  | 'OBSERVE'
  /** The evidence is suspicion, not ground to act on. */
  | 'SUSPECT'
  | 'CONFIRMED'
  | 'AWAIT_APPROVAL'
  /** The rollout is being lowered. */
  | 'STEP_DOWN'
  /** A safer payload is being set. */
  | 'TUNE'
  /** The flag is being turned off. */
  | 'KILL'
  | 'VERIFY_PUBLISHED'
  | 'VERIFY_RECOVERY'
  /** Recovery is proved; the cool-down runs. */
  | 'HOLD'
  /** The cool-down is over: the flag is people's again, and stays as it is. */
  | 'HANDED_BACK'
  /** Turned off and still bad: the flag was not the cause. */
  | 'EXHAUSTED'
  /** The flag is being put back as it was before the first change. */
  | 'RESTORE'
  /** A person has the flag. */
  | 'YIELDED'
  | 'BLOCKED';

/** A line of the journal is about one flag, or says that all changes were stopped or resumed. */
export type JournalState = ControllerState | 'STOPPED' | 'RESUMED';

/** What the controller may do with a flag: `dry-run` says what it would do, `approve` asks a person first. */
export type ControllerMode = 'observe' | 'dry-run' | 'approve' | 'act';

/** Good and all events of an SLO in a window. */
export interface EventCounts {
  readonly good: number;
  readonly total: number;
}

/** What is asked of calls: `share` of them (0 to 1) good, where good is no error, under the threshold, or the first attempt. */
export interface Slo {
  readonly name: string;
  readonly service: string;
  /** Limits the SLO to one endpoint of the service; all of its SERVER and CONSUMER endpoints when absent. */
  readonly endpoint?: string;
  readonly indicator: 'latency' | 'errors' | 'retries';
  /** For latency: a call is good up to this many milliseconds. */
  readonly thresholdMs?: number;
  readonly objective: number;
}

/** One line of the controller's journal: append-only, each line carrying the hash of the one before. */
export interface JournalEntry {
  /** 1, 2, 3 ...: the order of the chain. */
  readonly sequence: number;
  readonly atMs: number;
  /** `hinge`, or the name of the person who acted. */
  readonly actor: string;
  readonly flag: string;
  readonly environment: string;
  readonly upgradeId: string;
  readonly state: JournalState;
  /** What is about to be written to the flag server; empty when the line only records a state. Written before the call. */
  readonly intent: string;
  /** One sentence for people. */
  readonly text: string;
  /** The controller's state and the readings behind the decision, as JSON: enough to resume from. */
  readonly evidence: string;
  /** SHA-256, hex: of the line before (empty for the first), and of this line. */
  readonly previousHash: string;
  readonly hash: string;
}

// ---- seams that several rooms share -----------------------------------------------------------------------------------

/** The part of pino's logger that rooms use: fields first, then the message. */
export interface Log {
  debug(fields: object, message: string): void;
  info(fields: object, message: string): void;
  warn(fields: object, message: string): void;
  error(fields: object, message: string): void;
}

/** Where ClickHouse answers over HTTP. */
export interface Connection {
  readonly url: string;
  readonly username: string;
  readonly password: string;
}
