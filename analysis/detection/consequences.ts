/** Findings of one service in the light of each other: calls that are missing because requests fail, speed that comes of doing less. */

import { sum } from 'simple-statistics';
import type { Finding } from '../../model.ts';

/** What explains at least half of a fall explains it. */
const MOST = 0.5;

/** `findings`: all of one service. */
export function withoutConsequences(findings: readonly Finding[]): Finding[] {
  const served = findings.filter(({ kind }) => kind === 'SERVER' || kind === 'CONSUMER');
  const [failing, healing] = [excessErrors(served, 'regressed'), -excessErrors(served, 'improved')];
  const settled = findings.map((finding) => {
    if (!isFall(finding)) return finding;
    const fall = MOST * (1 - (finding.candidate ?? 0) / (finding.baseline ?? 1));
    if (failing >= fall) return open(finding, 'follows from the failures: a request that fails calls less');
    return healing >= fall ? open(finding, 'fewer requests fail, so that they may need fewer calls') : finding;
  });
  if (!settled.some(isFall)) return settled;
  return settled.map((finding) => {
    const isServed = finding.kind === 'SERVER' || finding.kind === 'CONSUMER';
    return isServed && finding.verdict === 'improved' && finding.signal.startsWith('latency.')
      ? open(finding, 'faster, but its requests make fewer calls: an answer that leaves work out is no improvement')
      : finding;
  });
}

/** Part of all requests that fails beyond the baseline's rate, over the endpoints whose errors have this verdict. */
function excessErrors(served: readonly Finding[], verdict: Finding['verdict']): number {
  const errors = served.filter(({ signal }) => signal === 'errors');
  const calls = sum(errors.map((finding) => finding.calls.candidate));
  const excess = errors
    .filter((finding) => finding.verdict === verdict)
    .map((finding) => ((finding.candidate ?? 0) - (finding.baseline ?? 0)) * finding.calls.candidate);
  return calls > 0 ? sum(excess) / calls : 0;
}

function isFall({ signal, verdict, baseline, candidate }: Finding): boolean {
  return signal === 'calls' && verdict === 'regressed' && (candidate ?? 0) < (baseline ?? 0);
}

function open(finding: Finding, why: string): Finding {
  return { ...finding, verdict: 'inconclusive', reason: `${finding.reason}; ${why}`, conclusive: false, shift: [] };
}
