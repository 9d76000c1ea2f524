/**
 * Where to look first when nothing regressed: services whose evidence is the strongest below the bar. What speaks for a lead is
 * significant alone, but short of a verdict, so that chance gives leads as well, and each says how often it does.
 */

import type { EndpointKey, Finding, Lead } from '../../model.ts';
import { isTwoSided } from '../detection/measurement.ts';
import { buildsByService } from '../input/changed.ts';
import { servicesIn } from '../input/endpoints.ts';
import { serviceOfPeer } from '../input/graph.ts';
import { isOwnTime, isPart, isWay } from '../requests/parts.ts';
import { change, nameOf, pValue, signalValue } from '../words.ts';
import { buildsOf, chargeCallsOf } from './attribute.ts';
import type { TimeInput } from './time.ts';

/** What is significant alone: p of one test that nobody corrects. */
const ALONE = 0.05;
/** As many as one reads at night. */
const MOST_LEADS = 3;

interface Hint {
  readonly service: string;
  readonly p: number;
  readonly text: string;
}

/** `findings`: all, parts of requests included, none of them regressed. Strongest first. */
export function leadsOf(findings: readonly Finding[], input: TimeInput): Lead[] {
  const asked = findings.filter(speaksOf(findings, input));
  const open = asked.filter((finding) => finding.verdict === 'inconclusive' && pOf(finding) <= ALONE);
  const times = open.filter(({ signal }) => signal.startsWith('latency.'));
  const hints = [
    ...times.map((finding) => ({ service: doorOf(finding, times, input), p: pOf(finding), text: sentence(finding) })),
    ...(open.length > times.length ? callHints(findings, new Set(open), input) : []),
  ];
  return ranked(hints, asked.length, input);
}

/** Errors, retries and calls per request, laid at the doors of services as if they had regressed. */
function callHints(findings: readonly Finding[], open: ReadonlySet<Finding>, input: TimeInput): Hint[] {
  const raised = findings.map((finding) =>
    open.has(finding) ? { ...finding, verdict: 'regressed' as const } : finding,
  );
  const own = findings.filter((finding) => open.has(finding) && isOwnTime(finding));
  const charges = chargeCallsOf(raised, new Set(own.map(({ service }) => service)), input);
  return charges
    .filter(({ amount }) => amount > 0)
    .map(({ service, p, text, channel }) => {
      const isTwoSidedCharge = channel === 'pattern' || channel === 'answer';
      return { service, p: (p ?? 1) / (isTwoSidedCharge ? 1 : 2), text };
    });
}

/** p of the direction that is asked for: of a worsening, or of any change of calls per request. */
function pOf({ signal, ratio, p }: Finding): number {
  if (p === null || isTwoSided(signal)) return p ?? 1;
  return ratio === null || ratio > 1 ? p / 2 : 1 - p / 2;
}

/**
 * Whether a test speaks of one service: its own time, the way to another, the latency of one that waits for nobody or of one
 * that sends no telemetry; errors, retries and calls per request. A latency that holds what others took speaks of nobody.
 */
function speaksOf(findings: readonly Finding[], { baseline, candidate }: TimeInput): (finding: Finding) => boolean {
  const services = servicesIn(baseline, candidate);
  const withOwnTime = new Set(findings.filter(isOwnTime).map(({ service }) => service));
  return (finding) => {
    if (finding.p === null) return false;
    if (!finding.signal.startsWith('latency.') || isPart(finding)) return true;
    if (finding.kind === 'SERVER' || finding.kind === 'CONSUMER') return !withOwnTime.has(finding.service);
    return finding.kind === 'CLIENT' && !services.has(serviceOfPeer(finding, services));
  };
}

/** The end of a way more of whose ways got slower; between equals one whose own time rose, then the callee. */
function doorOf(finding: Finding, slower: readonly Finding[], input: TimeInput): string {
  if (finding.kind !== 'CLIENT') return finding.service;
  const callee = serviceOfPeer(finding, servicesIn(input.baseline, input.candidate));
  if (!isWay(finding)) return callee;
  const waysOf = (service: string) =>
    new Set(slower.filter((way) => isWay(way) && [way.service, way.peer].includes(service)).map(wayName)).size;
  const own = (service: string) => Number(slower.some((part) => isOwnTime(part) && part.service === service));
  const lead = waysOf(finding.service) - waysOf(callee) || own(finding.service) - own(callee);
  return lead > 0 ? finding.service : callee;
}

const wayName = ({ service, peer }: Finding): string => `${service}->${peer}`;

/** `checkout (own time, in POST /checkout): p95 from 12 ms to 19 ms (+58 %, p = 0.012)`. */
function sentence(finding: Finding): string {
  const { signal, baseline, candidate, ratio } = finding;
  const size = ratio === null ? '' : `${change(ratio)}, `;
  const values = `${signalValue(signal, baseline)} to ${signalValue(signal, candidate)}`;
  return `${placeOf(finding)}: ${nameOf(signal)} from ${values} (${size}${pValue(pOf(finding))})`;
}

function placeOf({ service, endpoint, peer }: EndpointKey): string {
  return peer === '' ? `${service} ${endpoint}` : `${service} ${endpoint} to ${peer}`;
}

function ranked(hints: readonly Hint[], tests: number, input: TimeInput): Lead[] {
  const manifest = new Map(input.changed.map((build) => [build.service, build]));
  const ran = { before: buildsByService(input.baseline.cells), after: buildsByService(input.candidate.cells) };
  const services = [...Map.groupBy(hints, ({ service }) => service)].map(([service, own]) => {
    const sorted = [...own].sort((one, other) => one.p - other.p || (one.text < other.text ? -1 : 1));
    return { service, p: sorted[0]?.p ?? 1, evidence: sorted.map(({ text }) => text) };
  });
  services.sort((one, other) => one.p - other.p || (one.service < other.service ? -1 : 1));
  return services.slice(0, MOST_LEADS).map(({ service, p, evidence }, index) => ({
    rank: index + 1,
    service,
    ...buildsOf(service, manifest.get(service), ran),
    changed: manifest.has(service),
    p,
    tests,
    chance: -Math.expm1(tests * Math.log1p(-p)),
    evidence,
  }));
}
