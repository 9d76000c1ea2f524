/** Services and the edges between them, as the units of self time name them. */

import type { EndpointKey } from '../../model.ts';

export interface Edge {
  readonly caller: string;
  readonly callee: string;
}

const ARROW = '->';

/** The two ends of `caller->callee`; null for a service. */
export function edgeOf(unit: string): Edge | null {
  const at = unit.indexOf(ARROW);
  return at < 0 ? null : { caller: unit.slice(0, at), callee: unit.slice(at + ARROW.length) };
}

/** The service that a peer address means, among those that telemetry knows; the address itself when it is none of them. */
export function serviceOfPeer({ peer }: Pick<EndpointKey, 'peer'>, services: ReadonlySet<string>): string {
  const host = peer.replace(/:\d+$/, '');
  const label = host.split('.')[0] ?? host;
  return [peer, host, label].find((name) => services.has(name)) ?? host;
}
