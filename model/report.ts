/** Findings, suspects and the report. */

import type { EndpointKey } from './cells.ts';
import type { JournalState } from './flags.ts';
import type { TimeRange } from './time.ts';

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
