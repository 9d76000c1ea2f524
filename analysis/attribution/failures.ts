/** Where failures and repeated attempts come from: the deepest service that fails, the caller or the callee that repeats. */

import { sum } from 'simple-statistics';
import type { Finding } from '../../model.ts';
import { serviceOfPeer } from '../input/graph.ts';
import { duration, percent, pValue } from '../words.ts';
import type { Charge } from './evidence.ts';
import { type WaitShift, waitShiftOf } from './waits.ts';

export interface FailureContext {
  /** All findings, regressed or not. */
  readonly findings: readonly Finding[];
  /** Services that send telemetry of their own. */
  readonly services: ReadonlySet<string>;
  readonly changed: ReadonlySet<string>;
  /** Services whose self time rose within a root endpoint that regressed. */
  readonly slower: ReadonlySet<string>;
  readonly waits: ReadonlyMap<string, WaitShift>;
}

/** Errors that rose in a service beyond those that rose in its calls are its own; the rest belong further down. */
export function chargeErrors(context: FailureContext): Charge[] {
  const errors = regressed(context, 'errors');
  const served = errors.filter(({ kind }) => kind !== 'CLIENT' && kind !== 'PRODUCER');
  const called = errors.filter(({ kind }) => kind === 'CLIENT' || kind === 'PRODUCER');
  const calledBy = (service: string) => sum(called.filter((finding) => finding.service === service).map(excess));
  const servedBy = (service: string) => sum(served.filter((finding) => finding.service === service).map(excess));
  const own = served.map((finding) => {
    const all = servedBy(finding.service);
    const part = all > 0 ? Math.max(0, all - calledBy(finding.service)) / all : 0;
    return charge(finding, finding.service, part * excess(finding), errorWords(finding));
  });
  const onEdges = called.map((finding) => {
    const callee = serviceOfPeer(finding, context.services);
    const all = sum(called.filter((other) => serviceOfPeer(other, context.services) === callee).map(excess));
    const part = all > 0 ? Math.max(0, all - servedBy(callee)) / all : 0;
    const { service, why } = blamedForAttempts(finding, context);
    return charge(finding, service, part * excess(finding), `${errorWords(finding)}; ${why}`);
  });
  return [...own, ...onEdges].filter(({ amount }) => amount > 0);
}

export function chargeRetries(context: FailureContext): Charge[] {
  return regressed(context, 'retries').map((finding) => {
    const { service, why } = blamedForAttempts(finding, context);
    const size = `${finding.baseline?.toFixed(3)} to ${finding.candidate?.toFixed(3)}`;
    const p = finding.p === null ? '' : `, ${pValue(finding.p)}`;
    const text = `attempts per call of ${finding.service} to ${finding.peer} went from ${size}${p}; ${why}`;
    return charge(finding, service, excess(finding), text);
  });
}

/**
 * Who answers for attempts that fail or are repeated? The caller, when the upgrade changed it and not the callee, and it waits
 * otherwise between its attempts than before, or its old build calls the same callee in the same minutes and fares better; or
 * when it repeats more while each attempt is answered as before. When attempts fail more often as well, either end may be the
 * cause, because more attempts overload a callee and a worse callee is asked more often: then a changed caller answers if it
 * also spends more time of its own, else the callee.
 */
function blamedForAttempts(finding: Finding, context: FailureContext): { service: string; why: string } {
  const caller = finding.service;
  const callee = serviceOfPeer(finding, context.services);
  const isChanged = context.changed.has(caller) && !context.changed.has(callee);
  const shift = isChanged ? waitShiftOf(context.waits, finding) : null;
  if (shift !== null) {
    const waits = `waits ${duration(shift.candidateNs)} between attempts (median) where it waited ${duration(shift.baselineNs)}`;
    return { service: caller, why: `charged to ${caller}, which was changed and ${waits}: its way to retry changed` };
  }
  if (isChanged && finding.control === 'concurrent') {
    const why = `which was changed; its old build calls ${callee} in the same minutes and fares better`;
    return { service: caller, why: `charged to ${caller}, ${why}` };
  }
  const { repeats, worse } = stateOfCall(finding, context);
  if (!repeats) return { service: callee, why: `charged to ${callee}, because ${caller} does not repeat more` };
  if (!worse) return { service: caller, why: `charged to ${caller}, because each attempt is answered as before` };
  if (isChanged && context.slower.has(caller)) {
    const why = 'which was changed and spends more time of its own';
    return { service: caller, why: `charged to ${caller}, ${why}; a worse ${callee} would look alike` };
  }
  return { service: callee, why: `charged to ${callee}, whose answers to each attempt got worse` };
}

/** Whether the call is repeated more than before, and whether its attempts fail more or take longer. */
function stateOfCall(finding: Finding, { findings }: FailureContext): { repeats: boolean; worse: boolean } {
  const signals = findings
    .filter((other) => sameCall(other, finding) && other.verdict === 'regressed')
    .map(({ signal }) => signal);
  return {
    repeats: signals.includes('retries'),
    worse: signals.some((signal) => signal === 'errors' || signal.startsWith('latency.')),
  };
}

function sameCall(one: Finding, other: Finding): boolean {
  return (
    one.service === other.service &&
    one.endpoint === other.endpoint &&
    one.kind === other.kind &&
    one.peer === other.peer
  );
}

function regressed({ findings }: FailureContext, signal: 'errors' | 'retries'): Finding[] {
  return findings.filter((finding) => finding.verdict === 'regressed' && finding.signal === signal);
}

/** Calls of the candidate that failed, or were repeated, beyond the baseline's rate. */
function excess({ baseline, candidate, calls }: Finding): number {
  return Math.max(0, (candidate ?? 0) - (baseline ?? 0)) * calls.candidate;
}

function errorWords({ service, endpoint, peer, baseline, candidate, p }: Finding): string {
  const place = peer === '' ? endpoint : `${endpoint} to ${peer}`;
  const size = `${percent(baseline ?? 0)} to ${percent(candidate ?? 0)}`;
  return `error rate of ${service} ${place} went from ${size}${p === null ? '' : `, ${pValue(p)}`}`;
}

function charge({ signal, p }: Finding, service: string, amount: number, text: string): Charge {
  const channel = signal === 'errors' ? 'errors' : 'retries';
  return { service, channel, amount, draws: [], significant: true, p, text };
}
