/** Who answers for calls per request that rose or fell: the caller, unless something below it explains that it calls less. */

import type { Finding } from '../model.ts';
import type { Charge } from './evidence.ts';
import type { WorkShift } from './own-work.ts';
import type { ServiceTraffic } from './requests.ts';
import { pValue, signalValue } from './words.ts';

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

export function chargePattern(context: PatternContext): Charge[] {
  return regressedCalls(context).map((finding) => {
    const missing = (finding.candidate ?? 0) - (finding.baseline ?? 0);
    const requests = finding.baseline ? finding.calls.baseline / finding.baseline : 0;
    const cause = missing < 0 ? causeOf(finding, context) : null;
    const size = `${signalValue('calls', finding.baseline)} to ${signalValue('calls', finding.candidate)}`;
    const p = finding.p === null ? '' : `, ${pValue(finding.p)}`;
    const text = `calls of ${finding.service} to ${finding.peer === '' ? finding.endpoint : finding.peer} per request went from ${size}${p}`;
    return {
      service: cause?.service ?? finding.service,
      channel: cause === null ? 'pattern' : 'answer',
      amount: Math.abs(missing) * requests,
      draws: [],
      significant: true,
      text: cause === null ? text : `${text}; charged to ${cause.service}, ${cause.why}`,
    };
  });
}

interface Cause {
  readonly service: string;
  readonly why: string;
}

/** The deepest service under the caller that explains why it calls less; null when that is the caller itself. */
function causeOf(finding: Finding, context: PatternContext, passed: ReadonlySet<string> = new Set()): Cause | null {
  const { service, ratio } = finding;
  const seen = new Set([...passed, service]);
  const fall = 1 - (ratio ?? 1);
  const causes = [...(context.traffic.get(service)?.out.keys() ?? [])]
    .filter((callee) => !seen.has(callee) && passing(service, callee, context) >= MOST * fall)
    .flatMap((callee) => {
      const own = disturbance(callee, context);
      if (own === null) return [];
      const deeper = regressedCalls(context).find((other) => other.service === callee && isFall(other));
      const cause = deeper === undefined ? null : causeOf(deeper, context, seen);
      return [{ ...own, ...cause, service: cause?.service ?? callee }];
    });
  causes.sort((one, other) => other.strength - one.strength || (one.service < other.service ? -1 : 1));
  return causes[0] ?? null;
}

/** Part of the caller's requests that call the callee; over 1 where each calls it more than once. */
function passing(service: string, callee: string, { traffic }: PatternContext): number {
  const [calls, requests] = [traffic.get(service)?.out.get(callee) ?? [], traffic.get(service)?.own ?? []];
  const total = (cells: typeof calls) => cells.reduce((sum, cell) => sum + cell.requests, 0);
  return total(requests) > 0 ? total(calls) / total(requests) : 0;
}

/** What makes a callee's answers differ from before; null where nothing does. `strength` is a log ratio. */
function disturbance(service: string, context: PatternContext): { strength: number; why: string } | null {
  const failing = context.findings.find(
    ({ signal, verdict, kind, service: of }) =>
      of === service && signal === 'errors' && verdict === 'regressed' && kind !== 'CLIENT' && kind !== 'PRODUCER',
  );
  if (failing !== undefined) return { strength: Number.MAX_VALUE, why: 'which fails more often' };
  const work = context.work.get(service);
  if (work !== undefined) {
    const size = `${signalValue('calls', work.baseline)} to ${signalValue('calls', work.candidate)}`;
    const why = `whose own operations per call went from ${size}, ${pValue(work.p)}`;
    return { strength: Math.abs(Math.log(work.candidate / work.baseline)), why };
  }
  if (regressedCalls(context).some((other) => other.service === service && isFall(other))) {
    return { strength: 0, why: 'which calls others less as well' };
  }
  return context.slower.has(service) ? { strength: 0, why: 'which got slower' } : null;
}

function regressedCalls({ findings }: PatternContext): Finding[] {
  return findings.filter(({ signal, verdict }) => signal === 'calls' && verdict === 'regressed');
}

function isFall({ baseline, candidate }: Finding): boolean {
  return (candidate ?? 0) < (baseline ?? 0);
}
