/** A comparison by traces, completed by what metrics say of the services that traces do not show. */

import type { Finding, MetricSeries } from '../../model.ts';
import type { Analysis } from '../analyse.ts';
import { type Doubts, headlineOf, inOrder, overallVerdict } from '../detection/overall.ts';
import { changedBuilds } from '../input/changed.ts';
import type { AnalysisInput } from '../input/settings.ts';
import { findInMetrics } from './findings.ts';
import { groupsOf, type MetricCell } from './groups.ts';
import { rankByMetrics } from './rank.ts';
import { suspectsOf } from './suspects.ts';

/** Metrics know neither calls between services nor which slots they lack. */
const NO_DOUBTS: Doubts = { lostCalls: 0, covered: true };

export interface MetricsGiven {
  /** Of both arms. */
  readonly series: readonly MetricSeries[];
  /** Series that were not read because there were too many. */
  readonly leftOut: number;
}

/** Without series the analysis stays as it is. */
export function withMetrics(analysis: Analysis, given: MetricsGiven, input: AnalysisInput): Analysis {
  if (given.series.length === 0) return analysis;
  const [baseline, candidate] = [input.baseline.range, input.candidate.range];
  const changed = changedIn(given.series, input);
  const { settings, seed } = input;
  const arms = { series: given.series, baseline, candidate };
  const found = findInMetrics({ ...arms, changed, traced: analysis.findings, settings, seed });
  const findings = inOrder([...analysis.findings, ...found.findings]);
  const attributed = attributionOf(analysis, found.findings, () => suspectsOf(rankByMetrics(arms), changed));
  const verdict = verdictOf(analysis, found.findings, input);
  const headline =
    verdict === analysis.verdict && analysis.findings.length > 0
      ? analysis.headline
      : headlineOf({ verdict, findings: findings.filter(isOfUsers), ...attributed, doubts: NO_DOUBTS });
  const cap = given.leftOut > 0 ? [`Left out: ${given.leftOut} series of metrics beyond the cap.`] : [];
  const health = { ...analysis.health, notes: [...analysis.health.notes, ...found.notes, ...cap] };
  const leads = verdict === 'regressed' ? [] : analysis.leads;
  return { ...analysis, ...attributed, leads, verdict, headline, findings, health };
}

/** What users feel: requests. A fuller heap is listed, and decides nothing. */
const isOfUsers = ({ signal, kind }: Finding) => !signal.startsWith('metric:') || kind !== 'INTERNAL';
const regressed = (findings: readonly Finding[]) =>
  findings.some((finding) => finding.verdict === 'regressed' && isOfUsers(finding));

/** Traces decide where there are any, unless metrics show a regression of what they do not see. */
function verdictOf(analysis: Analysis, found: readonly Finding[], { settings }: AnalysisInput) {
  if (regressed(found)) return 'regressed';
  return analysis.findings.length > 0 ? analysis.verdict : overallVerdict(found.filter(isOfUsers), NO_DOUBTS, settings);
}

function attributionOf(
  { suspects, conclusion }: Analysis,
  found: readonly Finding[],
  byMetrics: () => Pick<Analysis, 'suspects' | 'conclusion'>,
): Pick<Analysis, 'suspects' | 'conclusion'> {
  return suspects.length > 0 || !regressed(found) ? { suspects, conclusion } : byMetrics();
}

function changedIn(series: readonly MetricSeries[], { changed, baseline, candidate }: AnalysisInput) {
  const cells = groupsOf(series).flatMap((group) => group.cells);
  const within = ({ startMs, endMs }: typeof baseline.range) =>
    cells.filter(({ slotMs }: MetricCell) => slotMs >= startMs && slotMs < endMs);
  return changedBuilds(changed, within(baseline.range), within(candidate.range));
}
