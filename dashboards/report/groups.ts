/** The findings of a report by endpoint, what says most first: people ask "which endpoint", not "which test". */
import type { EndpointKey, Finding, Report, ShiftPoint, Suspect, Verdict } from '../../model.ts';
import { buildName, VERDICTS } from './words.ts';

/** All that was tested on one endpoint. */
export interface EndpointFindings extends EndpointKey {
  /** The first of `VERDICTS` that one of its findings has. */
  readonly verdict: Verdict;
  /** In the order of the signals: p50 ... p99.9, errors, retries, calls. */
  readonly findings: readonly Finding[];
  /** Worst finding of the endpoint: the first in the report's order. */
  readonly worst: Finding;
  readonly shift: readonly ShiftPoint[];
}

const SIGNALS = ['latency.p50', 'latency.p95', 'latency.p99', 'latency.p99.9', 'errors', 'retries', 'calls'];

/** Endpoints by verdict, then in the order in which the report names them. */
export function byEndpoint(findings: readonly Finding[]): readonly EndpointFindings[] {
  const groups = Map.groupBy(findings, (f) => JSON.stringify([f.service, f.endpoint, f.kind, f.peer]));
  const endpoints = [...groups.values()].flatMap((group) => endpointOf(group) ?? []);
  return VERDICTS.flatMap((verdict) => endpoints.filter((endpoint) => endpoint.verdict === verdict));
}

/** How many findings have each verdict. */
export function verdictCounts(findings: readonly Finding[]): Readonly<Record<Verdict, number>> {
  const counts = { regressed: 0, inconclusive: 0, improved: 0, unchanged: 0 };
  for (const finding of findings) counts[finding.verdict] += 1;
  return counts;
}

/** What to call the two arms of a service: its old and new build where the report knows them, else before and after. */
export function armNames(report: Report, service: string): { readonly baseline: string; readonly candidate: string } {
  const suspect: Suspect | undefined = report.suspects.find((s) => s.service === service);
  return {
    baseline: suspect?.from ? buildName(suspect.from) : 'before',
    candidate: suspect?.to ? buildName(suspect.to) : 'after',
  };
}

function endpointOf(group: readonly Finding[]): EndpointFindings | undefined {
  const [first] = group;
  if (first === undefined) return undefined;
  const verdict = VERDICTS.find((v) => group.some((f) => f.verdict === v)) ?? 'unchanged';
  const { service, endpoint, kind, peer } = first;
  return {
    service,
    endpoint,
    kind,
    peer,
    verdict,
    findings: group.toSorted((a, b) => order(a) - order(b)),
    worst: group.find((f) => f.verdict === verdict) ?? first,
    shift: group.find((f) => f.shift.length > 0)?.shift ?? [],
  };
}

function order(finding: Finding): number {
  const index = SIGNALS.indexOf(finding.signal);
  return index < 0 ? SIGNALS.length : index;
}
