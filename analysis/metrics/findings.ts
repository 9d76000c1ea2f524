/** Metrics in, findings out: of the same form as those from traces, and never of the same calls. */

import { sum } from 'simple-statistics';
import type { ChangedBuild, EndpointKey, Finding, MetricSeries, TimeRange } from '../../model.ts';
import { clusterArms, instanceCount } from '../control/cluster.ts';
import { chooseArms } from '../control/control.ts';
import type { EndpointMeasurements } from '../detection/detect.ts';
import { judge } from '../detection/judge.ts';
import type { AnalysisSettings } from '../input/settings.ts';
import { benjaminiHochberg } from '../statistics/fdr.ts';
import { createResamples } from '../statistics/resamples.ts';
import { change } from '../words.ts';
import { groupsOf, type MetricCell, type MetricGroup } from './groups.ts';
import { type MeasureContext, measureGroup, placeOf, type Requests } from './measure.ts';

export interface MetricsInput {
  /** Of both ranges, in any order. */
  readonly series: readonly MetricSeries[];
  readonly baseline: TimeRange;
  readonly candidate: TimeRange;
  readonly changed: readonly ChangedBuild[];
  /** Endpoints that traces tell of: of what their services serve or call, traces say more. */
  readonly traced: readonly EndpointKey[];
  readonly settings: AnalysisSettings;
  readonly seed: number;
}

export interface MetricFindings {
  readonly findings: readonly Finding[];
  /** Sentences: what was left out and what is weak. */
  readonly notes: readonly string[];
}

interface Measured {
  readonly group: MetricGroup;
  readonly about: EndpointMeasurements;
}

/** The result does not depend on the order of the series. It never throws for want of data. */
export function findInMetrics(input: MetricsInput): MetricFindings {
  const groups = groupsOf(input.series);
  const traced = new Set(input.traced.map(spanSide));
  const [own, covered] = partition(
    groups,
    ({ key, meaning }) => meaning.role !== 'request' || !traced.has(spanSide(key)),
  );
  const { settings, seed } = input;
  const context = {
    ...{ settings, requests: requestsOf(groups) },
    resamples: createResamples(settings.bootstrapDraws, seed),
  };
  const measured = own.flatMap((group) => measure(group, context, input));
  const findings = judged(measured, settings);
  const compared = new Set(measured.map(({ group }) => group));
  const oneSided = own.filter((group) => !compared.has(group));
  return { findings, notes: notesOf(measured, covered, oneSided) };
}

/** One kind of call of one service: metrics and traces may name its endpoints differently. */
const spanSide = ({ service, kind }: EndpointKey) => JSON.stringify([service, kind]);

function partition<T>(all: readonly T[], test: (each: T) => boolean): [T[], T[]] {
  return [all.filter(test), all.filter((each) => !test(each))];
}

function requestsOf(groups: readonly MetricGroup[]): Requests {
  const requests = new Map<string, number>();
  const serving = groups.filter(({ meaning }) => meaning.role === 'request' && meaning.kind === 'SERVER');
  for (const cell of serving.flatMap(({ cells }) => cells))
    requests.set(placeOf(cell), (requests.get(placeOf(cell)) ?? 0) + cell.calls);
  return requests;
}

function measure(group: MetricGroup, context: MeasureContext, input: MetricsInput): Measured[] {
  const within = ({ startMs, endMs }: TimeRange) => {
    const inRange = group.cells.filter(({ slotMs }) => slotMs >= startMs && slotMs < endMs);
    return inRange.sort(
      (one, other) => one.slotMs - other.slotMs || compare(one.instance, other.instance) || one.amount - other.amount,
    );
  };
  const [before, after] = [within(input.baseline), within(input.candidate)];
  if (before.length === 0 || after.length === 0) return [];
  const manifest = input.changed.find(({ service }) => service === group.key.service);
  const chosen = chooseArms(before, after, manifest);
  const arms = clusterArms(chosen.baseline, chosen.candidate, ({ calls, exposure }) => Math.max(calls, exposure));
  const weak = group.kind === 'summary' || arms.unit === 'block';
  const about = {
    key: group.key,
    control: chosen.control,
    confidence: weak ? ('low' as const) : ('high' as const),
    calls: { baseline: callsOf(chosen.baseline), candidate: callsOf(chosen.candidate) },
    instances: { baseline: instanceCount(chosen.baseline), candidate: instanceCount(chosen.candidate) },
    shift: () => [],
    measurements: measureGroup(group, arms, context),
  };
  return [{ group, about }];
}

/** Latency, errors and other metrics are three families of tests, apart from those of traces. */
function judged(measured: readonly Measured[], settings: AnalysisSettings): Finding[] {
  const tests = measured.flatMap(({ group, about }) =>
    about.measurements.map((measurement) => ({ group, about, measurement })),
  );
  const families = Map.groupBy(tests, ({ measurement }) => measurement.signal.split(/[.:]/)[0] ?? '');
  return [...families.values()].flatMap((family) => {
    const adjusted = benjaminiHochberg(family.map(({ measurement }) => measurement.p));
    return family.flatMap(({ group, about, measurement }, index) => {
      const finding = judge(about, measurement, adjusted[index] ?? null, settings);
      return group.meaning.role === 'unknown' ? changedOnly(finding) : [hiddenByBuckets(finding, settings)];
    });
  });
}

/** Of a metric that Hinge does not know, a change is told and not judged: more may be better. The rest would be noise. */
function changedOnly(finding: Finding): Finding[] {
  if (finding.verdict !== 'regressed' && finding.verdict !== 'improved') return [];
  const reason = `changed: ${finding.reason}; whether that is worse is not known of this metric`;
  return [{ ...finding, verdict: 'inconclusive', reason, conclusive: false, interval: null, q: null }];
}

/** A quantile may move unseen within a wide bucket: that nothing was seen is then no proof that nothing changed. */
function hiddenByBuckets(finding: Finding, { informativeRatio }: AnalysisSettings): Finding {
  const { verdict, minimumDetectable } = finding;
  if (verdict !== 'unchanged' || minimumDetectable === null || minimumDetectable <= informativeRatio) return finding;
  const reason = `no change across the bounds of the buckets, but they are wide: a worsening under ${change(minimumDetectable)} may hide in one`;
  return { ...finding, verdict: 'inconclusive', reason };
}

function notesOf(
  measured: readonly Measured[],
  covered: readonly MetricGroup[],
  oneSided: readonly MetricGroup[],
): string[] {
  const summaries = measured.filter(({ group }) => group.kind === 'summary').length;
  return [
    ...(covered.length > 0
      ? [`Left out: ${covered.length} metrics of requests whose traces are there; traces say more.`]
      : []),
    ...(oneSided.length > 0 ? [oneSidedNote(oneSided)] : []),
    ...(summaries > 0
      ? [`${summaries} metrics are summaries: their quantiles cannot be added up over instances, so confidence is low.`]
      : []),
  ];
}

const NAMES_TOLD = 5;

/** Gone, new, or sent in another unit or form. */
function oneSidedNote(groups: readonly MetricGroup[]): string {
  const names = [
    ...new Set(groups.map(({ key, name, unit }) => `${key.service} ${name}${unit === '' ? '' : ` (${unit})`}`)),
  ];
  const more = names.length > NAMES_TOLD ? ` and ${names.length - NAMES_TOLD} more` : '';
  return `Metrics on one side only, so not compared: ${names.slice(0, NAMES_TOLD).join(', ')}${more}.`;
}

function callsOf(cells: readonly MetricCell[]): number {
  return sum(cells.map(({ calls }) => calls));
}

function compare(one: string, other: string): number {
  if (one === other) return 0;
  return one < other ? -1 : 1;
}
