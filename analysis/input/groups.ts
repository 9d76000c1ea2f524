/** Groups of very many members, of which neighbours are often alike. */

import type { SelfTimeCell } from '../../model.ts';
import { remember } from './remember.ts';
import { rootOf } from './root.ts';

interface Run {
  readonly from: number;
  readonly until: number;
}

/** As `Map.groupBy`; but each list is made as long as it has to be, because of lists that grow most of the room becomes garbage. */
export function groupRuns<T>(members: readonly T[], keyOf: (member: T) => string): Map<string, readonly T[]> {
  const runs = new Map<string, Run[]>();
  for (let from = 0; from < members.length; ) {
    const key = keyOf(members[from] as T);
    let until = from + 1;
    while (until < members.length && keyOf(members[until] as T) === key) until += 1;
    const own = runs.get(key);
    if (own === undefined) runs.set(key, [{ from, until }]);
    else own.push({ from, until });
    from = until;
  }
  return new Map([...runs].map(([key, own]) => [key, together(members, own)]));
}

function together<T>(members: readonly T[], runs: readonly Run[]): readonly T[] {
  const [first] = runs;
  if (first !== undefined && runs.length === 1) return members.slice(first.from, first.until);
  const list = new Array<T>(runs.reduce((length, { from, until }) => length + until - from, 0));
  let next = 0;
  for (const { from, until } of runs) for (let index = from; index < until; index++) list[next++] = members[index] as T;
  return list;
}

/** By unit: a service, or an edge between two. */
export const byUnit = remember((cells: readonly SelfTimeCell[]) => groupRuns(cells, ({ unit }) => unit));

/** By root endpoint, as `rootOf` names it. */
export const byRoot = remember((cells: readonly SelfTimeCell[]) => groupRuns(cells, rootOf));
