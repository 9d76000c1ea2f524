/** A retry budget: retries are earned by operations, so that retries never multiply the load on a callee that is down. */

export interface RetryBudget {
  /** An operation begins: earns `ratio` of a retry. */
  deposit(ratio: number): void;
  /** Takes one retry; false when none is left. */
  withdraw(): boolean;
}

/** Retries at hand at first, and the most that can be saved up. */
export const BUDGET_BURST = 10;

/**
 * Token bucket without a clock (gRPC A6, retry throttling): over n operations of ratio r at most BUDGET_BURST + n * r
 * retries go out.
 */
export function createBudget(): RetryBudget {
  let tokens = BUDGET_BURST;
  return {
    deposit(ratio) {
      tokens = Math.min(BUDGET_BURST, tokens + ratio);
    },
    withdraw() {
      if (tokens < 1) return false;
      tokens -= 1;
      return true;
    },
  };
}
