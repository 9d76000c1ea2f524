/** Figures as people read them. */

/** Nearest rank; NaN of nothing. `share` from 0 to 1. */
export function percentile(values: readonly number[], share: number): number {
  const ascending = values.toSorted((a, b) => a - b);
  return ascending[Math.max(0, Math.ceil(share * ascending.length) - 1)] ?? Number.NaN;
}

export const whole = (value: number): string => Math.round(value).toLocaleString('en');

/** `p50 812 ms, p99 1,934 ms`. */
export const spread = (valuesMs: readonly number[]): string =>
  `p50 ${whole(percentile(valuesMs, 0.5))} ms, p99 ${whole(percentile(valuesMs, 0.99))} ms`;
