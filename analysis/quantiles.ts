/** The quantiles of latency that are judged. */

import type { Signal } from '../model.ts';
import type { Tolerances } from './settings.ts';

export const QUANTILES: readonly { signal: Signal; p: number; tolerance: keyof Tolerances }[] = [
  { signal: 'latency.p50', p: 0.5, tolerance: 'p50' },
  { signal: 'latency.p95', p: 0.95, tolerance: 'p95' },
  { signal: 'latency.p99', p: 0.99, tolerance: 'p99' },
  { signal: 'latency.p99.9', p: 0.999, tolerance: 'p999' },
];
