/** Retry policies: their bounds, how one is read from a flag's payload, and the delay before an attempt. */

export type Jitter = 'none' | 'equal' | 'full';

export interface RetryPolicy {
  /** Delay before the first retry, before jitter. */
  readonly baseMs: number;
  /** Growth of the delay from one retry to the next. */
  readonly multiplier: number;
  /** Largest delay, before `Retry-After`. */
  readonly capMs: number;
  /** `full`: uniform in [0, delay]; `equal`: uniform in [delay / 2, delay] (AWS Architecture Blog, "Exponential Backoff And Jitter"). */
  readonly jitter: Jitter;
  /** The first attempt counts. 1 means: no retry. */
  readonly maxAttempts: number;
  /** Retries earned by one operation: 0.1 allows one retry for ten operations in the long run. */
  readonly budgetRatio: number;
  /** An attempt that takes longer is aborted and counts as failed. */
  readonly attemptTimeoutMs: number;
}

export const DEFAULT_POLICY: RetryPolicy = Object.freeze({
  baseMs: 100,
  multiplier: 2,
  capMs: 2_000,
  jitter: 'full',
  maxAttempts: 3,
  budgetRatio: 0.1,
  attemptTimeoutMs: 10_000,
});

interface Bounds {
  readonly min: number;
  readonly max: number;
  readonly integer?: true;
}

/** What a payload may ask for; both ends included. */
export const POLICY_BOUNDS: Readonly<Record<Exclude<keyof RetryPolicy, 'jitter'>, Bounds>> = {
  baseMs: { min: 1, max: 5_000 },
  multiplier: { min: 1, max: 4 },
  capMs: { min: 1, max: 60_000 },
  maxAttempts: { min: 1, max: 10, integer: true },
  budgetRatio: { min: 0, max: 10 },
  attemptTimeoutMs: { min: 1, max: 120_000 },
};

/** Longer payloads are refused unread. */
const MAX_PAYLOAD_LENGTH = 4_096;

const isNumberKey = (key: string): key is keyof typeof POLICY_BOUNDS => Object.hasOwn(POLICY_BOUNDS, key);

function problemOf(key: string, value: unknown): string | undefined {
  if (key === 'jitter') {
    return value === 'none' || value === 'equal' || value === 'full' ? undefined : 'jitter: not none, equal or full';
  }
  if (!isNumberKey(key)) return `${key}: no such setting`;
  const { min, max, integer } = POLICY_BOUNDS[key];
  if (typeof value !== 'number' || !(value >= min && value <= max)) return `${key}: not a number from ${min} to ${max}`;
  return integer && !Number.isInteger(value) ? `${key}: not a whole number` : undefined;
}

/** What is wrong with `settings` taken as a policy over `defaults`; empty when nothing is. */
export function policyProblems(settings: Readonly<Record<string, unknown>>, defaults = DEFAULT_POLICY): string[] {
  const problems = Object.entries(settings).flatMap(([key, value]) => problemOf(key, value) ?? []);
  if (problems.length > 0) return problems;
  const { baseMs, capMs } = { ...defaults, ...settings };
  return capMs < baseMs ? ['capMs: less than baseMs'] : [];
}

export type ParsedPolicy =
  | { readonly ok: true; readonly policy: RetryPolicy }
  | { readonly ok: false; readonly problems: readonly string[] };

/** Reads a JSON payload, all or nothing: half a policy is worse than the defaults. Settings left out come from `defaults`. */
export function parsePolicy(payload: string, defaults: RetryPolicy = DEFAULT_POLICY): ParsedPolicy {
  if (payload.length > MAX_PAYLOAD_LENGTH) {
    return { ok: false, problems: [`payload: longer than ${MAX_PAYLOAD_LENGTH} characters`] };
  }
  let settings: unknown;
  try {
    settings = JSON.parse(payload);
  } catch {
    return { ok: false, problems: ['payload: not JSON'] };
  }
  if (typeof settings !== 'object' || settings === null || Array.isArray(settings)) {
    return { ok: false, problems: ['payload: not a JSON object'] };
  }
  const problems = policyProblems({ ...settings }, defaults);
  return problems.length > 0 ? { ok: false, problems } : { ok: true, policy: { ...defaults, ...settings } };
}

/**
 * Delay before the retry that follows the failed attempt number `attempt` (1, 2, ...), in milliseconds, at most `capMs`.
 * `random` gives numbers in [0, 1).
 */
export function delayMs(policy: RetryPolicy, attempt: number, random: () => number): number {
  const delay = Math.min(policy.capMs, policy.baseMs * policy.multiplier ** (attempt - 1));
  if (policy.jitter === 'none') return delay;
  return policy.jitter === 'full' ? random() * delay : delay / 2 + (random() * delay) / 2;
}
