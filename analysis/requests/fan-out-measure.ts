/** One comparison of calls per request as a measurement: sized, tested, and with what stands against a verdict. */

import { sum } from 'simple-statistics';
import type { EndpointKey } from '../../model.ts';
import { instanceCount } from '../control/cluster.ts';
import type { DetectContext, EndpointMeasurements } from '../detection/detect.ts';
import { type Measurement, unmeasured } from '../detection/measurement.ts';
import { persistence } from '../detection/persistence.ts';
import { sizeRatio } from '../detection/rate.ts';
import type { AnalysisSettings } from '../input/settings.ts';
import type { PerRequest } from './per-request.ts';
import type { RequestRecord } from './requests.ts';

/** Fewer calls than this in both arms together: were all of them to vanish, it could still be chance (two-sided p > .05). */
const FEWEST_CALLS = 6;
const CHANCE = 'one instance in one slot says nothing about chance: compare over a longer time';

/** Why calls may only seem to change; asked where the rates differ by more than the tolerance. */
export type ObstacleOf = (change: { readonly bounds: readonly [number, number] }) => string | null;

export function describeFanOut(
  key: EndpointKey,
  compared: PerRequest,
  obstacleOf: ObstacleOf,
  { covered, settings }: DetectContext,
): EndpointMeasurements {
  const { arms, control } = compared;
  const recordsIn = (clusters: typeof arms.baseline) => clusters.flatMap(({ members }) => members);
  const sizes = (sizeOf: (records: readonly RequestRecord[]) => number) => ({
    baseline: sizeOf(recordsIn(arms.baseline)),
    candidate: sizeOf(recordsIn(arms.candidate)),
  });
  return {
    key,
    control,
    confidence: arms.unit === 'instance' && covered ? 'high' : 'low',
    calls: sizes((records) => sum(records.map(({ done }) => done))),
    instances: sizes(instanceCount),
    shift: () => [],
    measurements: [measurementOf(compared, obstacleOf, settings)],
  };
}

function measurementOf(
  { test, arms, windows, counts }: PerRequest,
  obstacleOf: ObstacleOf,
  settings: AnalysisSettings,
): Measurement {
  const [tolerance, floor] = [settings.tolerances.calls, settings.callFloor];
  const values = { baseline: test.baseline.rate, candidate: test.candidate.rate };
  const calls = counts.baseline.events + counts.candidate.events;
  if (calls < FEWEST_CALLS) {
    const obstacle = `${Math.round(calls)} calls in both arms say nothing`;
    return unmeasured('calls', { ...values, tolerance, obstacle });
  }
  const size = sizeRatio(test, { tolerance, floor }, settings.instanceSd ** 2 * arms.unseenInstances);
  const isBeyond = Math.abs(Math.log(values.candidate / values.baseline)) > Math.log(1 + tolerance);
  const doubt = isBeyond ? obstacleOf(size) : null;
  return {
    signal: 'calls',
    tolerance,
    ...values,
    ...size,
    lasting: persistence({ baselineRate: values.baseline, candidateRate: values.candidate, windows }),
    obstacle: test.p === null ? CHANCE : doubt,
    quiet: null,
  };
}
