/** Seeded draws from the few distributions that a workload is made of. */

import { normalUpTo } from '../analysis/statistics/distributions.ts';
import type { Random } from '../analysis/statistics/random.ts';

/** Standard normal. */
export function normalDraw(random: Random): number {
  return normalUpTo(Math.max(1e-12, random()));
}

/** How many of `trials` hit, each with probability `share`. */
export function binomialDraw(trials: number, share: number, random: Random): number {
  let hits = 0;
  for (let trial = 0; trial < trials && share > 0; trial++) if (random() < share) hits += 1;
  return hits;
}

/** A whole number with this mean: the whole part always, one more with the probability of the rest. */
export function wholeDraw(mean: number, random: Random): number {
  const whole = Math.floor(mean);
  return mean === whole ? whole : whole + (random() < mean - whole ? 1 : 0);
}

/** How many independent arrivals, this many on average (Knuth's product of uniforms; from 50 on the rounded normal). */
export function poissonDraw(mean: number, random: Random): number {
  if (mean >= 50) return Math.max(0, Math.round(mean + Math.sqrt(mean) * normalDraw(random)));
  const until = Math.exp(-mean);
  let arrivals = 0;
  for (let product = random(); product > until; product *= random()) arrivals += 1;
  return arrivals;
}

/** Index of one of the weights, in proportion to them. */
export function pickIndex(weights: readonly number[], random: Random): number {
  let left = random() * weights.reduce((sum, weight) => sum + weight, 0);
  const index = weights.findIndex((weight) => {
    left -= weight;
    return left < 0;
  });
  return index < 0 ? weights.length - 1 : index;
}

/** Some of the members, in random order. */
export function sampleOf<T>(members: readonly T[], count: number, random: Random): T[] {
  return members
    .map((member) => ({ member, place: random() }))
    .sort((one, other) => one.place - other.place)
    .slice(0, count)
    .map(({ member }) => member);
}
