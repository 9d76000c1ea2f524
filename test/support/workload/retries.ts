/** How callers repeat failed calls: the backoff formulas that are in use. */

import type { Random } from '../../../analysis/statistics/random.ts';
import { DEFAULT_POLICY, delayMs, type Jitter } from '../../../flags/backoff/policy.ts';

export interface RetryStrategy {
  /**
   * `fixed`: always `baseMs`. `exponential`: doubles up to `capMs`; `equal-jitter` and `full-jitter`: the same, drawn from its
   * upper half or from all of it. `decorrelated-jitter`: uniform from `baseMs` to three times the wait before.
   * (AWS Architecture Blog, "Exponential Backoff And Jitter".)
   */
  readonly shape: 'fixed' | 'exponential' | 'equal-jitter' | 'full-jitter' | 'decorrelated-jitter';
  readonly baseMs: number;
  /** @default 2000 */
  readonly capMs?: number;
  /** The first attempt counts. */
  readonly maxAttempts: number;
}

export const NO_RETRY: RetryStrategy = { shape: 'fixed', baseMs: 0, maxAttempts: 1 };

const JITTER: Readonly<Record<'exponential' | 'equal-jitter' | 'full-jitter', Jitter>> = {
  exponential: 'none',
  'equal-jitter': 'equal',
  'full-jitter': 'full',
};

/** Milliseconds to wait after the failed attempt number `attempt` (1, 2, ...); `previousMs` is the wait before it, 0 at first. */
export function waitMs(
  { shape, baseMs, capMs = 2_000 }: RetryStrategy,
  attempt: number,
  previousMs: number,
  random: Random,
): number {
  if (shape === 'fixed') return baseMs;
  if (shape === 'decorrelated-jitter') {
    const upTo = 3 * Math.max(baseMs, previousMs);
    return Math.min(capMs, baseMs + random() * (upTo - baseMs));
  }
  return delayMs({ ...DEFAULT_POLICY, baseMs, capMs, multiplier: 2, jitter: JITTER[shape] }, attempt, random);
}

/** Share of attempts to refuse so that a logical call takes this many attempts on average, with attempts enough to succeed. */
export function refusalsFor(amplification: number): number {
  return 1 - 1 / amplification;
}
