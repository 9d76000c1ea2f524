/** The root endpoint of a self time as one text: what groups and sorts. */

import type { SelfTimeCell } from '../../model.ts';

type Root = Pick<SelfTimeCell, 'rootService' | 'rootEndpoint'>;

/** Hundreds of thousands are asked one after the other, and neighbours share their root. */
let last: Root & { readonly text: string } = { rootService: '', rootEndpoint: '', text: JSON.stringify(['', '']) };

/** `["service","endpoint"]`. */
export function rootOf({ rootService, rootEndpoint }: Root): string {
  if (rootService !== last.rootService || rootEndpoint !== last.rootEndpoint)
    last = { rootService, rootEndpoint, text: JSON.stringify([rootService, rootEndpoint]) };
  return last.text;
}

/** Of such a text: service and endpoint. */
export const endsOfRoot = (root: string) => JSON.parse(root) as [service: string, endpoint: string];
