/** Retries for applications, tuned and switched by a feature flag: `import { createBackoff } from 'hinge/backoff'`. */
import { context, type Span, SpanKind, type Tracer, trace } from '@opentelemetry/api';
import { createBudget, type RetryBudget } from './backoff/budget.ts';
import { isRetryable, retryAfterOf } from './backoff/failure.ts';
import { createPolicyReader, type FlagReader, type OnInvalid, type PolicyInForce } from './backoff/flag.ts';
import { DEFAULT_POLICY, delayMs, policyProblems, type RetryPolicy } from './backoff/policy.ts';
import { ageAttributes, attemptAttributes, flagAttributes, inSpan } from './backoff/spans.ts';
import { limited, sleepFor, unlessAborted } from './backoff/time.ts';

export { AttemptTimeoutError, isRetryable, parseRetryAfter, ResponseError, responseError } from './backoff/failure.ts';
export type { FlagReader, FlagVariant, OnInvalid, PolicyInForce } from './backoff/flag.ts';
export { type OpenFeatureDetails, type OpenFeatureLike, openFeatureFlags } from './backoff/open-feature.ts';
export { DEFAULT_POLICY, type Jitter, POLICY_BOUNDS, parsePolicy, type RetryPolicy } from './backoff/policy.ts';
export {
  type OwnUnleash,
  type RenewOptions,
  renewingUnleash,
  type UnleashLike,
  unleashFlags,
} from './backoff/unleash.ts';

export interface BackoffOptions {
  /** The flag whose variant payload is the policy. */
  readonly flag: string;
  readonly flags: FlagReader;
  /** In force while the flag is off, absent or its payload is not valid. @default DEFAULT_POLICY */
  readonly defaults?: Partial<RetryPolicy>;
  /** The evaluation context, for instance `{ hostname }`. Read once an operation. */
  readonly context?: () => object;
  /** @default the name that `flags` gives, else 'unleash' */
  readonly provider?: string;
  /** Once the flag's state is older the defaults rule, because nobody could turn the flag off. Infinity: never. @default 15 minutes */
  readonly staleAfterMs?: number;
  /** Told once about each payload that is not a policy; the defaults are in force then. */
  readonly onInvalid?: OnInvalid;
  readonly random?: () => number;
  /** Rejects with the signal's reason once that aborts. */
  readonly sleep?: (ms: number, signal: AbortSignal | undefined) => Promise<void>;
  readonly tracer?: Tracer;
}

export interface AttemptContext {
  /** 1, 2, 3 ... */
  readonly number: number;
  /** Aborts when the caller does, or when the attempt takes longer than the policy allows. */
  readonly signal: AbortSignal;
  readonly span: Span;
  /** Trace context to send along. */
  readonly headers: Readonly<Record<string, string>>;
}

export interface RunOptions {
  readonly signal?: AbortSignal;
  /** @default isRetryable */
  readonly retryable?: (thrown: unknown) => boolean;
  /** Logical name of the callee. */
  readonly peer?: string;
}

export type Operation<T> = (attempt: AttemptContext) => Promise<T>;

export interface Backoff {
  /** Gives what `operation` gives, or throws what its last attempt threw. `name` is of low cardinality: it names spans and a budget. */
  run<T>(name: string, operation: Operation<T>, options?: RunOptions): Promise<T>;
  /** The policy that an operation would run under now. Never rejects. */
  policy(): Promise<PolicyInForce>;
}

/** A callee that asks for a longer pause than this is not waited for: the error goes to the caller. */
const LONGEST_RETRY_AFTER_MS = 60_000;

/** @throws {RangeError} when `defaults` is not a policy. */
export function createBackoff(options: BackoffOptions): Backoff {
  const { flag, flags, random = Math.random, sleep = sleepFor } = options;
  const problems = policyProblems({ ...options.defaults });
  if (problems.length > 0) throw new RangeError(`defaults of the backoff of flag ${flag}: ${problems.join('; ')}`);
  const tracer = options.tracer ?? trace.getTracer('hinge/backoff');
  const defaults = { ...DEFAULT_POLICY, ...options.defaults };
  const read = createPolicyReader(flags, flag, defaults, options.onInvalid, options.staleAfterMs);
  const budgets = new Map<string, RetryBudget>();

  function budgetOf(name: string): RetryBudget {
    const budget = budgets.get(name) ?? createBudget();
    budgets.set(name, budget);
    return budget;
  }

  /** Milliseconds to wait before the next attempt, or null when `thrown` is final. */
  function pauseAfter(thrown: unknown, attempt: number, policy: RetryPolicy, budget: RetryBudget, run: RunOptions) {
    if (run.signal?.aborted || attempt >= policy.maxAttempts) return null;
    if (!(run.retryable ?? isRetryable)(thrown)) return null;
    const retryAfterMs = retryAfterOf(thrown) ?? 0;
    if (retryAfterMs > LONGEST_RETRY_AFTER_MS || !budget.withdraw()) return null;
    return retryAfterMs + delayMs(policy, attempt, random);
  }

  async function run<T>(name: string, operation: Operation<T>, runOptions: RunOptions = {}): Promise<T> {
    const inForce = await unlessAborted(read(options.context?.()), runOptions.signal);
    const { policy } = inForce;
    const flagged = flagAttributes(flag, options.provider ?? flags.provider ?? 'unleash', inForce);
    const budget = budgetOf(name);
    budget.deposit(policy.budgetRatio);
    return inSpan(
      tracer,
      name,
      SpanKind.INTERNAL,
      { ...flagged, ...ageAttributes(inForce) },
      context.active(),
      async (outer) => {
        for (let number = 1; ; number++) {
          const attributes = { ...flagged, ...attemptAttributes(number, runOptions.peer) };
          try {
            return await inSpan(tracer, name, SpanKind.CLIENT, attributes, outer.context, ({ span, headers }) =>
              limited(policy.attemptTimeoutMs, runOptions.signal, (signal) =>
                operation({ number, signal, span, headers }),
              ),
            );
          } catch (thrown) {
            const pauseMs = pauseAfter(thrown, number, policy, budget, runOptions);
            if (pauseMs === null) throw thrown;
            await sleep(pauseMs, runOptions.signal);
          }
        }
      },
    );
  }

  return { run, policy: () => read(options.context?.()) };
}
