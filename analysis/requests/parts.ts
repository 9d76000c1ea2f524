/**
 * Parts of a request, measured as endpoints are: the time that a service spends itself, and the way between two services. The
 * latency of a call holds all that it waits for, which drowns a part that got slower.
 */

import { sum } from 'simple-statistics';
import type { Cell, EndpointKey } from '../../model.ts';
import { type DetectContext, type EndpointMeasurements, measureEndpoint } from '../detection/detect.ts';
import { type Measurement, unmeasured } from '../detection/measurement.ts';
import { servicesIn } from '../input/endpoints.ts';
import { edgeOf } from '../input/graph.ts';
import { endsOfRoot } from '../input/root.ts';
import type { ArmData } from '../input/settings.ts';
import { BUCKETS_PER_OCTAVE, moved } from '../statistics/histogram.ts';
import { callBook } from './call-book.ts';
import { holdingCalls, mainEndpoint, perCall, seenFromOutside } from './parts-guard.ts';
import { busiestRoot, countIn, isLessBelow, type Units, unitsOf } from './unit-roots.ts';

const [OWN_TIME, ON_THE_WAY] = ['(own time', '(on the way'];
/** Retries and errors are told of the calls themselves. */
const NO_GAPS = { buckets: [], counts: [] };

type PartKey = Pick<EndpointKey, 'kind' | 'endpoint'>;

/** Whether it is the own time of a service. */
export const isOwnTime = ({ kind, endpoint }: PartKey): boolean =>
  kind === 'INTERNAL' && endpoint.startsWith(`${OWN_TIME}, in `);
/** Whether it is the way between two services. */
export const isWay = ({ kind, endpoint }: PartKey): boolean =>
  kind === 'CLIENT' && endpoint.startsWith(`${ON_THE_WAY}, in `);
export const isPart = (key: PartKey): boolean => isOwnTime(key) || isWay(key);

/**
 * The way between any two services that report, and the own time of each that calls others: of one that does not, its latency
 * is its own time. Each is measured within the root endpoint that passes it most, so that another mix of requests moves nothing.
 * What the hour does to a part is what it does to the calls that hold it.
 */
export function measureParts(
  baseline: ArmData,
  candidate: ArmData,
  { ladder, ...context }: DetectContext,
): EndpointMeasurements[] {
  const units = { before: unitsOf(baseline), after: unitsOf(candidate) };
  if (units.before.size === 0) return [];
  const services = servicesIn(baseline, candidate);
  const books = { before: callBook(baseline.cells, services), after: callBook(candidate.cells, services) };
  const edges = [...units.before.keys()].map(edgeOf).filter((edge) => edge !== null);
  const callers = new Set(edges.filter(({ callee }) => services.has(callee)).map(({ caller }) => caller));
  const isMeasured = (unit: string) => services.has(edgeOf(unit)?.callee ?? '') || callers.has(unit);
  return [...units.before.keys()]
    .filter((unit) => isMeasured(unit) && units.after.has(unit))
    .sort()
    .flatMap((unit) => {
      const root = busiestRoot(unit, units);
      const arm = (all: Units) => partCells(unit, root, all);
      const [before, after] = [arm(units.before), arm(units.after)];
      const holding = mainEndpoint(holdingCalls(unit, books.before));
      const hourly = ladder === undefined || holding === null ? {} : { ladder: () => ladder(holding) };
      const measured = measureEndpoint(before, after, { ...context, ...hourly });
      if (measured === null) return [];
      const latencies = measured.measurements.filter(({ signal }) => signal.startsWith('latency.'));
      const means = { before: perCall(before), after: perCall(after) };
      const obstacle = isLessBelow(unit, root, units) ? seenFromOutside(unit, books, means) : null;
      return [{ ...measured, measurements: obstacle === null ? latencies : latencies.map(withoutTest(obstacle)) }];
    });
}

const withoutTest =
  (obstacle: string) =>
  ({ signal, baseline, candidate, tolerance }: Measurement): Measurement =>
    unmeasured(signal, { baseline, candidate, tolerance, obstacle });

/** Time for each call, so that more calls are not taken for slower ones. */
function partCells(unit: string, root: string, units: Units): Cell[] {
  const [, rootEndpoint] = endsOfRoot(root);
  const edge = edgeOf(unit);
  const own = units.get(unit)?.get(root) ?? [];
  const incoming = [...units.keys()].filter((other) => edgeOf(other)?.callee === unit);
  const callsIn = sum(incoming.map((other) => countIn(units, other, root, 'spans')));
  const fanOut = callsIn > 0 ? callsIn / countIn(units, unit, root, 'requests') : 1;
  return own.map(({ build, variant, instance, slotMs, requests, spans, selfTimes }): Cell => {
    const calls = edge === null ? fanOut : spans / requests;
    const by = Math.round(BUCKETS_PER_OCTAVE * Math.log2(calls));
    return {
      service: edge?.caller ?? unit,
      endpoint: `${edge === null ? OWN_TIME : ON_THE_WAY}, in ${rootEndpoint})`,
      kind: edge === null ? 'INTERNAL' : 'CLIENT',
      peer: edge?.callee ?? '',
      ...{ build, variant, instance, slotMs, calls: requests, errors: 0, retries: 0, logicalCalls: requests },
      durations: moved(selfTimes, -by),
      retryGaps: NO_GAPS,
    };
  });
}
