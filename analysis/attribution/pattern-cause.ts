/** Why a service calls others less: what lies above it, what lies below it, or itself. */

import { sum } from 'simple-statistics';
import type { Finding } from '../../model.ts';
import { serviceOfPeer } from '../input/graph.ts';
import type { ServiceTraffic } from '../requests/requests.ts';
import { pValue, signalValue } from '../words.ts';
import type { WorkShift } from './own-work.ts';

export interface PatternContext {
  /** All findings, regressed or not. */
  readonly findings: readonly Finding[];
  readonly services: ReadonlySet<string>;
  /** Who calls whom, and how much of the caller's traffic passes there: the baseline's. */
  readonly traffic: ReadonlyMap<string, ServiceTraffic>;
  readonly work: ReadonlyMap<string, WorkShift>;
  /** Services whose self time rose within a root endpoint that regressed. */
  readonly slower: ReadonlySet<string>;
}

/** A callee explains a fall when at least half as large a part of the caller's requests passes it. */
const MOST = 0.5;
/** So many callers that each call it less for a reason of their own would be a coincidence. */
const SEVERAL = 2;

export interface Cause {
  readonly service: string;
  readonly channel: 'pattern' | 'answer';
  readonly why: string;
}

/**
 * Who answers for a fall in the calls of a service. Where the service itself is called less than before, its requests are others
 * than they were: then whoever calls it less. Otherwise a callee whose answers make it stop; null for the service itself.
 */
export function causeOf(
  finding: Finding,
  context: PatternContext,
  seen: ReadonlySet<string> = new Set(),
): Cause | null {
  const { service } = finding;
  if (seen.has(service)) return null;
  const passed = new Set([...seen, service]);
  const upstream = fallsInto(service, context)[0];
  if (upstream !== undefined) {
    const why = `because ${service} is called less by ${upstream.service}`;
    return causeOf(upstream, context, passed) ?? { service: upstream.service, channel: 'pattern', why };
  }
  const shared = sharedCallee(service, context);
  if (shared !== null) return shared;
  const deepest = disturbedCallees(finding, context)[0];
  if (deepest === undefined) return null;
  const own = fallsOf(deepest.service, context)[0];
  return (own === undefined ? null : causeOf(own, context, passed)) ?? { ...deepest, channel: 'answer' };
}

/** A callee that several callers call less, while they themselves are called as before: they stop at its answers. */
function sharedCallee(service: string, context: PatternContext): Cause | null {
  const callees = fallsOf(service, context).map((finding) => serviceOfPeer(finding, context.services));
  const shared = callees.flatMap((callee) => {
    const callers = new Set(fallsInto(callee, context).map((finding) => finding.service));
    const independent = [...callers].filter((caller) => fallsInto(caller, context).length === 0);
    return independent.length >= SEVERAL ? [{ callee, callers: independent.sort() }] : [];
  });
  shared.sort((one, other) => other.callers.length - one.callers.length || (one.callee < other.callee ? -1 : 1));
  const [first] = shared;
  if (first === undefined) return null;
  const why = `which ${first.callers.join(' and ')} call less, though they are called as before`;
  return { service: first.callee, channel: 'answer', why };
}

/** Callees that the service calls as before, or that fail, and that do otherwise than before: most disturbed first. */
function disturbedCallees(finding: Finding, context: PatternContext) {
  const { service, ratio } = finding;
  return [...(context.traffic.get(service)?.out.keys() ?? [])]
    .filter((callee) => passing(service, callee, context) >= MOST * (1 - (ratio ?? 1)))
    .flatMap((callee) => {
      const found = disturbance(callee, context);
      return found === null ? [] : [{ service: callee, ...found }];
    })
    .sort((one, other) => other.strength - one.strength || (one.service < other.service ? -1 : 1));
}

/** Part of the service's requests that call the callee; over 1 where one passes it on several instances. */
function passing(service: string, callee: string, { traffic }: PatternContext): number {
  const own = traffic.get(service);
  const calls = own?.out.get(callee) ?? [];
  const requests = sum((own?.own ?? []).map((cell) => cell.requests));
  return requests > 0 ? sum(calls.map((cell) => cell.requests)) / requests : 0;
}

/** What makes a callee's answers differ from before; null where nothing does. `strength` is a log ratio. */
function disturbance(service: string, context: PatternContext): { strength: number; why: string } | null {
  const failing = context.findings.some(
    ({ signal, verdict, kind, service: of }) =>
      of === service && signal === 'errors' && verdict === 'regressed' && kind !== 'CLIENT' && kind !== 'PRODUCER',
  );
  if (failing) return { strength: Number.MAX_VALUE, why: 'which fails more often' };
  if (fallsInto(service, context).length > 0) return null;
  const work = context.work.get(service);
  if (work !== undefined) {
    const size = `${signalValue('calls', work.baseline)} to ${signalValue('calls', work.candidate)}`;
    const why = `whose own operations per call went from ${size}, ${pValue(work.p)}`;
    return { strength: Math.abs(Math.log(work.candidate / work.baseline)), why };
  }
  if (fallsOf(service, context).length > 0) return { strength: 0, why: 'which calls others less as well' };
  return context.slower.has(service) ? { strength: 0, why: 'which got slower' } : null;
}

/** Calls per request that rose or fell. */
export function regressedCalls({ findings }: PatternContext): Finding[] {
  return findings.filter(({ signal, verdict }) => signal === 'calls' && verdict === 'regressed');
}

function fallsOf(service: string, context: PatternContext): Finding[] {
  return regressedCalls(context).filter((finding) => finding.service === service && isFall(finding));
}

/** Falls in the calls that others make to the service. */
function fallsInto(service: string, context: PatternContext): Finding[] {
  return regressedCalls(context).filter(
    (finding) => finding.peer !== '' && isFall(finding) && serviceOfPeer(finding, context.services) === service,
  );
}

export function isFall({ baseline, candidate }: Finding): boolean {
  return (candidate ?? 0) < (baseline ?? 0);
}
