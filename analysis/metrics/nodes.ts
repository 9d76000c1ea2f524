/** Who stands in a system that only metrics describe: services, what they call, and the edges between, slot by slot. */

import type { MetricSeries } from '../../model.ts';
import { meaningOf } from './meaning.ts';

/** Of one slot: calls, the time that they took in nanoseconds, and those that failed. */
export interface Work {
  readonly calls: number;
  readonly timeNs: number;
  readonly errors: number;
}

/** Work by slot (its start). */
export type WorkBySlot = ReadonlyMap<number, Work>;

export interface Nodes {
  /** What services report of the requests that they serve. */
  readonly served: ReadonlyMap<string, WorkBySlot>;
  /** What callers report of their calls: by caller, then by whom they call. */
  readonly called: ReadonlyMap<string, ReadonlyMap<string, WorkBySlot>>;
}

export const NO_WORK: Work = { calls: 0, timeNs: 0, errors: 0 };

type Growing = Map<number, Work>;

export function nodesOf(series: readonly MetricSeries[]): Nodes {
  const served = new Map<string, Growing>();
  const called = new Map<string, Map<string, Growing>>();
  for (const each of series) {
    const { role, kind, scale } = meaningOf(each);
    if (role !== 'request') continue;
    const outgoing = kind === 'CLIENT' || kind === 'PRODUCER';
    if (outgoing && each.peer === '') continue;
    const [nodes, node] = outgoing ? [of(called, each.service, newNodes), each.peer] : [served, each.service];
    const sums = of(nodes, node, newSlots);
    for (const [slotMs, work] of workOf(each, scale)) sums.set(slotMs, add(sums.get(slotMs), work));
  }
  for (const [service, failed] of availabilityOf(series)) withAvailability(served.get(service), failed);
  return { served, called };
}

/** The service that a peer's name means: itself, or the host name's first label where that is a service. */
export function serviceOf(peer: string, { served }: Nodes): string | null {
  const label = peer.split(/[.:]/)[0] ?? peer;
  return [peer, label].find((name) => served.has(name)) ?? null;
}

function workOf(series: MetricSeries, scale: number): [number, Work][] {
  if (series.kind === 'gauge' || series.kind === 'sum') return [];
  return series.slots.map(({ slotMs, count, sum }) => [
    slotMs,
    { calls: count, timeNs: sum * scale, errors: series.failed ? count : 0 },
  ]);
}

/** Shares of failed calls by service and slot, where a gauge gives the share of good ones; the worst of its instances. */
function availabilityOf(series: readonly MetricSeries[]): Map<string, Map<number, number>> {
  const failing = new Map<string, Map<number, number>>();
  for (const each of series) {
    const { role, scale } = meaningOf(each);
    if (role !== 'availability' || each.kind !== 'gauge') continue;
    const shares = of(failing, each.service, () => new Map<number, number>());
    for (const { slotMs, mean } of each.slots)
      shares.set(slotMs, Math.max(shares.get(slotMs) ?? 0, Math.min(1, Math.max(0, 1 - mean * scale))));
  }
  return failing;
}

function withAvailability(work: Growing | undefined, failing: ReadonlyMap<number, number>): void {
  for (const [slotMs, slot] of work ?? []) {
    const errors = slot.calls * (failing.get(slotMs) ?? 0);
    work?.set(slotMs, { ...slot, errors: Math.max(slot.errors, errors) });
  }
}

function add(one: Work = NO_WORK, other: Work): Work {
  return {
    calls: one.calls + other.calls,
    timeNs: one.timeNs + other.timeNs,
    errors: one.errors + other.errors,
  };
}

const newSlots = (): Growing => new Map();
const newNodes = () => new Map<string, Growing>();

function of<Key, Value>(map: Map<Key, Value>, key: Key, make: () => Value): Value {
  const known = map.get(key);
  if (known !== undefined) return known;
  const made = make();
  map.set(key, made);
  return made;
}
