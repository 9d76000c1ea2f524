/** Data that cannot be of this comparison: cells from outside of the window, and names too many to be endpoints. */

import type { Cell } from '../../model.ts';
import { byEndpoint, endpointId, endpointsOf } from './endpoints.ts';
import type { ArmData } from './settings.ts';
import { callsIn, slotsIn } from './totals.ts';

interface Kept<T> {
  readonly kept: T;
  readonly notes: readonly string[];
}

/** Instances that a note names. */
const NAMED = 5;
const MINUTE_MS = 60_000;

/** A slot counts when any part of it lies within the window. Whose clock is off tells of another time, so its cells are left out. */
export function insideWindow(name: 'baseline' | 'candidate', arm: ArmData): Kept<ArmData> {
  const { range, slotMs: widthMs } = arm;
  const isInside = ({ slotMs }: Pick<Cell, 'slotMs'>) => slotMs + widthMs > range.startMs && slotMs < range.endMs;
  const selfTimes = arm.selfTimes.every(isInside) ? arm.selfTimes : arm.selfTimes.filter(isInside);
  if ([...slotsIn(arm.cells)].every((slotMs) => isInside({ slotMs })))
    return { kept: { ...arm, selfTimes }, notes: [] };
  const outside = arm.cells.filter((cell) => !isInside(cell));
  const kept = { ...arm, cells: arm.cells.filter(isInside), selfTimes };
  const off = outside.map(({ slotMs }) => Math.max(range.startMs - slotMs, slotMs - range.endMs + widthMs));
  const farthest = off.reduce((most, each) => Math.max(most, each), 0);
  const instances = [...new Set(outside.map(({ instance }) => instance))].sort();
  const names = [...instances.slice(0, NAMED), ...(instances.length > NAMED ? ['…'] : [])].join(', ');
  return {
    kept,
    notes: [
      `Left out of the ${name}: ${outside.length} cells from up to ${Math.ceil(farthest / MINUTE_MS)} minutes outside of its window: check the clocks of ${names}.`,
    ],
  };
}

/** More than these cannot be read by anybody, and are names with an id in them rather than endpoints. */
const MOST_ENDPOINTS = 10_000;

/** The endpoints with the most calls in both arms together; the rest is left out, and counted. */
export function mostCalled(arms: readonly [ArmData, ArmData]): Kept<readonly [ArmData, ArmData]> {
  const named = new Set(arms.flatMap(({ cells }) => [...endpointsOf(cells).keys()]));
  if (named.size <= MOST_ENDPOINTS) return { kept: arms, notes: [] };
  const all = byEndpoint(arms.flatMap(({ cells }) => cells));
  const ranked = [...all]
    .map(([id, cells]) => ({ id, calls: callsIn(cells) }))
    .sort((one, other) => other.calls - one.calls || (one.id < other.id ? -1 : 1));
  const ids = new Set(ranked.slice(0, MOST_ENDPOINTS).map(({ id }) => id));
  const [before, after] = arms.map((arm) => ({ ...arm, cells: arm.cells.filter((cell) => ids.has(endpointId(cell))) }));
  const [first] = ranked.slice(MOST_ENDPOINTS);
  return {
    kept: [before ?? arms[0], after ?? arms[1]],
    notes: [
      `Left out: ${all.size - MOST_ENDPOINTS} of ${all.size} endpoints, those with ${first?.calls ?? 0} calls or fewer: so many names have an id in them; send http.route or a template.`,
    ],
  };
}
