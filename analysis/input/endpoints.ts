/** Endpoints by a stable text, and the cells of each. */

import { haveSameKey } from '../../cells/row.ts';
import type { Cell, EndpointKey } from '../../model.ts';
import { remember } from './remember.ts';

/** Stable text of an endpoint: what sorts, groups and seeds. */
export function endpointId({ service, endpoint, kind, peer }: EndpointKey): string {
  return JSON.stringify([service, endpoint, kind, peer]);
}

/** Cells by the id of their endpoint. Ids are made where the endpoint changes: quick for cells whose endpoints stand together. */
export const byEndpoint = remember((cells: readonly Cell[]): ReadonlyMap<string, readonly Cell[]> => {
  const groups = new Map<string, Cell[]>();
  for (let from = 0; from < cells.length; ) {
    const first = cells[from] as Cell;
    const until = endOfRun(cells, from);
    const id = endpointId(first);
    const group = groups.get(id);
    if (group === undefined) groups.set(id, cells.slice(from, until));
    else for (let index = from; index < until; index++) group.push(cells[index] as Cell);
    from = until;
  }
  return groups;
});

/** The first cell of each endpoint, by its id. */
export function endpointsOf(cells: readonly Cell[]): Map<string, Cell> {
  const firsts = new Map<string, Cell>();
  for (let from = 0; from < cells.length; from = endOfRun(cells, from)) {
    const first = cells[from] as Cell;
    const id = endpointId(first);
    if (!firsts.has(id)) firsts.set(id, first);
  }
  return firsts;
}

/** Where the cells of the endpoint at `from` that stand together end. */
function endOfRun(cells: readonly Cell[], from: number): number {
  const first = cells[from] as Cell;
  let until = from + 1;
  while (until < cells.length && isSameEndpoint(first, cells[until] as Cell)) until += 1;
  return until;
}

const isSameEndpoint = (one: EndpointKey, other: EndpointKey): boolean =>
  haveSameKey(one, other) ??
  (one.service === other.service &&
    one.endpoint === other.endpoint &&
    one.kind === other.kind &&
    one.peer === other.peer);
