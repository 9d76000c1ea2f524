/** Self times by unit (a service, or an edge between two) and by the root endpoint whose requests passed it. */

import type { SelfTimeCell } from '../../model.ts';
import { edgeOf } from '../input/graph.ts';
import { byUnit, groupRuns } from '../input/groups.ts';
import { rootOf } from '../input/root.ts';
import type { ArmData } from '../input/settings.ts';

/** By root endpoint. */
type Roots = ReadonlyMap<string, readonly SelfTimeCell[]>;
/** By unit. */
export type Units = ReadonlyMap<string, Roots>;
export type UnitSides = { readonly before: Units; readonly after: Units };

/** Fewer spans than this part of what they were are missed. */
const MISSED = 0.98;

export function unitsOf({ selfTimes }: ArmData): Units {
  return new Map([...byUnit(selfTimes)].map(([unit, cells]) => [unit, groupRuns(cells, rootOf)]));
}

export function countIn(units: Units, unit: string, root: string, what: 'requests' | 'spans'): number {
  return (units.get(unit)?.get(root) ?? []).reduce((sum, cell) => sum + cell[what], 0);
}

/** The root endpoint with the most requests through the unit in the arm that has fewer. */
export function busiestRoot(unit: string, { before, after }: UnitSides): string {
  const requestsIn = (root: string) =>
    Math.min(countIn(before, unit, root, 'requests'), countIn(after, unit, root, 'requests'));
  const roots = [...(before.get(unit)?.keys() ?? [])].sort();
  return roots.reduce((best, root) => (requestsIn(root) > requestsIn(best) ? root : best), roots[0] ?? '');
}

/** Whether fewer requests than before show what lies below the unit: a callee behind an edge, the calls that a service makes. */
export function isLessBelow(unit: string, root: string, { before, after }: UnitSides): boolean {
  const callee = edgeOf(unit)?.callee;
  const below = callee === undefined ? [...before.keys()].filter((other) => edgeOf(other)?.caller === unit) : [callee];
  const what = callee === undefined ? 'spans' : 'requests';
  const shown = (units: Units, other: string) =>
    countIn(units, other, root, what) / countIn(units, unit, root, 'requests');
  return below.some((other) => shown(after, other) < MISSED * shown(before, other));
}
