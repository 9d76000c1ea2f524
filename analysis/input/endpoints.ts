/** Endpoints by a stable text, and the cells of each. */

import { haveSameKey } from '../../cells/row.ts';
import type { Cell, EndpointKey } from '../../model.ts';
import { distinct } from './distinct.ts';
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
export const endpointsOf = remember(
  (cells: readonly Cell[]): ReadonlyMap<string, Cell> =>
    new Map([...byEndpoint(cells)].map(([id, [first]]) => [id, first as Cell])),
);

/** The cells of some endpoints: asked of one cell of each. */
export function ofEndpoints(cells: readonly Cell[], isWanted: (endpoint: EndpointKey) => boolean): readonly Cell[] {
  return [...byEndpoint(cells).values()].filter(([first]) => first !== undefined && isWanted(first)).flat();
}

/** Cells whose endpoints stand together keep their order. */
export const byService = remember((cells: readonly Cell[]): ReadonlyMap<string, readonly Cell[]> => {
  const endpoints = Map.groupBy(byEndpoint(cells).values(), ([first]) => first?.service ?? '');
  return new Map([...endpoints].map(([service, own]) => [service, own.flat()]));
});

const servicesOf = remember((cells: readonly Cell[]) =>
  distinct([...endpointsOf(cells).values()], ({ service }) => service),
);

/** Those of either arm. */
export function servicesIn(...arms: readonly { readonly cells: readonly Cell[] }[]): Set<string> {
  return arms.reduce((services, { cells }) => services.union(servicesOf(cells)), new Set<string>());
}

const isSameEndpoint = (one: EndpointKey, other: EndpointKey): boolean =>
  haveSameKey(one, other) ??
  (one.service === other.service &&
    one.endpoint === other.endpoint &&
    one.kind === other.kind &&
    one.peer === other.peer);
