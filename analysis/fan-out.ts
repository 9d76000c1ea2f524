/** Calls per request: how often a service calls another for each request that reaches it, old against new. */

import { sum } from 'simple-statistics';
import type { Cell } from '../model.ts';
import { type CallBook, callBook, isCall, logicalCalls } from './call-book.ts';
import { instanceCount } from './cluster.ts';
import type { DetectContext, EndpointMeasurements } from './detect.ts';
import { type Call, fanOutObstacle } from './fan-out-guards.ts';
import { type Measurement, unmeasured } from './measurement.ts';
import { comparePerRequest, type PerRequest, type PerRequestArm } from './per-request.ts';
import { persistence } from './persistence.ts';
import { sizeRatio } from './rate.ts';
import { type RequestRecord, recordsOf, type ServiceTraffic, trafficOf } from './requests.ts';
import type { AnalysisSettings, ArmData } from './settings.ts';

/** Fewer calls than this in both arms together: were all of them to vanish, it could still be chance (two-sided p > .05). */
const FEWEST_CALLS = 6;
/** Stands for the name of the call where a service calls another under several. */
const ALL_CALLS = '(all calls)';

interface Side {
  readonly traffic: ServiceTraffic;
  readonly book: CallBook;
}

/** One measurement for every callee of every service that both arms pass. Callees that the baseline never called have none. */
export function measureFanOut(baseline: ArmData, candidate: ArmData, context: DetectContext): EndpointMeasurements[] {
  const services = new Set([...baseline.cells, ...candidate.cells].map(({ service }) => service));
  const [before, after] = [trafficOf(baseline.selfTimes, services), trafficOf(candidate.selfTimes, services)];
  const books = { before: callBook(baseline.cells, services), after: callBook(candidate.cells, services) };
  return [...before].flatMap(([service, traffic]) => {
    const manifest = context.changed.find((build) => build.service === service);
    return [...traffic.out.keys()].sort().flatMap((callee) => {
      const now = after.get(service) ?? { own: [], out: new Map(), callsIn: new Map() };
      const sides = { before: { traffic, book: books.before }, after: { traffic: now, book: books.after } };
      return measureCall({ service, callee, ...books, manifest }, sides, context) ?? [];
    });
  });
}

function measureCall(
  call: Call,
  sides: { readonly before: Side; readonly after: Side },
  { covered, settings }: DetectContext,
): EndpointMeasurements | null {
  const [before, after] = [armOf(call, sides.before), armOf(call, sides.after)];
  const compared = comparePerRequest({ before, after, manifest: call.manifest });
  if (compared === null) return null;
  const { arms, control } = compared;
  const recordsIn = (clusters: typeof arms.baseline) => clusters.flatMap(({ members }) => members);
  const sizes = (sizeOf: (records: readonly RequestRecord[]) => number) => ({
    baseline: sizeOf(recordsIn(arms.baseline)),
    candidate: sizeOf(recordsIn(arms.candidate)),
  });
  return {
    key: { service: call.service, kind: 'CLIENT', ...nameOfCall(call) },
    control,
    confidence: arms.unit === 'instance' && covered ? 'high' : 'low',
    calls: sizes((records) => sum(records.map(({ done }) => done))),
    instances: sizes(instanceCount),
    shift: [],
    measurements: [measurementOf(call, compared, settings)],
  };
}

function armOf({ service, callee }: Call, { traffic, book }: Side): PerRequestArm {
  return {
    records: recordsOf(traffic.own, traffic.out.get(callee) ?? []),
    callsIn: traffic.callsIn,
    attempts: attemptsPerCall(callsTo(service, callee, book)),
  };
}

const callsTo = (service: string, callee: string, book: CallBook) =>
  book.of(service).filter((cell) => isCall(cell) && book.calleeOf(cell) === callee);

function attemptsPerCall(cells: readonly Cell[]): number {
  const logical = logicalCalls(cells);
  return logical > 0 ? sum(cells.map(({ calls }) => calls)) / logical : 1;
}

/** The call's own name where it has only one, so that all that is said of it stands together. */
function nameOfCall({ service, callee, before, after }: Call): { endpoint: string; peer: string } {
  const cells = [...callsTo(service, callee, before), ...callsTo(service, callee, after)];
  const [endpoints, peers] = [new Set(cells.map(({ endpoint }) => endpoint)), new Set(cells.map(({ peer }) => peer))];
  const [endpoint, peer] = [[...endpoints][0], [...peers][0]];
  return {
    endpoint: endpoint !== undefined && endpoints.size === 1 ? endpoint : ALL_CALLS,
    peer: peer !== undefined && peers.size === 1 ? peer : callee,
  };
}

function measurementOf(call: Call, compared: PerRequest, settings: AnalysisSettings): Measurement {
  const { test, arms, windows, control, counts } = compared;
  const [tolerance, floor] = [settings.tolerances.calls, settings.callFloor];
  const values = { baseline: test.baseline.rate, candidate: test.candidate.rate };
  const calls = counts.baseline.events + counts.candidate.events;
  if (calls < FEWEST_CALLS) {
    return unmeasured('calls', {
      ...values,
      tolerance,
      obstacle: `${Math.round(calls)} calls in both arms say nothing`,
    });
  }
  const beyond = Math.abs(Math.log(values.candidate / values.baseline)) > Math.log(1 + tolerance);
  const chance = 'one instance in one slot says nothing about chance: compare over a longer time';
  return {
    signal: 'calls',
    tolerance,
    ...values,
    ...sizeRatio(test, { tolerance, floor }, settings.instanceSd ** 2 * arms.unseenInstances),
    lasting: persistence({ baselineRate: values.baseline, candidateRate: values.candidate, windows }),
    obstacle: test.p === null ? chance : beyond ? fanOutObstacle(call, { control, counts, ...values }) : null,
    quiet: null,
  };
}
