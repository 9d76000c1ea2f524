/** The live test's state, looks and decisions: plain data, stored in the journal, resumed from it. */

import type { Control, EndpointKey, Signal } from '../../model.ts';
import type { Count } from '../statistics/counts.ts';
import type { Recent } from './recent.ts';
import type { Opinion } from './second-opinion.ts';
import type { Spread } from './spread.ts';
import type { FrozenThreshold } from './threshold.ts';

/** One signal of one endpoint, and what was fixed about it before the upgrade. */
export interface Watched extends EndpointKey {
  readonly signal: Signal;
  /** Of latency; null for errors and retries. */
  readonly threshold: FrozenThreshold | null;
  /** Relative worsening that is tolerated: of the quantile, of the error rate, of the attempts per logical call. */
  readonly tolerance: number;
  /** The error rate must rise by this share of calls to count; 0 for the others. */
  readonly floor: number;
  readonly spread: Spread;
}

export interface StreamState {
  readonly id: string;
  readonly watched: Watched;
  /** At the last look that could be read; null before it. */
  readonly candidate: Count | null;
  readonly recent: Recent;
  readonly opinion: Opinion;
}

export interface LiveState {
  /** The upgrade and the state of its flags: when either changes, `startLive` begins a new case. */
  readonly caseId: string;
  readonly startMs: number;
  readonly control: Control;
  /** The last look that counted; `startMs` before it. */
  readonly lookedMs: number;
  /** In order of id. */
  readonly streams: readonly StreamState[];
  /** Of the last look that counted. */
  readonly decision: LiveDecision;
}

export interface InstanceCount extends Count {
  readonly instance: string;
}

export interface CandidateCount extends InstanceCount {
  /** Events over the tolerated threshold; the events themselves for errors and retries. */
  readonly beyond: number;
}

/** Counts since the upgrade, by instance: not since the look before. */
export interface StreamLook {
  readonly id: string;
  readonly baseline: readonly InstanceCount[];
  readonly candidate: readonly CandidateCount[];
}

export interface LiveLook {
  readonly caseId: string;
  /** End of the newest data that is counted, milliseconds since the Unix epoch. */
  readonly atMs: number;
  /** In any order. */
  readonly streams: readonly StreamLook[];
}

/** The numbers behind a decision about one stream. */
export interface StreamEvidence {
  readonly id: string;
  readonly key: EndpointKey;
  readonly signal: Signal;
  readonly kind: 'suspect' | 'act';
  /** Natural logarithms of the e-value after e-BH: with the estimated spread, and with its upper bound (for an action). */
  readonly logE: number;
  readonly logECautious: number;
  readonly baseline: Count;
  readonly candidate: Count;
  /** Rate of the candidate over that of the baseline, half an event added to each. */
  readonly ratio: number;
  /**
   * Lower end of the always-valid 95 % interval of what the tolerance is about, as a ratio: above 1 is beyond it. Null when too
   * few events tell.
   */
  readonly overTolerance: number | null;
  readonly opinion: Opinion;
  readonly lasting: 'lasts' | 'transient' | 'unknown';
  /** What an action still needs, in words; empty for `act`. */
  readonly missing: readonly string[];
  readonly text: string;
}

export interface LiveDecision {
  readonly kind: 'wait' | 'suspect' | 'act';
  readonly atMs: number;
  /** One sentence for people. */
  readonly text: string;
  /** Streams that have enough events to be tested. */
  readonly tested: number;
  /** Suspects, those to act on first, then the strongest. */
  readonly evidence: readonly StreamEvidence[];
  /** Streams that could not be used at this look, and why. */
  readonly notes: readonly string[];
}
