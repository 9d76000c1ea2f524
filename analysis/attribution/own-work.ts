/** Operations of its own that a service does for each call into it: an answer that is cut short does fewer. */

import { sizeRatio } from '../detection/rate.ts';
import { byService, servicesIn } from '../input/endpoints.ts';
import type { ArmData } from '../input/settings.ts';
import { mixRange } from '../requests/mix.ts';
import { comparePerRequest } from '../requests/per-request.ts';
import { recordsOf, trafficOf } from '../requests/requests.ts';
import { benjaminiHochberg } from '../statistics/fdr.ts';
import type { TimeInput } from './time.ts';

export interface WorkShift {
  /** Spans of the service per call into it: its answer, its internal operations, its calls that name no peer. */
  readonly baseline: number;
  readonly candidate: number;
  readonly p: number;
}

/**
 * The services whose work per call changed beyond chance, beyond the tolerance, and beyond what another mix of their
 * endpoints could explain. An upgrade may change what a service reports of itself, so this speaks of a suspect and
 * is no finding.
 */
export function workShifts({ baseline, candidate, changed, settings }: TimeInput): Map<string, WorkShift> {
  const services = servicesIn(baseline, candidate);
  const [before, after] = [trafficOf(baseline.selfTimes, services), trafficOf(candidate.selfTimes, services)];
  const shifts = [...before].flatMap(([service, old]) => {
    const fresh = after.get(service);
    if (fresh === undefined) return [];
    const arm = ({ own, callsIn }: typeof old) => ({
      records: recordsOf(own, ({ spans }) => spans),
      callsIn,
      attempts: 1,
    });
    const manifest = changed.find((build) => build.service === service);
    const compared = comparePerRequest({ before: arm(old), after: arm(fresh), manifest });
    if (compared === null) return [];
    const { test, arms } = compared;
    const { bounds, p } = sizeRatio(
      test,
      { tolerance: settings.tolerances.calls, floor: 0 },
      settings.instanceSd ** 2 * arms.unseenInstances,
    );
    const cellsOf = ({ cells }: ArmData) => byService(cells).get(service) ?? [];
    const mix = mixRange(cellsOf(baseline), cellsOf(candidate));
    return [{ service, baseline: test.baseline.rate, candidate: test.candidate.rate, bounds, p, mix }];
  });
  const adjusted = benjaminiHochberg(shifts.map(({ p }) => p));
  const limit = 1 + settings.tolerances.calls;
  const beyond = shifts.filter(({ bounds, mix }, index) => {
    const significant = (adjusted[index] ?? 1) <= settings.falseDiscoveryRate;
    return significant && (bounds[0] > limit * mix[1] || bounds[1] < mix[0] / limit);
  });
  return new Map(
    beyond.map(({ service, baseline: old, candidate: now, p }) => [
      service,
      { baseline: old, candidate: now, p: p ?? 1 },
    ]),
  );
}
