/** The verdict on the whole, the order of the findings, and the sentence that an SRE can read out. */

import type { Conclusion, Finding, Signal, Suspect, Verdict } from '../../model.ts';
import { endpointId } from '../input/endpoints.ts';
import type { AnalysisSettings, Tolerances } from '../input/settings.ts';
import { change, nameOf, shortBuild, signalValue } from '../words.ts';
import { isTwoSided } from './measurement.ts';

const SEVERITY: readonly Verdict[] = ['regressed', 'improved', 'inconclusive', 'unchanged'];
const SERVING = new Set(['SERVER', 'CONSUMER']);

/**
 * Worst first: by verdict, then what is served before calls to others, because users see it, then by how far the interval lies
 * from no change, then by q; ties by name.
 */
export function inOrder(findings: readonly Finding[]): Finding[] {
  return [...findings].sort(
    (one, other) =>
      SEVERITY.indexOf(one.verdict) - SEVERITY.indexOf(other.verdict) ||
      Number(SERVING.has(other.kind)) - Number(SERVING.has(one.kind)) ||
      distance(other) - distance(one) ||
      (one.q ?? 1) - (other.q ?? 1) ||
      compareText(endpointId(one) + one.signal, endpointId(other) + other.signal),
  );
}

/** What speaks against an acquittal, whatever the findings say. */
export interface Doubts {
  /** Calls between services that became rare. */
  readonly lostCalls: number;
  /** Whether both arms have data in enough of their slots. */
  readonly covered: boolean;
}

/**
 * Regressed when any finding is. Otherwise inconclusive when calls between services were lost, when an arm has gaps, when a worsening is
 * suspected (significant, or wholly beyond the tolerance, but short of a verdict), or when fewer than half of the endpoints could be judged: an endpoint could when one of its
 * latency findings (or those of a metric) has a verdict or would have shown a worsening by the informative ratio.
 */
export function overallVerdict(findings: readonly Finding[], doubts: Doubts, settings: AnalysisSettings): Verdict {
  const has = (verdict: Verdict) => findings.some((finding) => finding.verdict === verdict);
  if (has('regressed')) return 'regressed';
  const { lostCalls, covered } = doubts;
  if (lostCalls > 0 || !covered || findings.some((finding) => isSuspicion(finding, settings))) return 'inconclusive';
  const endpoints = Map.groupBy(findings, endpointId);
  const judged = [...endpoints.values()].filter((own) => own.some((finding) => isInformative(finding, settings)));
  if (endpoints.size === 0 || 2 * judged.length < endpoints.size) return 'inconclusive';
  return has('improved') ? 'improved' : 'unchanged';
}

export interface HeadlineInput {
  readonly verdict: Verdict;
  readonly conclusion: Conclusion;
  /** Worst first. */
  readonly findings: readonly Finding[];
  readonly suspects: readonly Suspect[];
  readonly doubts: Doubts;
  /** What another mix of requests made slower, in words; null where nothing. */
  readonly mix?: string | null;
}

export function headlineOf({ verdict, findings, suspects, conclusion, doubts, mix = null }: HeadlineInput): string {
  if (verdict === 'regressed') return regression(findings, suspects, conclusion);
  if (conclusion === 'TRAFFIC_MIX' && mix !== null)
    return `Nothing is proved to have regressed, but traffic moved; ${mix}.`;
  if (findings.length === 0) return 'Cannot tell: there is no telemetry to compare.';
  const open = findings.filter((finding) => finding.verdict === 'inconclusive').length;
  const rest = open > 0 ? `; ${open} of ${findings.length} comparisons stay open for want of data` : '';
  if (verdict === 'unchanged') return `Nothing regressed in ${endpointsOf(findings)}${rest}.`;
  if (verdict === 'improved')
    return `Nothing regressed and ${endpointsOf(findings.filter(isImproved))} improved${rest}.`;
  const { lostCalls, covered } = doubts;
  const why = [
    lostCalls > 0 ? `requests make much fewer calls on ${lostCalls} edges between services` : '',
    covered ? '' : 'telemetry has gaps',
    open > 0 ? `${open} of ${findings.length} comparisons stay open` : '',
  ].filter(Boolean);
  return `Cannot tell: nothing is proved to have regressed, but ${why.join(' and ')}.`;
}

function regression(findings: readonly Finding[], suspects: readonly Suspect[], conclusion: Conclusion): string {
  const worst = findings.filter(({ verdict }) => verdict === 'regressed');
  const [first] = worst;
  if (first === undefined) return '';
  const size = first.ratio === null ? '' : ` (${change(first.ratio)})`;
  const others = worst.length > 1 ? `, one of ${worst.length} regressions` : '';
  const place = `${first.service} ${first.endpoint}${first.peer === '' ? '' : ` to ${first.peer}`}`;
  const what = `${place}: ${nameOf(first.signal)} went from ${signalValue(first.signal, first.baseline)} to ${signalValue(first.signal, first.candidate)}${size}${others}`;
  return `${what}; ${blame(suspects[0], conclusion)}.`;
}

function blame(suspect: Suspect | undefined, conclusion: Conclusion): string {
  if (suspect === undefined || (suspect.share ?? 0) === 0) return 'no service explains it';
  if (conclusion === 'UNEXPLAINED')
    return `first suspect ${suspect.service}, though no binary of it is known to have changed`;
  if (conclusion === 'ENVIRONMENT')
    return 'every service slowed down together, so the environment is the first suspect';
  if (conclusion === 'EXTERNAL') return `first suspect ${suspect.service}, which the upgrade did not change`;
  const build = suspect.to === '' ? '' : ` (${shortBuild(suspect.to)})`;
  return `first suspect ${suspect.service}${build}`;
}

const isImproved = ({ verdict }: Finding) => verdict === 'improved';

/**
 * An interval is not corrected for the number of tests: with 40 endpoints one lies wholly beyond the tolerance in a third of the
 * releases without a change. So it counts up to this q.
 */
const SUSPECTED_Q = 0.2;

/** An open finding that is significant, or whose whole interval lies beyond the tolerance by more than the luck of many tests. */
export function isSuspicion(finding: Finding, settings: AnalysisSettings): boolean {
  const { signal, verdict, q, baseline, candidate, interval } = finding;
  if (verdict !== 'inconclusive') return false;
  const worse = isTwoSided(signal) || (candidate ?? 0) > (baseline ?? 0);
  const significant = q !== null && q <= settings.falseDiscoveryRate && worse;
  const limit = 1 + toleranceOf(signal, settings);
  const beyond = interval !== null && (interval[0] > limit || (isTwoSided(signal) && interval[1] < 1 / limit));
  return significant || (beyond && (q ?? 0) <= SUSPECTED_Q);
}

function toleranceOf(signal: Signal, { tolerances }: AnalysisSettings): number {
  const names: Partial<Record<Signal, keyof Tolerances>> = {
    ...{ 'latency.p50': 'p50', 'latency.p95': 'p95', 'latency.p99': 'p99', 'latency.p99.9': 'p999' },
    ...{ errors: 'errors', retries: 'retries', calls: 'calls' },
  };
  return tolerances[names[signal] ?? 'errors'];
}

function isInformative(
  { signal, verdict, minimumDetectable }: Finding,
  { informativeRatio }: AnalysisSettings,
): boolean {
  if (!/^(latency\.|metric:)/.test(signal)) return false;
  return verdict !== 'inconclusive' || (minimumDetectable !== null && minimumDetectable <= informativeRatio);
}

/** How far from no change the interval certainly lies, as a log ratio; 0 when it holds no change. */
function distance({ interval, verdict }: Finding): number {
  // Without a ratio a regression started from nothing: no factor is larger.
  if (interval === null) return verdict === 'regressed' ? Number.MAX_VALUE : 0;
  const [low, high] = interval;
  if (low > 1) return Math.log(low);
  return high < 1 ? -Math.log(Math.max(high, Number.MIN_VALUE)) : 0;
}

function endpointsOf(findings: readonly Finding[]): string {
  const count = new Set(findings.map(endpointId)).size;
  return `${count} ${count === 1 ? 'endpoint' : 'endpoints'}`;
}

function compareText(one: string, other: string): number {
  if (one === other) return 0;
  return one < other ? -1 : 1;
}
