/** Old and new that serve together, but not in the same shares at all times: weights under which they do. */

import { sum } from 'simple-statistics';
import type { Placed } from './cluster.ts';

/** Weights by slot, 0 to 1. */
export interface Balance {
  readonly baseline: (slotMs: number) => number;
  readonly candidate: (slotMs: number) => number;
}

/** Arms whose middles lie nearer to each other than this part of the time that they share are balanced as they are. */
const LEAST_GAP = 0.1;
/** Under so much load in an arm, what the time of day does drowns in chance. */
const LEAST_LOAD = 1_000;
/** Parts of the time: short against a day, and each with load enough to tell the shares. */
const PARTS = 12;
/** Weights are multiples of its inverse: sums of them are exact, so that their order makes no difference. */
const STEPS = 1_024;

/**
 * Where instances are upgraded one after the other, old serves early and new late, so that a day on which everything becomes
 * slower makes new look slower (Simpson's paradox). In each part of the time the arm that has more than its share counts only as
 * much as the other has: nothing weighs more than it did, so that chance is not underrated, and little is lost (of twenty
 * instances 3 % of the variance, against the weights of Mantel and Haenszel 1959).
 * Null where old and new lie alike in time, as with a canary.
 */
export function balanceOf<T extends Placed>(
  baseline: readonly T[],
  candidate: readonly T[],
  loadOf: (member: T) => number,
): Balance | null {
  const [first, last] = rangeOf([...baseline, ...candidate].map(({ slotMs }) => slotMs));
  const spanMs = last - first;
  const partOf = (slotMs: number) => Math.min(PARTS - 1, Math.floor(((slotMs - first) / spanMs) * PARTS));
  const [old, fresh] = [baseline, candidate].map((arm) => {
    const loads = new Array<number>(PARTS).fill(0);
    for (const member of arm) loads[partOf(member.slotMs)] = (loads[partOf(member.slotMs)] ?? 0) + loadOf(member);
    return loads;
  });
  if (!(spanMs > 0) || old === undefined || fresh === undefined) return null;
  const [all, allFresh] = [sum(old), sum(fresh)];
  if (Math.min(all, allFresh) < LEAST_LOAD) return null;
  if (Math.abs(middleOf(old) - middleOf(fresh)) < LEAST_GAP) return null;
  return {
    baseline: (slotMs) => share((fresh[partOf(slotMs)] ?? 0) / allFresh, (old[partOf(slotMs)] ?? 0) / all),
    candidate: (slotMs) => share((old[partOf(slotMs)] ?? 0) / all, (fresh[partOf(slotMs)] ?? 0) / allFresh),
  };
}

const share = (other: number, own: number): number => (own > other ? Math.round((other / own) * STEPS) / STEPS : 1);

function rangeOf(times: readonly number[]): [first: number, last: number] {
  let [first, last] = [Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY];
  for (const time of times) [first, last] = [Math.min(first, time), Math.max(last, time)];
  return [first, last];
}

/** Mean position of a load in time, 0 to 1. */
const middleOf = (loads: readonly number[]): number =>
  sum(loads.map((load, part) => (load * part) / (PARTS - 1))) / sum(loads);
