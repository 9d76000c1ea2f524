/** Where the time went: self time of every service and edge within the root endpoints that regressed. */

import { sum } from 'simple-statistics';
import type { ChangedBuild, Finding, SelfTimeCell } from '../../model.ts';
import { type Edge, edgeOf } from '../input/graph.ts';
import { byRoot } from '../input/groups.ts';
import { endsOfRoot } from '../input/root.ts';
import type { AnalysisSettings, ArmData } from '../input/settings.ts';
import { benjaminiHochberg } from '../statistics/fdr.ts';
import { change, duration, pValue } from '../words.ts';
import type { Charge } from './evidence.ts';
import { measureUnit, type UnitShift } from './unit-shift.ts';

export interface TimeInput {
  readonly baseline: ArmData;
  readonly candidate: ArmData;
  readonly changed: readonly ChangedBuild[];
  readonly settings: AnalysisSettings;
  readonly seed: number;
}

/** One unit within one root endpoint, with its tests corrected for the number of units. */
export interface JudgedUnit extends UnitShift {
  readonly root: string;
  readonly edge: Edge | null;
  readonly slower: boolean;
  readonly moreCalls: boolean;
}

const QUANTILE_OF: Readonly<Record<string, number>> = {
  'latency.p50': 0.5,
  'latency.p95': 0.95,
  'latency.p99': 0.99,
  'latency.p99.9': 0.999,
};

/** `regressed`: latency findings, worst first. */
export function judgeUnits(regressed: readonly Finding[], input: TimeInput): JudgedUnit[] {
  const roots = rootsOf(regressed, byRoot(input.candidate.selfTimes));
  return roots.flatMap(({ root, quantile }) => judgeRoot(root, quantile, input));
}

/** The root endpoints that regressed; where none did, those whose requests pass a service that did. */
function rootsOf(regressed: readonly Finding[], after: ReadonlyMap<string, readonly SelfTimeCell[]>) {
  const roots = [...after.keys()].sort();
  const quantile = (finding: Finding | undefined) => QUANTILE_OF[finding?.signal ?? ''] ?? 0.5;
  const own = roots.flatMap((root) => {
    const finding = regressed.find(({ service, endpoint }) => JSON.stringify([service, endpoint]) === root);
    return finding === undefined ? [] : [{ root, quantile: quantile(finding) }];
  });
  if (own.length > 0) return own;
  return roots.flatMap((root) => {
    const units = new Set((after.get(root) ?? []).map(({ unit }) => unit));
    const finding = regressed.find(({ service }) => units.has(service));
    return finding === undefined ? [] : [{ root, quantile: quantile(finding) }];
  });
}

/** The units that got slower within a root endpoint, in the mean or at the quantile that the signal names. */
export function slowerWithin(root: string, signal: string, input: TimeInput): ReadonlySet<string> {
  const quick = { ...input, settings: { ...input.settings, bootstrapDraws: 0 } };
  const units = judgeRoot(root, QUANTILE_OF[signal] ?? 0.5, quick);
  return new Set(units.filter(({ slower }) => slower).map(({ unit }) => unit));
}

function judgeRoot(root: string, quantile: number, input: TimeInput): JudgedUnit[] {
  const { falseDiscoveryRate, tolerances } = input.settings;
  const cellsOf = ({ selfTimes }: ArmData) => byRoot(selfTimes).get(root) ?? [];
  const [before, after] = [cellsOf(input.baseline), cellsOf(input.candidate)];
  const units = [...new Set(after.map(({ unit }) => unit))].sort();
  const shifts = units
    .map((unit) => shiftOf(unit, root, quantile, before, after, input))
    .filter((shift) => shift !== null);
  const times = benjaminiHochberg(shifts.map(({ p }) => p));
  const counts = benjaminiHochberg(shifts.map(({ calls, unit }) => (edgeOf(unit) === null ? null : calls.p)));
  const passes = (q: number | null | undefined) => (q ?? 1) <= falseDiscoveryRate;
  return shifts.map((shift, index) => ({
    ...shift,
    root,
    edge: edgeOf(shift.unit),
    slower: passes(times[index]) && shift.excessNs > 0,
    moreCalls: passes(counts[index]) && shift.calls.candidate > shift.calls.baseline * (1 + tolerances.retries),
  }));
}

function shiftOf(
  unit: string,
  root: string,
  quantile: number,
  before: readonly SelfTimeCell[],
  after: readonly SelfTimeCell[],
  { changed, settings, seed }: TimeInput,
): UnitShift | null {
  const [baseline, candidate] = [callsInto(unit, before), callsInto(unit, after)];
  return measureUnit({
    unit,
    before: before.filter((cell) => cell.unit === unit),
    after: after.filter((cell) => cell.unit === unit),
    rootRequests: requestsOf(root, after),
    callsPerRequest: baseline !== null && candidate !== null ? { baseline, candidate } : null,
    quantile,
    manifest: changed.find(({ service }) => service === (edgeOf(unit)?.caller ?? unit)),
    bootstrapDraws: settings.bootstrapDraws,
    instanceSd: settings.instanceSd,
    seed,
  });
}

/** Every request passes the root's own service. */
function requestsOf(root: string, cells: readonly SelfTimeCell[]): number {
  const [service] = endsOfRoot(root);
  return sum(cells.filter(({ unit }) => unit === service).map(({ requests }) => requests));
}

/**
 * Calls into a unit per request that passes it. For a service its callers' spans tell, because its own spans also count
 * its internal operations. A root that nobody calls has one call per request.
 */
function callsInto(unit: string, cells: readonly SelfTimeCell[]): number | null {
  if (edgeOf(unit) !== null) return null;
  const incoming = sum(cells.filter((cell) => edgeOf(cell.unit)?.callee === unit).map(({ spans }) => spans));
  const requests = sum(cells.filter((cell) => cell.unit === unit).map((cell) => cell.requests));
  return incoming > 0 && requests > 0 ? incoming / requests : 1;
}

/** Charges every unit's time to a service: a service's own to itself, an edge's to one of its ends. */
export function chargeTime(units: readonly JudgedUnit[]): Charge[] {
  return units.flatMap((unit) => [chargeOwn(unit, units), ...chargeCalls(unit, units)]);
}

function chargeOwn(unit: JudgedUnit, units: readonly JudgedUnit[]): Charge {
  const { edge, excessNs, draws, slower, p } = unit;
  const change = movement(unit);
  const words = p === null ? change : `${change}, ${pValue(p)}`;
  if (edge === null) {
    return {
      service: unit.unit,
      channel: 'time',
      amount: excessNs,
      draws,
      significant: slower,
      p,
      text: `self time ${words}`,
    };
  }
  const { service, why } = blamedEnd(edge, unit.root, units);
  const text = `time on the edge ${unit.unit} ${words}; ${why}`;
  return { service, channel: 'time', amount: excessNs, draws, significant: slower, p, text };
}

/** More calls than before are the caller's doing: their time, on the edge and in the callee, is charged to the caller. */
function chargeCalls(unit: JudgedUnit, units: readonly JudgedUnit[]): Charge[] {
  const { edge, calls, moreCalls } = unit;
  if (edge === null || !moreCalls) return [];
  const callee = units.find((other) => other.root === unit.root && other.unit === edge.callee);
  const amount = unit.callsExcessNs + Math.max(0, callee?.callsExcessNs ?? 0);
  const text = `calls to ${edge.callee} per request went from ${calls.baseline.toFixed(2)} to ${calls.candidate.toFixed(2)}`;
  return [{ service: edge.caller, channel: 'calls', amount, draws: [], significant: true, p: calls.p, text }];
}

/** The end whose other edges moved as well is at fault; between equals, the one whose own time moved; then the callee. */
function blamedEnd({ caller, callee }: Edge, root: string, units: readonly JudgedUnit[]) {
  const within = units.filter((unit) => unit.root === root);
  const [atCaller, atCallee] = [caller, callee].map((service) => movedEdges(service, within));
  const [ownCaller, ownCallee] = [caller, callee].map((service) =>
    within.some((unit) => unit.unit === service && unit.slower) ? 1 : 0,
  );
  const lead =
    (atCaller?.share ?? 0) - (atCallee?.share ?? 0) ||
    (atCaller?.moved ?? 0) - (atCallee?.moved ?? 0) ||
    (ownCaller ?? 0) - (ownCallee ?? 0);
  const [service, end] = lead > 0 ? [caller, atCaller] : [callee, atCallee];
  return { service, why: `charged to ${service}, of whose ${end?.all ?? 0} edges ${end?.moved ?? 0} got slower` };
}

function movedEdges(service: string, units: readonly JudgedUnit[]) {
  const own = units.filter(({ edge }) => edge?.caller === service || edge?.callee === service);
  const moved = own.filter(({ slower }) => slower).length;
  return { moved, all: own.length, share: own.length > 0 ? moved / own.length : 0 };
}

function movement({ root, baselineNs, candidateNs }: JudgedUnit): string {
  const [, endpoint] = endsOfRoot(root);
  const size = baselineNs > 0 ? ` (${change(candidateNs / baselineNs)})` : '';
  return `per request of ${endpoint} went from ${duration(baselineNs)} to ${duration(candidateNs)}${size}`;
}
