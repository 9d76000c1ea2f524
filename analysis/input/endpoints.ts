/** Endpoints by a stable text, and the cells of each. */

import { haveSameKey } from '../../cells/row.ts';
import type { Cell, EndpointKey } from '../../model.ts';
import { groupRuns } from './groups.ts';
import { remember } from './remember.ts';

/** Stable text of an endpoint: what sorts, groups and seeds. */
export function endpointId({ service, endpoint, kind, peer }: EndpointKey): string {
  return JSON.stringify([service, endpoint, kind, peer]);
}

/** Cells by the id of their endpoint. Ids are made where the endpoint changes: quick for cells whose endpoints stand together. */
export const byEndpoint = remember((cells: readonly Cell[]) => {
  let last: { readonly cell: Cell; readonly id: string } | undefined;
  return groupRuns(cells, (cell) => {
    if (last === undefined || !isSameEndpoint(last.cell, cell)) last = { cell, id: endpointId(cell) };
    return last.id;
  });
});

/** The first cell of each endpoint, by its id. */
export function endpointsOf(cells: readonly Cell[]): Map<string, Cell> {
  return new Map([...byEndpoint(cells)].map(([id, [first]]) => [id, first as Cell]));
}

const isSameEndpoint = (one: EndpointKey, other: EndpointKey): boolean =>
  haveSameKey(one, other) ??
  (one.service === other.service &&
    one.endpoint === other.endpoint &&
    one.kind === other.kind &&
    one.peer === other.peer);
