/** Two tiny counts against each other: exact conditional binomial test and interval, mid-p. */

import { binomialAtLeast } from './distributions.ts';

export interface ConditionalTest {
  /** Two-sided mid-p. */
  readonly p: number;
  /** 95 % mid-p interval of the ratio of the rates, candidate / baseline; the upper end may be Infinity. */
  readonly interval: readonly [number, number];
}

const TAIL = 0.025;

/**
 * Given their sum, the candidate's events are binomial with the share of its exposure when both rates are equal
 * (Przyborowski and Wilenski 1940; mid-p: Lancaster 1961). Counts are divided by the design effect first,
 * so that a burst on one instance does not pass for many independent events.
 */
export function conditionalTest(
  baseline: { readonly events: number; readonly exposure: number },
  candidate: { readonly events: number; readonly exposure: number },
  designEffect: number,
): ConditionalTest {
  const events = candidate.events / designEffect;
  const all = events + baseline.events / designEffect;
  const share = candidate.exposure / (baseline.exposure + candidate.exposure);
  const upper = midUpperTail(events, all, share);
  const odds = (bound: number) => (bound / (1 - bound)) * (baseline.exposure / candidate.exposure);
  const low = events > 0 ? odds(solve((guess) => midUpperTail(events, all, guess) - TAIL)) : 0;
  const high =
    events < all ? odds(solve((guess) => midUpperTail(events, all, guess) - (1 - TAIL))) : Number.POSITIVE_INFINITY;
  return { p: Math.min(1, 2 * Math.min(upper, 1 - upper)), interval: [low, high] };
}

/** P(X > k) + P(X = k) / 2. */
function midUpperTail(k: number, n: number, share: number): number {
  return (binomialAtLeast(k, n, share) + binomialAtLeast(k + 1, n, share)) / 2;
}

/** Root of a rising function on (0, 1), by halving. */
function solve(rising: (guess: number) => number): number {
  let low = 0;
  let high = 1;
  for (let step = 0; step < 60; step++) {
    const middle = (low + high) / 2;
    if (rising(middle) < 0) low = middle;
    else high = middle;
  }
  return (low + high) / 2;
}
