/** The sentences of the live test. */

import { durationAt } from '../statistics/histogram.ts';
import { change, duration, nameOf, percent, pValue } from '../words.ts';
import type { StreamEvidence } from './state.ts';
import type { FrozenThreshold } from './threshold.ts';

/** An e-value from its natural logarithm; large ones as a power of ten. */
export function eText(logE: number): string {
  const digits = logE / Math.LN10;
  return digits < 6 ? String(Number(Math.exp(logE).toPrecision(2))) : `10^${Math.floor(digits)}`;
}

export function streamText(
  evidence: Omit<StreamEvidence, 'kind' | 'missing' | 'text'>,
  threshold: FrozenThreshold | null,
): string {
  const { key, signal, baseline, candidate, ratio, logE, opinion, lasting } = evidence;
  const where = key.peer === '' ? key.endpoint : `${key.endpoint} to ${key.peer}`;
  const share = ({ events, exposure }: { events: number; exposure: number }) => percent(events / exposure);
  const what = {
    latency: threshold === null ? '' : `of calls over ${duration(durationAt(threshold.slow + 1))}`,
    errors: 'errors',
    retries: 'retries per logical call',
  }[signal === 'errors' || signal === 'retries' ? signal : 'latency'];
  const lasts = { lasts: 'it goes on', transient: 'it was gone lately', unknown: 'too early to say whether it lasts' };
  const second =
    opinion.p === null ? 'no second opinion yet' : `second test at ${opinion.takenMinutes} min: ${pValue(opinion.p)}`;
  return (
    `${nameOf(signal)} of ${where} in ${key.service}: ${share(candidate)} ${what} against ${share(baseline)} ` +
    `(${change(ratio)}), e-value ${eText(logE)}, ${lasts[lasting]}, ${second}`
  );
}

export function decisionText(evidence: readonly StreamEvidence[], tested: number): string {
  const [first] = evidence;
  if (first === undefined) {
    return tested === 0 ? 'too few events to test yet' : `no sign of a regression in ${tested} signals`;
  }
  const more = evidence.length > 1 ? ` (and ${evidence.length - 1} more)` : '';
  if (first.kind === 'act') return `${first.text}${more}`;
  return `suspected: ${first.text}${more}; to act it needs ${first.missing.join(', ')}`;
}
