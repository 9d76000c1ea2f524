/** Reads the two arms of a comparison from the store and hands them to the analysis: the one way to a report. */

import {
  type Analysis,
  type AnalysisInput,
  type AnalysisSettings,
  analyse,
  DEFAULT_SETTINGS,
  type PastDay,
} from '../analysis/analyse.ts';
import { type MetricsGiven, withMetrics } from '../analysis/metrics/with-metrics.ts';
import type { Config } from '../config.ts';
import type { Action, ChangedBuild, Finding, Intervention, Report, TimeRange } from '../model.ts';
import type { Store } from '../store/store.ts';
import { defined } from './defined.ts';
import { interventionWords, withInterventions } from './intervene.ts';
import { outcomeOf } from './outcome.ts';

/** Where one side of the comparison lies. */
export interface Arm {
  readonly store: Pick<Store, 'cells' | 'selfTimes' | 'exemplars' | 'metricSeries'>;
  readonly range: TimeRange;
  readonly slotMs: number;
}

export interface Comparison {
  readonly title: string;
  readonly baseline: Arm;
  readonly candidate: Arm;
  /** The same windows of earlier days; none where there are none. */
  readonly history?: readonly PastDay[];
  readonly changed: readonly ChangedBuild[];
  readonly settings: AnalysisSettings;
  readonly actions: readonly Action[];
  /** What turning flags down showed. @default none */
  readonly interventions?: readonly Intervention[];
}

/** Exemplars are looked up for this many findings, worst first; a report with more names the rest without. */
const FINDINGS_WITH_EXEMPLARS = 20;
const EXEMPLARS_PER_ARM = 3;

/** The seed of the bootstrap is fixed: the same data gives the same report. */
const SEED = 1;

/** What the analysis says of the two arms by traces, without exemplars: all that a decision needs. */
export async function judge(comparison: Omit<Comparison, 'title' | 'actions'>): Promise<Analysis> {
  return analyse(await inputOf(comparison));
}

async function inputOf({
  changed,
  settings,
  history = [],
  ...arms
}: Omit<Comparison, 'title' | 'actions'>): Promise<AnalysisInput> {
  // One after the other: what is on its way is held as well, and the engine works ahead anyway.
  const baseline = await readArm(arms.baseline);
  const candidate = await readArm(arms.candidate);
  return { baseline, candidate, history, changed, settings, seed: SEED };
}

/** The report for people. */
export async function assemble(comparison: Comparison): Promise<Report> {
  const { title, actions, interventions = [], changed } = comparison;
  const [input, metrics] = await Promise.all([inputOf(comparison), readMetrics(comparison)]);
  const analysis = withMetrics(analyse(input), metrics, input);
  const findings = await withExemplars(analysis.findings, comparison);
  const suspects = withInterventions(analysis.suspects, interventions, changed);
  const headline = analysis.headline + outcomeOf(actions) + interventionWords(suspects);
  return { schema: 'hinge.report/1', title, ...analysis, headline, findings, suspects, actions };
}

async function readArm({ store, range, slotMs }: Arm) {
  const cells = await store.cells(range);
  return { range, slotMs, cells, selfTimes: await store.selfTimes(range) };
}

/** One read where both arms lie in one store. */
async function readMetrics({ baseline, candidate }: Comparison): Promise<MetricsGiven> {
  if (baseline.store === candidate.store) return baseline.store.metricSeries([baseline.range, candidate.range]);
  const reads = await Promise.all([baseline, candidate].map(({ store, range }) => store.metricSeries([range])));
  return {
    series: reads.flatMap(({ series }) => series),
    leftOut: reads.reduce((total, { leftOut }) => total + leftOut, 0),
  };
}

async function withExemplars(
  findings: readonly Finding[],
  { baseline, candidate }: Comparison,
): Promise<readonly Finding[]> {
  const shown = findings.filter(({ verdict }) => verdict === 'regressed').slice(0, FINDINGS_WITH_EXEMPLARS);
  const about = shown.map(({ service, endpoint, kind, peer, signal }) => ({
    key: { service, endpoint, kind, peer },
    signal,
  }));
  const lookUp = ({ store, range }: Arm) => store.exemplars({ about, range, limit: EXEMPLARS_PER_ARM });
  const [before, after] = await Promise.all([lookUp(baseline), lookUp(candidate)]);
  const found = new Map(
    shown.map((finding, index) => [finding, { baseline: before[index] ?? [], candidate: after[index] ?? [] }]),
  );
  return findings.map((finding) => ({ ...finding, exemplars: found.get(finding) ?? finding.exemplars }));
}

/** The analysis settings that a configuration asks for; what it leaves out keeps the default. */
export function settingsOf({ analysis }: Config): AnalysisSettings {
  const { tolerances, floorMs, warmupSeconds, falseDiscoveryRate } = analysis;
  return {
    ...DEFAULT_SETTINGS,
    ...defined({
      falseDiscoveryRate,
      floorMs,
      warmupMs: warmupSeconds === undefined ? undefined : warmupSeconds * 1_000,
    }),
    tolerances: { ...DEFAULT_SETTINGS.tolerances, ...defined(tolerances) },
  };
}
