/** One endpoint against its past: the arms chosen, the clusters formed, every signal measured. */

import { sum } from 'simple-statistics';
import type { Cell, ChangedBuild, Control, EndpointKey, Finding, ShiftPoint } from '../../model.ts';
import { type ClusteredArms, clusterArms, instanceCount } from '../control/cluster.ts';
import { type ControlledArms, chooseArms } from '../control/control.ts';
import { type DriftOf, NO_DRIFT } from '../control/drift.ts';
import { sampleRatioMismatch } from '../control/guards.ts';
import { endpointId } from '../input/endpoints.ts';
import type { AnalysisSettings } from '../input/settings.ts';
import { callsIn } from '../input/totals.ts';
import { quantileNs } from '../statistics/cumulative.ts';
import { mergeEach } from '../statistics/histogram.ts';
import type { Resamples } from '../statistics/resamples.ts';
import { balanced } from './balanced.ts';
import { latencyShift, measureLatency } from './latency.ts';
import { type Measurement, unmeasured } from './measurement.ts';
import { measureErrors, measureRetries } from './rate.ts';

export interface EndpointMeasurements {
  readonly key: EndpointKey;
  readonly control: Control;
  readonly confidence: Finding['confidence'];
  readonly calls: Finding['calls'];
  readonly instances: Finding['instances'];
  /** Of the whole distribution of latency, worked out when it is asked for. */
  readonly shift: () => readonly ShiftPoint[];
  readonly measurements: readonly Measurement[];
}

const NO_SHIFT = () => [];

export interface DetectContext {
  readonly changed: readonly ChangedBuild[];
  readonly settings: AnalysisSettings;
  readonly resamples: Resamples;
  /** Whether both arms have data in enough of their slots. */
  readonly covered: boolean;
  /** By endpoint: what it does at this hour anyway. @default not known */
  readonly ladder?: (id: string) => DriftOf;
}

export function measureEndpoint(
  before: readonly Cell[],
  after: readonly Cell[],
  context: DetectContext,
): EndpointMeasurements | null {
  const any = before[0] ?? after[0];
  if (any === undefined) return null;
  const { service, endpoint, kind, peer } = any;
  const key = { service, endpoint, kind, peer };
  const manifest = context.changed.find((build) => build.service === service);
  const chosen = chooseArms(before, after, manifest);
  const arms = clusterCalls(chosen);
  const calls = { baseline: callsIn(chosen.baseline), candidate: callsIn(chosen.candidate) };
  const about = {
    key,
    control: chosen.control,
    confidence: arms.unit === 'instance' && context.covered ? ('high' as const) : ('low' as const),
    calls,
    instances: { baseline: instanceCount(chosen.baseline), candidate: instanceCount(chosen.candidate) },
  };
  if (calls.baseline === 0 || calls.candidate === 0)
    return { ...about, shift: NO_SHIFT, measurements: oneSided(arms, context) };
  const invalid = sampleRatioMismatch(calls, chosen.control, context.settings);
  // Old and new that serve together share the hour.
  const drift = chosen.control === 'concurrent' ? undefined : context.ladder?.(endpointId(key));
  const measurements = measureAll(key, arms, drift ?? NO_DRIFT, context);
  return {
    ...about,
    shift: laterShift(chosen, context),
    measurements: measurements.map((m) => (invalid ? { ...m, obstacle: invalid } : m)),
  };
}

function measureAll(
  key: EndpointKey,
  arms: ClusteredArms<Cell>,
  driftOf: DriftOf,
  { settings, resamples }: DetectContext,
) {
  const latencies = measureLatency(arms, settings, resamples, driftOf);
  const calling = key.kind === 'CLIENT' || key.kind === 'PRODUCER';
  const retries = calling ? [measureRetries(arms, settings, driftOf)] : [];
  return [...latencies, measureErrors(arms, settings, driftOf), ...retries];
}

/**
 * Clusters the cells once more: to keep the clusters of every endpoint until all are judged would take as much as the cells do. A
 * function of its own, because a closure keeps all that its neighbours hold.
 */
function laterShift(chosen: ControlledArms<Cell>, { settings, resamples }: DetectContext) {
  return () => latencyShift(clusterCalls(chosen), settings, resamples);
}

function clusterCalls(chosen: ControlledArms<Cell>): ClusteredArms<Cell> {
  const { baseline, candidate } = balanced(chosen);
  return clusterArms(baseline, candidate, ({ calls }) => calls);
}

/** An endpoint that appeared or vanished is named, with what is known of its one side. */
function oneSided({ baseline, candidate }: ClusteredArms<Cell>, { settings }: DetectContext): Measurement[] {
  const before = baseline.flatMap(({ members }) => members);
  const after = candidate.flatMap(({ members }) => members);
  const obstacle =
    before.length === 0
      ? 'served only after the upgrade: there is nothing to compare it with'
      : 'no longer served after the upgrade: check whether it was removed on purpose';
  const p99 = (cells: readonly Cell[]) =>
    quantileNs(
      mergeEach(cells, ({ durations }) => durations),
      0.99,
    );
  const errorRate = (cells: readonly Cell[]) =>
    callsIn(cells) > 0 ? sum(cells.map(({ errors }) => errors)) / callsIn(cells) : null;
  const { p99: latency, errors } = settings.tolerances;
  return [
    unmeasured('latency.p99', { baseline: p99(before), candidate: p99(after), tolerance: latency, obstacle }),
    unmeasured('errors', { baseline: errorRate(before), candidate: errorRate(after), tolerance: errors, obstacle }),
  ];
}
