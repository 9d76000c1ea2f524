/** Seeded telemetry cells with a known truth, drawn directly: one endpoint on a fleet of instances, before and after. */

import { normalUpTo } from '../../analysis/distributions.ts';
import { BUCKETS_PER_OCTAVE } from '../../analysis/histogram.ts';
import { createRandom, type Random } from '../../analysis/random.ts';
import type { ArmData } from '../../analysis/settings.ts';
import type { Cell, Histogram, SpanKind } from '../../model.ts';

export interface EndpointTruth {
  readonly seed: number;
  readonly service?: string;
  readonly endpoint?: string;
  readonly kind?: SpanKind;
  readonly peer?: string;
  readonly instances?: number;
  readonly slots?: number;
  /** Calls in an arm, spread evenly over its instances and slots. */
  readonly calls?: number;
  /** Standard deviation of the instances' effects on the log of latency. */
  readonly instanceSd?: number;
  /** The candidate's instances are the baseline's. */
  readonly paired?: boolean;
  /** AR(1) noise of each instance's slots on the log of latency. */
  readonly drift?: { readonly sd: number; readonly correlation: number };
  /** `scale` multiplies every duration of the candidate; `tail` only those beyond p95, in full from p98 on. */
  readonly effect?: { readonly kind: 'scale' | 'tail'; readonly size: number };
  /** The effect holds in these slots of the candidate only, counted from 0; in all of them when absent. */
  readonly effectSlots?: (slot: number) => boolean;
  readonly errorRate?: { readonly baseline: number; readonly candidate: number };
  /** Retries per logical call. */
  readonly retryRate?: { readonly baseline: number; readonly candidate: number };
  readonly medianMs?: number;
}

export const SLOT_MS = 60_000;
export const START_MS = 1_750_000_000_000;

const BODY_SIGMA = 0.6;
const PARETO_INDEX = 3;
/** From here on the lognormal body is continued by a Pareto tail. */
const SPLICE = 0.97;
const TABLE_SIZE = 1 << 15;
const TABLE = Float64Array.from(
  { length: TABLE_SIZE },
  (_, index) => normalUpTo((index + 0.5) / TABLE_SIZE) * BODY_SIGMA,
);
const SPLICE_LOG = normalUpTo(SPLICE) * BODY_SIGMA;

/** Log of a duration in units of the median, at probability u: lognormal body with a Pareto tail. */
export function logDuration(u: number): number {
  if (u < SPLICE) return TABLE[Math.floor(u * TABLE_SIZE)] ?? 0;
  return SPLICE_LOG - Math.log((1 - u) / (1 - SPLICE)) / PARETO_INDEX;
}

export function normalDraw(random: Random): number {
  return normalUpTo(Math.max(1e-12, random()));
}

function bucketOf(ns: number): number {
  return Math.ceil(Math.log2(Math.max(1, ns)) * BUCKETS_PER_OCTAVE) - 1;
}

export function histogramOf(durationsNs: readonly number[]): Histogram {
  const counts = new Map<number, number>();
  for (const ns of durationsNs) {
    const bucket = bucketOf(ns);
    counts.set(bucket, (counts.get(bucket) ?? 0) + 1);
  }
  const buckets = [...counts.keys()].sort((one, other) => one - other);
  return { buckets, counts: buckets.map((bucket) => counts.get(bucket) ?? 0) };
}

/** Both arms of one endpoint. */
export function generateArms(truth: EndpointTruth): { baseline: ArmData; candidate: ArmData } {
  const random = createRandom(truth.seed);
  const { instances = 10, instanceSd = 0.05 } = truth;
  const effects = Array.from({ length: instances }, () => normalDraw(random) * instanceSd);
  const fresh = truth.paired ? effects : effects.map(() => normalDraw(random) * instanceSd);
  return {
    baseline: generateArm('baseline', truth, effects, random),
    candidate: generateArm('candidate', truth, fresh, random),
  };
}

/** Arms of several endpoints as one. */
export function joinArms(arms: readonly { baseline: ArmData; candidate: ArmData }[]) {
  const join = (side: 'baseline' | 'candidate'): ArmData => {
    const [first] = arms;
    if (first === undefined) throw new Error('no arms to join');
    const all = arms.map((arm) => arm[side]);
    return {
      ...first[side],
      cells: all.flatMap(({ cells }) => cells),
      selfTimes: all.flatMap(({ selfTimes }) => selfTimes),
    };
  };
  return { baseline: join('baseline'), candidate: join('candidate') };
}

function generateArm(
  arm: 'baseline' | 'candidate',
  truth: EndpointTruth,
  instanceEffects: readonly number[],
  random: Random,
): ArmData {
  const { slots = 12 } = truth;
  const startMs = arm === 'baseline' ? START_MS : START_MS + 2 * slots * SLOT_MS;
  const cells = instanceEffects.flatMap((effect, index) => {
    const instance = truth.paired ? `pod-${index}` : `${arm}-${index}`;
    const drift = drifts(truth, slots, random);
    return drift.map((noise, slot) => {
      const place = { instance, slotMs: startMs + slot * SLOT_MS, build: arm === 'baseline' ? 'v1' : 'v2' };
      return generateCell(arm, truth, place, { log: effect + noise, slot }, random);
    });
  });
  return { range: { startMs, endMs: startMs + slots * SLOT_MS }, slotMs: SLOT_MS, cells, selfTimes: [] };
}

function drifts({ drift }: EndpointTruth, slots: number, random: Random): number[] {
  if (drift === undefined) return Array.from({ length: slots }, () => 0);
  const fresh = drift.sd * Math.sqrt(1 - drift.correlation ** 2);
  let value = drift.sd * normalDraw(random);
  return Array.from({ length: slots }, () => {
    value = drift.correlation * value + fresh * normalDraw(random);
    return value;
  });
}

function generateCell(
  arm: 'baseline' | 'candidate',
  truth: EndpointTruth,
  place: Pick<Cell, 'instance' | 'slotMs' | 'build'>,
  level: { readonly log: number; readonly slot: number },
  random: Random,
): Cell {
  const { instances = 10, slots = 12, calls: armCalls = 10_000, medianMs = 20 } = truth;
  const logicalCalls = Math.round(armCalls / instances / slots);
  const retries = binomialDraw(logicalCalls, truth.retryRate?.[arm] ?? 0, random);
  const calls = logicalCalls + retries;
  const errors = binomialDraw(calls, truth.errorRate?.[arm] ?? 0, random);
  const effect = arm === 'candidate' && (truth.effectSlots?.(level.slot) ?? true) ? truth.effect : undefined;
  const durations = Array.from({ length: calls - errors }, () => {
    const u = random();
    return medianMs * 1e6 * Math.exp(logDuration(u) + level.log + effectLog(effect, u));
  });
  return {
    service: truth.service ?? 'checkout',
    endpoint: truth.endpoint ?? 'POST /checkout',
    kind: truth.kind ?? 'SERVER',
    peer: truth.peer ?? '',
    variant: '',
    ...place,
    calls,
    errors,
    retries,
    logicalCalls,
    durations: histogramOf(durations),
    retryGaps: histogramOf([]),
  };
}

function effectLog(effect: EndpointTruth['effect'], u: number): number {
  if (effect === undefined) return 0;
  const part = effect.kind === 'scale' ? 1 : Math.min(1, Math.max(0, (u - 0.95) / 0.03));
  return Math.log1p(part * effect.size);
}

function binomialDraw(trials: number, share: number, random: Random): number {
  let hits = 0;
  for (let trial = 0; trial < trials && share > 0; trial++) if (random() < share) hits += 1;
  return hits;
}
