/** Who may be charged: services, peers that only their callers tell of, and the ways between; each with what is its own. */

import { type Channel, type Contrast, type Excess, excessOf } from './excess.ts';
import { type Nodes, serviceOf, type WorkBySlot } from './nodes.ts';

interface Unit {
  readonly excess: Excess;
  /** The excess less what the unit's own callees show. */
  readonly own: ReadonlyMap<number, number>;
}

/** Services by what they serve, peers that report nothing by what their callers say, and edges that are slower than their callee. */
export function unitsOf(nodes: Nodes, channel: Channel, contrast: Contrast): Map<string, Unit> {
  const served = measured(nodes.served, channel, contrast);
  const waits = new Map<string, ReadonlyMap<number, number>>();
  const units = new Map<string, Unit>();
  for (const [caller, peers] of nodes.called) {
    for (const [peer, excess] of measured(peers, channel, contrast)) {
      waits.set(caller, plus(waits.get(caller), excess.bySlot));
      const callee = serviceOf(peer, nodes);
      const theirs = callee === null ? undefined : served.get(callee)?.bySlot;
      units.set(callee === null ? peer : `${caller}->${callee}`, { excess, own: minus(excess.bySlot, theirs) });
    }
  }
  for (const [service, excess] of served) units.set(service, { excess, own: minus(excess.bySlot, waits.get(service)) });
  return units;
}

function measured(
  nodes: ReadonlyMap<string, WorkBySlot>,
  channel: Channel,
  contrast: Contrast,
): ReadonlyMap<string, Excess> {
  return new Map(
    [...nodes].flatMap(([node, work]): [string, Excess][] => {
      const excess = excessOf(work, channel, contrast);
      return excess === null ? [] : [[node, excess]];
    }),
  );
}

function plus(one: ReadonlyMap<number, number> = new Map(), other: ReadonlyMap<number, number>): Map<number, number> {
  return new Map([...other].map(([slotMs, extra]) => [slotMs, extra + (one.get(slotMs) ?? 0)]));
}

function minus(one: ReadonlyMap<number, number>, other: ReadonlyMap<number, number> = new Map()): Map<number, number> {
  return new Map([...one].map(([slotMs, extra]) => [slotMs, Math.max(0, extra - (other.get(slotMs) ?? 0))]));
}
