/** Calls per request: how often a service calls another for each request that reaches it, old against new. */

import { sum } from 'simple-statistics';
import type { Cell } from '../../model.ts';
import type { DetectContext, EndpointMeasurements } from '../detection/detect.ts';
import { servicesIn } from '../input/endpoints.ts';
import type { ArmData } from '../input/settings.ts';
import { type CallBook, callBook, logicalCalls } from './call-book.ts';
import { type Call, fanOutObstacle } from './fan-out-guards.ts';
import { describeFanOut } from './fan-out-measure.ts';
import { unnamedArm, unnamedCalls, unnamedObstacle } from './fan-out-unnamed.ts';
import { comparePerRequest, type PerRequestArm } from './per-request.ts';
import { recordsOf, type ServiceTraffic, spansByPlace, trafficOf } from './requests.ts';

/** Stands for the name of the call where a service calls another under several. */
const ALL_CALLS = '(all calls)';
const NO_TRAFFIC: ServiceTraffic = { own: [], out: new Map(), callsIn: new Map() };

interface Side {
  readonly traffic: ServiceTraffic;
  readonly book: CallBook;
}

/**
 * One measurement for every callee of every service that both arms pass, and one for the service's calls that name no peer.
 * What the baseline never called has none: there is nothing to compare it with.
 */
export function measureFanOut(baseline: ArmData, candidate: ArmData, context: DetectContext): EndpointMeasurements[] {
  const services = servicesIn(baseline, candidate);
  const [before, after] = [trafficOf(baseline.selfTimes, services), trafficOf(candidate.selfTimes, services)];
  const books = { before: callBook(baseline.cells, services), after: callBook(candidate.cells, services) };
  const ranges = { baseline: baseline.range, candidate: candidate.range };
  return [...services].sort().flatMap((service) => {
    const manifest = context.changed.find((build) => build.service === service);
    const [old, fresh] = [before.get(service) ?? NO_TRAFFIC, after.get(service) ?? NO_TRAFFIC];
    const named = [...old.out.keys()].sort().flatMap((callee) => {
      const sides = { before: { traffic: old, book: books.before }, after: { traffic: fresh, book: books.after } };
      return measureNamed({ service, callee, ...books, manifest }, sides, context) ?? [];
    });
    const unnamed = measureUnnamed(service, { ...books, manifest, ranges }, context);
    return unnamed === null ? named : [...named, unnamed];
  });
}

function measureNamed(
  call: Call,
  sides: { readonly before: Side; readonly after: Side },
  context: DetectContext,
): EndpointMeasurements | null {
  const [before, after] = [armOf(call, sides.before), armOf(call, sides.after)];
  const compared = comparePerRequest({ before, after, manifest: call.manifest });
  if (compared === null) return null;
  const { control, counts, test } = compared;
  const change = { control, counts, baseline: test.baseline.rate, candidate: test.candidate.rate };
  const key = { service: call.service, kind: 'CLIENT' as const, ...nameOfCall(call) };
  return describeFanOut(key, compared, () => fanOutObstacle(call, change), context);
}

/** Two builds that serve together are not compared: calls that belong to no request would follow the instances. */
function measureUnnamed(
  service: string,
  { before, after, manifest, ranges }: Omit<Call, 'service' | 'callee'> & { readonly ranges: Ranges },
  context: DetectContext,
): EndpointMeasurements | null {
  const calls = unnamedCalls(before.of(service), after.of(service));
  if (calls === null) return null;
  const arms = { before: unnamedArm(calls.before, calls.isKnown), after: unnamedArm(calls.after, calls.isKnown) };
  const compared = comparePerRequest({ ...arms, manifest });
  if (compared === null || compared.control === 'concurrent') return null;
  const names = new Set(calls.before.filter(calls.isKnown).map(({ endpoint }) => endpoint));
  const [name] = names;
  const endpoint = name !== undefined && names.size === 1 ? name : ALL_CALLS;
  const tolerance = context.settings.tolerances.calls;
  return describeFanOut(
    { service, endpoint, kind: 'CLIENT', peer: '' },
    compared,
    ({ bounds }) => unnamedObstacle(calls, compared, ranges, { bounds, tolerance }),
    context,
  );
}

type Ranges = { readonly baseline: ArmData['range']; readonly candidate: ArmData['range'] };

function armOf({ service, callee }: Call, { traffic, book }: Side): PerRequestArm {
  return {
    records: recordsOf(traffic.own, spansByPlace(traffic.out.get(callee) ?? [])),
    callsIn: traffic.callsIn,
    attempts: attemptsPerCall(book.between(service, callee)),
  };
}

function attemptsPerCall(cells: readonly Cell[]): number {
  const logical = logicalCalls(cells);
  return logical > 0 ? sum(cells.map(({ calls }) => calls)) / logical : 1;
}

/** The call's own name where it has only one, so that all that is said of it stands together. */
function nameOfCall({ service, callee, before, after }: Call): { endpoint: string; peer: string } {
  const cells = [...before.between(service, callee), ...after.between(service, callee)];
  const [endpoints, peers] = [new Set(cells.map(({ endpoint }) => endpoint)), new Set(cells.map(({ peer }) => peer))];
  const [endpoint, peer] = [[...endpoints][0], [...peers][0]];
  return {
    endpoint: endpoint !== undefined && endpoints.size === 1 ? endpoint : ALL_CALLS,
    peer: peer !== undefined && peers.size === 1 ? peer : callee,
  };
}
