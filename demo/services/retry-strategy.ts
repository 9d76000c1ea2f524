/** The two retry strategies of the story, and the flag that chooses between them. */

export const RETRY_FLAG = 'checkout.retry-strategy';

/** Built into both releases: patient with a slow answer, spread out, few attempts. */
export const STRATEGY_OF_OLD = {
  baseMs: 25,
  multiplier: 2,
  capMs: 500,
  jitter: 'full',
  maxAttempts: 3,
  budgetRatio: 0.2,
  attemptTimeoutMs: 2_000,
} as const;

/**
 * What the new release brings behind the flag: it gives up on an answer that the provider needs a moment longer for, and
 * waits long and in step before it asks again. Each attempt given up still costs a token of the provider's rate limit.
 */
export const STRATEGY_OF_NEW = {
  baseMs: 180,
  multiplier: 1.5,
  capMs: 1_000,
  jitter: 'none',
  maxAttempts: 5,
  budgetRatio: 1,
  attemptTimeoutMs: 95,
} as const;
