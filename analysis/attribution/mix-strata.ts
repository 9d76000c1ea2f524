/** The calls of an endpoint by the root endpoint that they belong to, and the time of each, put together from self times. */

import { sum } from 'simple-statistics';
import type { Finding, SelfTimeCell } from '../../model.ts';
import { edgeOf, serviceOfPeer } from '../input/graph.ts';
import { byRoot, groupRuns } from '../input/groups.ts';
import { endsOfRoot } from '../input/root.ts';
import { totalNs } from '../statistics/histogram.ts';

/** One service or edge within one root endpoint. */
interface UnitTime {
  readonly cells: readonly SelfTimeCell[];
  readonly ns: number;
  readonly spans: number;
  readonly requests: number;
}

/** The units of each root endpoint, by name. */
export type RootTimes = ReadonlyMap<string, ReadonlyMap<string, UnitTime>>;

/** A unit below an endpoint, and the part of its time that the endpoint's calls take, 0 to 1. */
export interface Part {
  readonly unit: string;
  readonly weight: number;
}

/** The endpoint's calls within one root endpoint. */
export interface Stratum {
  readonly root: string;
  readonly calls: number;
  /** Mean time of a call, that of the calls below it included. */
  readonly meanNs: number;
  readonly parts: readonly Part[];
}

/** The endpoint's name, `POST /checkout`, of a root as `rootTimes` names it. */
export const endpointOfRoot = (root: string): string => endsOfRoot(root)[1];

export function rootTimes(selfTimes: readonly SelfTimeCell[]): RootTimes {
  return new Map(
    [...byRoot(selfTimes)]
      .sort(([one], [other]) => (one < other ? -1 : 1))
      .map(([root, cells]) => [root, unitTimes(cells)]),
  );
}

function unitTimes(selfTimes: readonly SelfTimeCell[]): ReadonlyMap<string, UnitTime> {
  const tally = (cells: readonly SelfTimeCell[]): UnitTime => ({
    cells,
    ns: sum(cells.map((cell) => totalNs(cell.selfTimes))),
    spans: sum(cells.map(({ spans }) => spans)),
    requests: sum(cells.map(({ requests }) => requests)),
  });
  return new Map([...groupRuns(selfTimes, ({ unit }) => unit)].map(([unit, cells]) => [unit, tally(cells)]));
}

/** Strata of the calls into the finding's service or, where it calls a peer, of the calls to it; in order of root. */
export function strataOf(
  { service, kind, peer }: Pick<Finding, 'service' | 'kind' | 'peer'>,
  roots: RootTimes,
  services: ReadonlySet<string>,
): Stratum[] {
  const calling = kind === 'CLIENT' || kind === 'PRODUCER';
  const callee = serviceOfPeer({ peer }, services);
  return [...roots].flatMap(([root, units]) => {
    const below = new Below(units, services);
    const calls = calling ? below.spansBetween(service, callee) : below.callsInto(service, root);
    if (!(calls > 0)) return [];
    const parts = calling ? below.edges(service, 1, new Set(), callee) : below.parts(service, 1, new Set());
    const ns = sum(parts.map(({ unit, weight }) => weight * (units.get(unit)?.ns ?? 0)));
    return [{ root, calls, meanNs: ns / calls, parts }];
  });
}

/** Walks from a service down to what it waits for, within one root endpoint. */
class Below {
  readonly #units: ReadonlyMap<string, UnitTime>;
  readonly #edges: readonly { readonly unit: string; readonly caller: string; readonly callee: string }[];

  constructor(units: ReadonlyMap<string, UnitTime>, services: ReadonlySet<string>) {
    this.#units = units;
    this.#edges = [...units.keys()].flatMap((unit) => {
      const edge = edgeOf(unit);
      return edge === null ? [] : [{ unit, ...edge, callee: serviceOfPeer({ peer: edge.callee }, services) }];
    });
  }

  spansBetween(caller: string, callee: string): number {
    return this.#spans((edge) => edge.caller === caller && edge.callee === callee);
  }

  /** Each request calls the root's service once, even where nobody is seen to call it. */
  callsInto(service: string, root: string): number {
    const [rootService] = endsOfRoot(root);
    const own = service === rootService ? (this.#units.get(service)?.requests ?? 0) : 0;
    return this.#units.has(service) ? own + this.#spans(({ callee }) => callee === service) : 0;
  }

  parts(service: string, weight: number, seen: ReadonlySet<string>): Part[] {
    if (seen.has(service) || !this.#units.has(service)) return [];
    return [{ unit: service, weight }, ...this.edges(service, weight, new Set([...seen, service]))];
  }

  /** The edges out of a service (or only those to `to`) with all that lies behind them. A callee's time goes by its callers' calls. */
  edges(service: string, weight: number, seen: ReadonlySet<string>, to?: string): Part[] {
    const own = this.#edges.filter(({ caller, callee }) => caller === service && (to === undefined || callee === to));
    return own.flatMap(({ unit, callee }) => {
      const part = (this.#units.get(unit)?.spans ?? 0) / this.#spans((edge) => edge.callee === callee);
      return [{ unit, weight }, ...this.parts(callee, weight * part, seen)];
    });
  }

  #spans(matches: (edge: { readonly caller: string; readonly callee: string }) => boolean): number {
    return sum(this.#edges.filter(matches).map(({ unit }) => this.#units.get(unit)?.spans ?? 0));
  }
}
