/** What the analysis is given and what it may be told; defaults are those of docs/statistics.md. */

import type { Cell, ChangedBuild, SelfTimeCell, TimeRange } from '../../model.ts';

/** One side of a comparison. Cells and self times may come in any order. */
export interface ArmData {
  readonly range: TimeRange;
  /** Width of the slots that the cells were sealed in, milliseconds. */
  readonly slotMs: number;
  readonly cells: readonly Cell[];
  readonly selfTimes: readonly SelfTimeCell[];
}

/** Relative worsening that is still tolerated: 0.05 is five per cent. */
export interface Tolerances {
  readonly p50: number;
  readonly p95: number;
  readonly p99: number;
  readonly p999: number;
  readonly errors: number;
  /** Of the attempts beyond the first. */
  readonly retries: number;
  /** Of calls per request, up and down. */
  readonly calls: number;
}

export interface AnalysisSettings {
  /** Share of false flags that is accepted among all flags, 0 to 1. */
  readonly falseDiscoveryRate: number;
  readonly tolerances: Tolerances;
  /** A quantile must move by this many milliseconds to count. */
  readonly floorMs: number;
  /** An error rate must move by this share of calls to count. */
  readonly errorFloor: number;
  /** Attempts per logical call must move by this many to count. */
  readonly retryFloor: number;
  /** Calls per request must move by this many to count. */
  readonly callFloor: number;
  /** Slots this long after the start of an instance are left out, milliseconds. */
  readonly warmupMs: number;
  readonly bootstrapDraws: number;
  /** Standard deviation between instances on the log of latency, assumed where too few instances stand to estimate it. */
  readonly instanceSd: number;
  /** Expected exceedances of a quantile in each arm, calls x (1 - p): for a verdict, and for a suspicion. */
  readonly minimumExceedances: number;
  readonly suspicionExceedances: number;
  /** A finding is informative when it would have shown a worsening by this ratio. */
  readonly informativeRatio: number;
  /** Share of requests that was meant to reach the candidate where both serve at once, 0 to 1. */
  readonly plannedShare?: number;
}

export const DEFAULT_SETTINGS: AnalysisSettings = {
  falseDiscoveryRate: 0.05,
  tolerances: { p50: 0.05, p95: 0.05, p99: 0.05, p999: 0.1, errors: 0.1, retries: 0.05, calls: 0.15 },
  floorMs: 1,
  errorFloor: 0.001,
  retryFloor: 0.02,
  callFloor: 0.001,
  warmupMs: 60_000,
  bootstrapDraws: 200,
  instanceSd: 0.05,
  minimumExceedances: 30,
  suspicionExceedances: 10,
  informativeRatio: 1.5,
};

/** Both windows of an earlier day, without an upgrade between them. */
export interface PastDay {
  readonly baseline: Pick<ArmData, 'cells'>;
  readonly candidate: Pick<ArmData, 'cells'>;
}

export interface AnalysisInput {
  readonly baseline: ArmData;
  readonly candidate: ArmData;
  /** The same windows of earlier days; fewer than three say nothing. @default none */
  readonly history?: readonly PastDay[];
  /** The manifest: which builds the upgrade changed. */
  readonly changed: readonly ChangedBuild[];
  readonly settings: AnalysisSettings;
  /** Seed of the bootstrap: the same input and seed give the same bytes. */
  readonly seed: number;
}
