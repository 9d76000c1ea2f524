/** The quantiles of latency that are judged. */

import type { Signal } from '../../model.ts';
import type { Tolerances } from './settings.ts';

interface JudgedQuantile {
  readonly signal: Signal;
  /** 0 to 1. */
  readonly p: number;
  readonly tolerance: keyof Tolerances;
  /** Part of the endpoint's error budget: what moves the bulk is plain to see and needs little of it, the tail is noisy. */
  readonly weight: number;
}

export const QUANTILES: readonly JudgedQuantile[] = [
  { signal: 'latency.p50', p: 0.5, tolerance: 'p50', weight: 0.5 },
  { signal: 'latency.p95', p: 0.95, tolerance: 'p95', weight: 0.5 },
  { signal: 'latency.p99', p: 0.99, tolerance: 'p99', weight: 2 },
  { signal: 'latency.p99.9', p: 0.999, tolerance: 'p999', weight: 1 },
];
