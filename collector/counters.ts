/** What the collector has seen since it was opened, for /metrics. */

import type { CommitCounters } from './commit/commit.ts';
import type { Signal } from './transcode.ts';

export interface SignalCounters {
  /** Export requests for this signal, whatever became of them. */
  requests: number;
  /** Spans or data points that could be decoded: accepted and rejected ones, and those of requests that were refused later. */
  received: number;
  /** Spans or data points that were committed before their request was answered. */
  accepted: number;
  /** Spans or data points left out of a request, which its sender was told. */
  rejected: number;
  /** Texts, values and attributes that were cut at the limits. */
  truncated: number;
  /** Requests that the sender may send again: 429 and 503. */
  refused: number;
  /** Requests that the sender may not send again: 400, 405, 413 and 415. */
  invalid: number;
  /** Requests whose sender went away before the body was complete. */
  aborted: number;
}

export interface Counters extends CommitCounters {
  readonly signals: Readonly<Record<Signal, Readonly<SignalCounters>>>;
  /** Bytes of request bodies being read and decoded. */
  readonly receivingBytes: number;
}

export const newSignalCounters = (): SignalCounters => ({
  requests: 0,
  received: 0,
  accepted: 0,
  rejected: 0,
  truncated: 0,
  refused: 0,
  invalid: 0,
  aborted: 0,
});

/** Counts the outcome of a request by the status of its answer. */
export function countAnswer(counters: SignalCounters, status: number): void {
  if (status === 429 || status === 503) counters.refused++;
  else if (status >= 400) counters.invalid++;
}
