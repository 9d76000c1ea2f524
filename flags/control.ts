/** The control of a change: who serves without it in the same minutes, else the time before the upgrade; and what is tolerated beside it. Pure. */

import type { Tolerances } from '../analysis/input/settings.ts';
import type { EventCounts, Slo } from '../model.ts';
import type { ControlReading } from './readings.ts';

/** Events of one instance of one build, beside the variant of the flag that it reported; empty for none. */
export interface InstanceEvents extends EventCounts {
  readonly build: string;
  readonly instance: string;
  readonly variant: string;
}

export interface ControlInput {
  /** In the time before the upgrade. */
  readonly before: readonly InstanceEvents[];
  /** Since the change took effect. */
  readonly now: readonly InstanceEvents[];
  /** The same by the SLO that `tolerantSlo` gives. */
  readonly beyond: readonly InstanceEvents[];
  /** Whether instances without the variant are a control: not where the change itself took it from them. */
  readonly byVariant: boolean;
  /** Fewer events in an arm say nothing. */
  readonly minEvents: number;
}

/** What of the analysis counts here. */
export interface ControlLimits {
  readonly tolerances: Pick<Tolerances, 'p50' | 'p95' | 'p99' | 'p999' | 'errors' | 'retries'>;
  readonly floorMs: number;
  readonly errorFloor: number;
  readonly retryFloor: number;
}

type Arm = (events: InstanceEvents) => boolean;

const DISABLED = 'disabled';

function countsOf(events: readonly InstanceEvents[], isOf: Arm): EventCounts {
  const counted = events.filter(isOf);
  const sum = (of: 'good' | 'total') => counted.reduce((total, each) => total + each[of], 0);
  return { good: sum('good'), total: sum('total') };
}

/** Of the builds that served before, and the variants that switch the behaviour off. Best first. */
function splits({ before, now, byVariant }: ControlInput): readonly (readonly ['build' | 'variant', Arm])[] {
  const old = new Set(before.map(({ build }) => build).filter((build) => build !== ''));
  const isOld: Arm = ({ build }) => old.has(build);
  const isOff: Arm = ({ variant }) => variant === DISABLED;
  const isTold = now.every(({ variant }) => variant !== 'mixed');
  return [['build', isOld], ...(byVariant && isTold ? [['variant', isOff] as const] : [])];
}

/** Null where there is too little to compare. */
export function controlOf(input: ControlInput, slo: Slo, limits: ControlLimits): ControlReading | null {
  const { before, now, beyond, minEvents } = input;
  const all: Arm = () => true;
  const isEnough = (...arms: readonly EventCounts[]) => arms.every(({ total }) => total >= Math.max(1, minEvents));
  const reading = (kind: ControlReading['kind'], control: EventCounts, isChanged: Arm): ControlReading => ({
    ...{ kind, control, changed: countsOf(now, isChanged), beyond: countsOf(beyond, isChanged) },
    tolerated: toleratedShare(1 - control.good / control.total, slo, limits),
  });
  for (const [kind, isControl] of splits(input)) {
    const isChanged: Arm = (each) => !isControl(each);
    const control = countsOf(now, isControl);
    if (isEnough(control, countsOf(now, isChanged))) return reading(kind, control, isChanged);
  }
  const level = countsOf(before, all);
  return isEnough(level, countsOf(now, all)) ? reading('before', level, all) : null;
}

/** The tolerance of the quantile that the objective is about. */
function latencyTolerance(objective: number, { tolerances }: ControlLimits): number {
  if (objective >= 0.999) return tolerances.p999;
  if (objective >= 0.99) return tolerances.p99;
  return objective >= 0.95 ? tolerances.p95 : tolerances.p50;
}

/** The SLO with its threshold raised by what a latency may worsen: so a tolerance on durations is tested by counts. */
export function tolerantSlo(slo: Slo, limits: ControlLimits): Slo {
  if (slo.indicator !== 'latency' || slo.thresholdMs === undefined) return slo;
  const { thresholdMs, objective } = slo;
  const raised = Math.max(thresholdMs * (1 + latencyTolerance(objective, limits)), thresholdMs + limits.floorMs);
  return { ...slo, thresholdMs: raised };
}

/** Of errors and retries, as in the live test: relative, and by a floor. Of latency the threshold has it. */
function toleratedShare(
  share: number,
  { indicator }: Slo,
  { tolerances, errorFloor, retryFloor }: ControlLimits,
): number {
  if (indicator === 'latency' || share >= 1) return share;
  if (indicator === 'errors') return share + Math.max(tolerances.errors * share, errorFloor);
  const attempts = 1 / (1 - share);
  return 1 - 1 / (attempts + Math.max(tolerances.retries * attempts, retryFloor));
}
