/** Seeded telemetry cells with a known truth, drawn directly: one endpoint on a fleet of instances, before and after. */

import type { ArmData } from '../../analysis/input/settings.ts';
import { createRandom, type Random } from '../../analysis/statistics/random.ts';
import type { Cell, SpanKind } from '../../model.ts';
import { binomialDraw, normalDraw } from '../../rehearse/draw.ts';
import { drawHistogram, histogramOf } from '../../rehearse/latency.ts';
import { type Drift, driftLogs } from '../../rehearse/time.ts';

export { histogramOf, normalDraw };

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
  readonly drift?: Drift;
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
    const drift = driftLogs(truth.drift ?? { sd: 0, correlation: 0 }, slots, random);
    return drift.map((noise, slot) => {
      const place = { instance, slotMs: startMs + slot * SLOT_MS, build: arm === 'baseline' ? 'v1' : 'v2' };
      return generateCell(arm, truth, place, { log: effect + noise, slot }, random);
    });
  });
  return { range: { startMs, endMs: startMs + slots * SLOT_MS }, slotMs: SLOT_MS, cells, selfTimes: [] };
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
  const latency =
    effect === undefined ? null : effect.kind === 'scale' ? { slower: effect.size } : { tail: effect.size };
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
    durations: drawHistogram(calls - errors, { medianNs: medianMs * 1e6, log: level.log }, latency, random),
    retryGaps: histogramOf([]),
  };
}
