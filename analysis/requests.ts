/** What a service does for each request that reaches it, read from the sampled traces: calls to others, and its own operations. */

import type { SelfTimeCell } from '../model.ts';
import { edgeOf, serviceOfPeer } from './graph.ts';
import { rootOf } from './root.ts';

/** One slot of one instance of a service within one root endpoint. */
export interface RequestRecord {
  /** The root endpoint: requests of one kind are compared with their like. */
  readonly root: string;
  readonly build: string;
  readonly variant: string;
  readonly instance: string;
  readonly slotMs: number;
  /** Sampled requests of the root endpoint that passed the service. */
  readonly requests: number;
  /** What the service did in them: calls to one callee, or operations of its own. */
  readonly done: number;
}

/** Self times by service: its own cells, the edges out of it by callee, and the number of calls into it by root endpoint. */
export interface ServiceTraffic {
  readonly own: readonly SelfTimeCell[];
  readonly out: ReadonlyMap<string, readonly SelfTimeCell[]>;
  readonly callsIn: ReadonlyMap<string, number>;
}

/** The traffic of every service. `services`: those with telemetry of their own, in either arm. */
export function trafficOf(
  selfTimes: readonly SelfTimeCell[],
  services: ReadonlySet<string>,
): Map<string, ServiceTraffic> {
  const units = Map.groupBy(selfTimes, ({ unit }) => unit);
  const edges = [...units].flatMap(([unit, cells]) => {
    const edge = edgeOf(unit);
    return edge === null ? [] : [{ ...edge, callee: serviceOfPeer({ peer: edge.callee }, services), cells }];
  });
  const [outOf, into] = [Map.groupBy(edges, ({ caller }) => caller), Map.groupBy(edges, ({ callee }) => callee)];
  return new Map(
    [...services].sort().map((service): [string, ServiceTraffic] => {
      const own = units.get(service) ?? [];
      const incoming = (into.get(service) ?? []).flatMap(({ cells }) => cells);
      const outgoing = Map.groupBy(outOf.get(service) ?? [], ({ callee }) => callee);
      const out = new Map([...outgoing].map(([callee, same]) => [callee, same.flatMap(({ cells }) => cells)]));
      return [service, { own, out, callsIn: callsInto(service, own, incoming) }];
    }),
  );
}

/** Each request calls the root's service once, even where nobody is seen to call it. */
function callsInto(service: string, own: readonly SelfTimeCell[], incoming: readonly SelfTimeCell[]) {
  const calls = new Map<string, number>();
  const add = (root: string, count: number) => calls.set(root, (calls.get(root) ?? 0) + count);
  for (const cell of own) if (cell.rootService === service) add(rootOf(cell), cell.requests);
  for (const cell of incoming) add(rootOf(cell), cell.spans);
  return calls;
}

/** One record for each place where the service was passed, with what `done` counts there; 0 where it counts nothing. */
export function recordsOf(own: readonly SelfTimeCell[], done: readonly SelfTimeCell[]): RequestRecord[] {
  const counts = new Map<string, number>();
  for (const cell of done) {
    const place = placeOf(cell);
    counts.set(place, (counts.get(place) ?? 0) + cell.spans);
  }
  return own.map((cell) => ({
    root: rootOf(cell),
    build: cell.build,
    variant: cell.variant,
    instance: cell.instance,
    slotMs: cell.slotMs,
    requests: cell.requests,
    done: counts.get(placeOf(cell)) ?? 0,
  }));
}

function placeOf(cell: SelfTimeCell): string {
  const { rootService, rootEndpoint, build, variant, instance, slotMs } = cell;
  return `${rootService}\n${rootEndpoint}\n${build}\n${variant}\n${instance}\n${slotMs}`;
}
