/** What a service does for each request that reaches it, read from the sampled traces: calls to others, and its own operations. */

import { Dictionary } from '../../cells/dictionary.ts';
import type { UnitKey } from '../../cells/self-time.ts';
import type { Process } from '../../cells/table.ts';
import type { SelfTimeCell } from '../../model.ts';
import { edgeOf, serviceOfPeer } from '../input/graph.ts';
import { byUnit } from '../input/groups.ts';
import { rootOf } from '../input/root.ts';

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
  const units = byUnit(selfTimes);
  const edges = [...units].flatMap(([unit, cells]) => {
    const edge = edgeOf(unit);
    return edge === null ? [] : [{ ...edge, callee: serviceOfPeer({ peer: edge.callee }, services), cells }];
  });
  const [outOf, into] = [Map.groupBy(edges, ({ caller }) => caller), Map.groupBy(edges, ({ callee }) => callee)];
  return new Map(
    [...services].sort().map((service): [string, ServiceTraffic] => {
      const own = units.get(service) ?? [];
      const outgoing = Map.groupBy(outOf.get(service) ?? [], ({ callee }) => callee);
      const out = new Map([...outgoing].map(([callee, same]) => [callee, cellsOf(same)]));
      return [service, { own, out, callsIn: callsInto(service, own, into.get(service) ?? []) }];
    }),
  );
}

interface EdgeCells {
  readonly cells: readonly SelfTimeCell[];
}

/** A callee of one name, as nearly all are, needs no new list. */
function cellsOf(edges: readonly EdgeCells[]): readonly SelfTimeCell[] {
  const [first] = edges;
  return edges.length === 1 && first !== undefined ? first.cells : edges.flatMap(({ cells }) => cells);
}

/** Each request calls the root's service once, even where nobody is seen to call it. */
function callsInto(service: string, own: readonly SelfTimeCell[], incoming: readonly EdgeCells[]): Map<string, number> {
  const calls = new Map<string, number>();
  const add = (root: string, count: number) => calls.set(root, (calls.get(root) ?? 0) + count);
  for (const cell of own) if (cell.rootService === service) add(rootOf(cell), cell.requests);
  for (const { cells } of incoming) for (const cell of cells) add(rootOf(cell), cell.spans);
  return calls;
}

/** One record for each place where the service was passed. `doneAt`: how often the service did it there. */
export const recordsOf = (
  own: readonly SelfTimeCell[],
  doneAt: (place: SelfTimeCell) => number,
): readonly RequestRecord[] => own.map((cell) => new PlaceRecord(cell, doneAt(cell)));

/** Looks most of it up: there are as many as cells. */
class PlaceRecord implements RequestRecord {
  readonly #place: SelfTimeCell;
  readonly done: number;

  constructor(place: SelfTimeCell, done: number) {
    this.#place = place;
    this.done = done;
  }
  get root(): string {
    return rootOf(this.#place);
  }
  get build(): string {
    return this.#place.build;
  }
  get variant(): string {
    return this.#place.variant;
  }
  get instance(): string {
    return this.#place.instance;
  }
  get slotMs(): number {
    return this.#place.slotMs;
  }
  get requests(): number {
    return this.#place.requests;
  }
}

const PLACE = ['rootService', 'rootEndpoint', 'build', 'variant', 'instance'] as const;

/** The spans by place: a root endpoint, a process and a slot. A text for each of hundreds of thousands would take more than all else. */
export function spansByPlace(cells: readonly SelfTimeCell[]): (place: SelfTimeCell) => number {
  const processes = new Dictionary<Omit<UnitKey, 'unit'> & Process>(PLACE);
  const slots = new Map<number, Map<number, number>>();
  for (const cell of cells) {
    const slot = slots.get(cell.slotMs) ?? new Map<number, number>();
    const process = processes.idOf(cell);
    slots.set(cell.slotMs, slot.set(process, (slot.get(process) ?? 0) + cell.spans));
  }
  return (place) => slots.get(place.slotMs)?.get(processes.idOf(place)) ?? 0;
}
