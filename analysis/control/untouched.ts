/** Services that the upgrade cannot have reached: neither changed, nor callers or callees of what changed, over any number of calls. */

import type { Cell, ChangedBuild, EndpointKey, SelfTimeCell } from '../../model.ts';
import { distinct } from '../input/distinct.ts';
import { endpointsOf, ofEndpoints } from '../input/endpoints.ts';
import { type Edge, edgeOf, serviceOfPeer } from '../input/graph.ts';
import type { ArmData, PastDay } from '../input/settings.ts';

type Arms = { readonly baseline: ArmData; readonly candidate: ArmData };

/** Cells of what those services serve; none where nobody knows what changed. */
export function untouchedCells(arms: Arms, changed: readonly ChangedBuild[]): PastDay {
  const reached = reachedServices(arms, changed);
  const isUntouched = ({ service, kind }: EndpointKey) =>
    changed.length > 0 && (kind === 'SERVER' || kind === 'CONSUMER') && !reached.has(service);
  return {
    baseline: { cells: ofEndpoints(arms.baseline.cells, isUntouched) },
    candidate: { cells: ofEndpoints(arms.candidate.cells, isUntouched) },
  };
}

function reachedServices(arms: Arms, changed: readonly ChangedBuild[]): ReadonlySet<string> {
  const edges = edgesOf(arms);
  const roots = changed.map(({ service }) => service);
  const [down, up] = [Map.groupBy(edges, ({ caller }) => caller), Map.groupBy(edges, ({ callee }) => callee)];
  const callees = walk(roots, (service) => (down.get(service) ?? []).map(({ callee }) => callee));
  const callers = walk(roots, (service) => (up.get(service) ?? []).map(({ caller }) => caller));
  return callees.union(callers);
}

function walk(roots: readonly string[], next: (service: string) => readonly string[]): Set<string> {
  const seen = new Set(roots);
  // A set that grows while it is walked hands out what was added.
  for (const service of seen) for (const other of next(service)) seen.add(other);
  return seen;
}

/** Who consumes whose messages is not known: every producer may reach every consumer. */
const MESSAGES = '(messages)';

function edgesOf({ baseline, candidate }: Arms): Edge[] {
  const endpoints = [baseline, candidate].flatMap(({ cells }) => [...endpointsOf(cells).values()]);
  const services = new Set(endpoints.map(({ service }) => service));
  const units = new Set([baseline, candidate].flatMap(({ selfTimes }) => unitsOf(selfTimes)));
  const seen = [...units].map(edgeOf).filter((edge) => edge !== null);
  const told = new Map(
    endpoints.flatMap((endpoint) => {
      const edge = edgeOfCell(endpoint, services);
      return edge === null ? [] : [[`${edge.caller}\n${edge.callee}`, edge] as const];
    }),
  );
  return [...seen, ...told.values()];
}

const unitsOf = (cells: readonly SelfTimeCell[]): string[] => [...distinct(cells, ({ unit }) => unit)];

function edgeOfCell(cell: Cell, services: ReadonlySet<string>): Edge | null {
  if (cell.kind === 'CLIENT') return { caller: cell.service, callee: serviceOfPeer(cell, services) };
  if (cell.kind === 'PRODUCER') return { caller: cell.service, callee: MESSAGES };
  return cell.kind === 'CONSUMER' ? { caller: MESSAGES, callee: cell.service } : null;
}
