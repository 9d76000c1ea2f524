/** The token bucket with which a payment provider throttles its customers. Pure: the clock is an argument. */

export interface TokenBucket {
  /** 0 when a token was taken at `nowMs`; otherwise the milliseconds until there will be one. */
  take(nowMs: number): number;
}

/** Starts full; gains `perSecond` tokens a second up to `burst`. */
export function createTokenBucket(perSecond: number, burst: number, startMs: number): TokenBucket {
  let tokens = burst;
  let lastMs = startMs;
  return {
    take(nowMs) {
      tokens = Math.min(burst, tokens + (Math.max(0, nowMs - lastMs) * perSecond) / 1_000);
      lastMs = Math.max(lastMs, nowMs);
      if (tokens >= 1) {
        tokens -= 1;
        return 0;
      }
      return ((1 - tokens) * 1_000) / perSecond;
    },
  };
}
