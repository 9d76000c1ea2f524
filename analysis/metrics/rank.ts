/**
 * Which service is behind a symptom, from metrics alone. Two facts of synchronous calls stand in for the call graph:
 * the extra time or errors of a callee are in its caller's too, in the same slots (so the cause shows about as much extra as the
 * symptom, in total), and the caller's longer time dilutes them (so the cause moved most, relative to itself).
 */

import { sum } from 'simple-statistics';
import type { MetricSeries, TimeRange } from '../../model.ts';
import { type Channel, type Contrast, excessOf, shareOf, steadied, steadiedNoise } from './excess.ts';
import { NO_WORK, type Nodes, nodesOf, type WorkBySlot } from './nodes.ts';
import { hotSlots } from './split.ts';
import { unitsOf } from './units.ts';

const CHANNELS: readonly Channel[] = ['latency', 'errors'];

export interface Symptom {
  readonly service: string;
  readonly channel: Channel;
}

export interface MetricCharge {
  readonly channel: Channel;
  /** Part of the symptom's extra time or errors that the unit shows in the same slots, 0 to 1. */
  readonly share: number;
  /** Its own value, hot against reference: ratio, and the lower end of the ratio's 95 % interval. */
  readonly ratio: number;
  readonly atLeast: number;
}

export interface MetricSuspect {
  /** A service, or an edge as `caller->callee` where both report and only the way between them explains it. */
  readonly unit: string;
  /** share x ln(atLeast) in the channel of the symptom: what the ranking goes by. */
  readonly score: number;
  /** The symptom's channel first; the other one supports, and never ranks: what fails may be slower or faster for that. */
  readonly charges: readonly MetricCharge[];
}

export interface MetricRanking {
  readonly symptom: Symptom;
  /** `onset`: the symptom began within the candidate's time, and the slots before or after it are the reference. */
  readonly reference: 'onset' | 'baseline';
  readonly suspects: readonly MetricSuspect[];
}

export interface RankInput {
  readonly series: readonly MetricSeries[];
  readonly baseline: TimeRange;
  readonly candidate: TimeRange;
  /** What is to be explained; without it, the surest of the ways in which the service with the most time of all moved. */
  readonly symptom?: Symptom;
}

/** Most suspicious first; empty where no symptom moved, or nothing shows a part of it. */
export function rankByMetrics(input: RankInput): MetricRanking | null {
  const nodes = nodesOf(input.series);
  const symptoms = input.symptom === undefined ? symptomsOf(nodes, input) : [input.symptom];
  const ranked = symptoms.flatMap((symptom) => {
    const ranking = rankFor(symptom, nodes, input);
    return ranking === null ? [] : [ranking];
  });
  return ranked.reduce<(typeof ranked)[number] | null>(
    (best, each) => (best === null || each.sureness > best.sureness ? each : best),
    null,
  );
}

function rankFor(
  symptom: Symptom,
  nodes: Nodes,
  input: RankInput,
): (MetricRanking & { readonly sureness: number }) | null {
  const work = nodes.served.get(symptom.service);
  if (work === undefined) return null;
  const { contrast, reference } = contrastOf(work, symptom.channel, input);
  const whole = excessOf(work, symptom.channel, contrast);
  if (whole === null) return null;
  const moved = CHANNELS.filter(
    (channel) => channel === symptom.channel || (excessOf(work, channel, contrast)?.atLeast ?? 0) > 0,
  );
  const charges = moved.flatMap((channel) => chargesOf(work, nodes, channel, contrast));
  const suspects = [...Map.groupBy(charges, ({ unit }) => unit)].flatMap(([unit, inChannels]) => {
    const main = inChannels.find(({ channel }) => channel === symptom.channel);
    const others = inChannels.filter((charge) => charge !== main);
    return main === undefined ? [] : [{ unit, score: scoreOf(main), charges: [main, ...others] }];
  });
  suspects.sort((one, other) => other.score - one.score || (one.unit < other.unit ? -1 : 1));
  return { symptom, reference, suspects, sureness: whole.z };
}

const scoreOf = ({ share, atLeast }: MetricCharge) => share * Math.log(atLeast);

/** What each unit shows of what the symptom's service shows in a channel. */
function chargesOf(symptom: WorkBySlot, nodes: Nodes, channel: Channel, contrast: Contrast) {
  const whole = excessOf(symptom, channel, contrast);
  if (whole === null) return [];
  return [...unitsOf(nodes, channel, contrast)].flatMap(([unit, { excess, own }]) => {
    const [ratio, atLeast] = [Math.exp(excess.effect), Math.exp(excess.atLeast)];
    const charge = { unit, channel, share: shareOf(whole, own), ratio, atLeast };
    return scoreOf(charge) > 0 ? [charge] : [];
  });
}

/** Slots of the candidate in which the symptom stands out, against those in which it does not; all against the baseline where none do. */
function contrastOf(work: WorkBySlot, channel: Channel, { baseline, candidate }: RankInput) {
  const usual = slotsIn(work, baseline);
  const after = slotsIn(work, candidate);
  const values = after.flatMap((slotMs) => {
    const value = steadied(work.get(slotMs) ?? NO_WORK, channel);
    return value === null ? [] : [{ slotMs, value }];
  });
  const noise = steadiedNoise(
    usual.map((slotMs) => work.get(slotMs) ?? NO_WORK),
    channel,
  );
  const hot = hotSlots(values, noise);
  if (hot === null) return { contrast: { hot: after, reference: usual, usual }, reference: 'baseline' as const };
  const quiet = after.filter((slotMs) => !hot.has(slotMs));
  const contrast = { hot: after.filter((slotMs) => hot.has(slotMs)), reference: quiet, usual };
  return { contrast, reference: 'onset' as const };
}

/** A caller's time holds its callees': the service with the most time in the baseline is where requests come in. */
function symptomsOf({ served }: Nodes, { baseline }: RankInput): Symptom[] {
  const times = [...served].map(([service, work]) => ({
    service,
    timeNs: sum(slotsIn(work, baseline).map((slotMs) => work.get(slotMs)?.timeNs ?? 0)),
  }));
  times.sort((one, other) => other.timeNs - one.timeNs || (one.service < other.service ? -1 : 1));
  const service = times[0]?.service;
  if (service === undefined) return [];
  return [
    { service, channel: 'latency' },
    { service, channel: 'errors' },
  ];
}

function slotsIn(work: WorkBySlot, { startMs, endMs }: TimeRange): number[] {
  return [...work.keys()].filter((slotMs) => slotMs >= startMs && slotMs < endMs).sort((one, other) => one - other);
}
