/** All counted calls of an arm, sampled or not: who calls whom, and who answers. */

import { sum } from 'simple-statistics';
import type { Cell, EndpointKey } from '../../model.ts';
import { byService, ofEndpoints } from '../input/endpoints.ts';
import { serviceOfPeer } from '../input/graph.ts';
import { groupRuns } from '../input/groups.ts';

export interface CallBook {
  /** All that the service answered or called. */
  readonly of: (service: string) => readonly Cell[];
  /** Calls to the service, by whom ever. */
  readonly to: (service: string) => readonly Cell[];
  /** Calls of the service to the callee. */
  readonly between: (service: string, callee: string) => readonly Cell[];
  readonly calleeOf: (call: Cell) => string;
}

/** `services`: those with telemetry of their own, in either arm. */
export function callBook(cells: readonly Cell[], services: ReadonlySet<string>): CallBook {
  const callees = new Map<string, string>();
  const calleeOf = ({ peer }: Cell) => {
    const callee = callees.get(peer) ?? serviceOfPeer({ peer }, services);
    callees.set(peer, callee);
    return callee;
  };
  const byCallee = groupRuns(ofEndpoints(cells, isCall), calleeOf);
  const byEnds = new Map([...byCallee].map(([callee, calls]) => [callee, byService(calls)]));
  return {
    of: (service) => byService(cells).get(service) ?? [],
    to: (service) => byCallee.get(service) ?? [],
    between: (service, callee) => byEnds.get(callee)?.get(service) ?? [],
    calleeOf,
  };
}

export const isCall = ({ kind }: EndpointKey): boolean => kind === 'CLIENT';

/** Calls that were answered. */
export function served(cells: readonly Cell[]): number {
  return sum(cells.filter(({ kind }) => kind === 'SERVER' || kind === 'CONSUMER').map(({ calls }) => calls));
}

export function logicalCalls(cells: readonly Cell[]): number {
  return sum(cells.map((cell) => cell.logicalCalls));
}
