/** Waiting that ends with the caller: pauses, attempts, lookups. */
import { setTimeout as timer } from 'node:timers/promises';
import { AttemptTimeoutError } from './failure.ts';

/** Rejects with the signal's reason once that aborts. */
export async function sleepFor(ms: number, signal: AbortSignal | undefined): Promise<void> {
  try {
    await timer(ms, undefined, signal ? { signal } : {});
  } catch (thrown) {
    throw signal?.aborted ? signal.reason : thrown;
  }
}

/** Runs one attempt under a time limit and the caller's signal; ends with them even if the operation does not listen. */
export async function limited<T>(
  timeoutMs: number,
  outer: AbortSignal | undefined,
  attempt: (signal: AbortSignal) => Promise<T>,
): Promise<T> {
  outer?.throwIfAborted();
  const controller = new AbortController();
  const aborted = Promise.withResolvers<never>();
  controller.signal.addEventListener('abort', () => aborted.reject(controller.signal.reason));
  const follow = (): void => controller.abort(outer?.reason);
  outer?.addEventListener('abort', follow, { once: true });
  const limit = setTimeout(() => controller.abort(new AttemptTimeoutError(timeoutMs)), timeoutMs);
  try {
    return await Promise.race([attempt(controller.signal), aborted.promise]);
  } catch (thrown) {
    throw controller.signal.aborted ? controller.signal.reason : thrown;
  } finally {
    clearTimeout(limit);
    outer?.removeEventListener('abort', follow);
  }
}

/** What `work` gives, unless the signal aborts first: then its reason is thrown. */
export async function unlessAborted<T>(work: Promise<T>, signal: AbortSignal | undefined): Promise<T> {
  if (signal === undefined) return work;
  signal.throwIfAborted();
  const aborted = Promise.withResolvers<never>();
  const follow = (): void => aborted.reject(signal.reason);
  signal.addEventListener('abort', follow, { once: true });
  try {
    return await Promise.race([work, aborted.promise]);
  } finally {
    signal.removeEventListener('abort', follow);
  }
}
