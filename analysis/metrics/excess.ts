/** What a node shows more than its reference: how strongly it moved, and how much extra time or errors that makes, slot by slot. */

import { sum } from 'simple-statistics';
import { studentQuantile } from '../statistics/distributions.ts';
import { NO_WORK, type Work, type WorkBySlot } from './nodes.ts';
import { robustSd } from './split.ts';

/** What is asked of a node: nanoseconds per call, or failed calls per call. */
export type Channel = 'latency' | 'errors';

/** The slots that are judged, those that they are held against, and those that show how much slots differ by themselves. */
export interface Contrast {
  readonly hot: readonly number[];
  readonly reference: readonly number[];
  readonly usual: readonly number[];
}

export interface Excess {
  /** Events (nanoseconds, failed calls) beyond what the reference rate would have given, by slot; never below 0. */
  readonly bySlot: ReadonlyMap<number, number>;
  readonly reference: number;
  readonly hot: number;
  /** Natural logarithm of hot / reference: the estimate, and the lower end of its 95 % interval, at least 0. */
  readonly effect: number;
  readonly atLeast: number;
  /** Effect over its standard error: how sure it is. */
  readonly z: number;
}

/** Means of slots agree by luck where there are few; this much noise, on the log, is always assumed. */
const LEAST_NOISE = 0.01;

const eventsOf = (work: Work, channel: Channel): number => (channel === 'latency' ? work.timeNs : work.errors);

/** Null where the node made no call in the hot or in the reference slots: there is nothing to hold against each other. */
export function excessOf(work: WorkBySlot, channel: Channel, contrast: Contrast): Excess | null {
  const { hot, usual } = contrast;
  const reference = referenceOf(contrast, channel);
  const [after, before] = [totalOf(work, channel, hot), totalOf(work, channel, reference)];
  if (after.calls === 0 || before.calls === 0) return null;
  const rate = before.events / before.calls;
  const bySlot = new Map(
    hot.map((slotMs) => {
      const slot = work.get(slotMs) ?? NO_WORK;
      return [slotMs, Math.max(0, eventsOf(slot, channel) - rate * slot.calls)];
    }),
  );
  const effect = Math.log(smoothed(after, channel) / smoothed(before, channel));
  const known = usual.flatMap((slotMs) => work.get(slotMs) ?? []).filter(({ calls }) => calls > 0);
  // Errors are counts, and bring their noise with them.
  const noise = channel === 'errors' ? 0 : steadiedNoise(known, channel);
  const counting = channel === 'errors' ? 1 / (after.events + 0.5) + 1 / (before.events + 0.5) : 0;
  const standardError = Math.sqrt(noise ** 2 * (1 / hot.length + 1 / reference.length) + counting);
  const reach = studentQuantile(0.975, Math.max(1, known.length - 1)) * standardError;
  return {
    bySlot,
    reference: rate,
    hot: after.events / after.calls,
    effect,
    atLeast: Number.isFinite(effect) ? Math.max(0, effect - reach) : 0,
    z: effect / standardError,
  };
}

/**
 * A quiet quarter of an hour shows hardly an error of anybody, so that all services look equally clean. How many errors each has
 * anyway, which is what tells a caller from its callee, needs every slot without the fault; time per call is known from few, and
 * those that share the hour are the better ones.
 */
function referenceOf({ reference, usual }: Contrast, channel: Channel): readonly number[] {
  return channel === 'errors' ? [...new Set([...reference, ...usual])] : reference;
}

/** Part of the symptom's excess that the node shows as well, in the same slots: 0 to 1. */
export function shareOf(symptom: Excess, node: ReadonlyMap<number, number>): number {
  const whole = sum([...symptom.bySlot.values()]);
  const shown = sum([...symptom.bySlot].map(([slotMs, extra]) => Math.min(extra, node.get(slotMs) ?? 0)));
  return whole > 0 ? shown / whole : 0;
}

interface Total {
  readonly events: number;
  readonly calls: number;
}

function totalOf(work: WorkBySlot, channel: Channel, slots: readonly number[]): Total {
  const chosen = slots.map((slotMs) => work.get(slotMs) ?? NO_WORK);
  return { events: sum(chosen.map((slot) => eventsOf(slot, channel))), calls: sum(chosen.map(({ calls }) => calls)) };
}

/** Half an error is added, so that none at all is no certainty. */
function smoothed({ events, calls }: Total, channel: Channel): number {
  return channel === 'latency' ? events / calls : (events + 0.5) / (calls + 1);
}

/**
 * The channel on a scale where noise does not depend on the level: the logarithm of the time per call, the angle of the share of
 * errors (Anscombe 1948). Null without calls.
 */
export function steadied({ calls, timeNs, errors }: Work, channel: Channel): number | null {
  if (calls === 0 || (channel === 'latency' && timeNs <= 0)) return null;
  return channel === 'latency'
    ? Math.log(timeNs / calls)
    : Math.asin(Math.sqrt(Math.min(1, (errors + 3 / 8) / (calls + 3 / 4))));
}

/** Standard deviation between usual slots on that scale; never less than counting alone gives. */
export function steadiedNoise(usual: readonly Work[], channel: Channel): number {
  const seen = robustSd(usual.flatMap((work) => steadied(work, channel) ?? []));
  if (channel === 'latency') return Math.hypot(seen, LEAST_NOISE);
  const calls = sum(usual.map((work) => work.calls)) / Math.max(1, usual.length);
  return Math.max(seen, calls > 0 ? 1 / (2 * Math.sqrt(calls)) : 0);
}
