/** Who answers for calls per request that rose or fell: the caller, unless something else explains that it calls less. */

import { pValue, signalValue } from '../words.ts';
import type { Charge } from './evidence.ts';
import { causeOf, isFall, type PatternContext, regressedCalls } from './pattern-cause.ts';

export function chargePattern(context: PatternContext): Charge[] {
  return regressedCalls(context).map((finding) => {
    const missing = (finding.candidate ?? 0) - (finding.baseline ?? 0);
    const requests = finding.baseline ? finding.calls.baseline / finding.baseline : 0;
    const cause = isFall(finding) ? causeOf(finding, context) : null;
    const size = `${signalValue('calls', finding.baseline)} to ${signalValue('calls', finding.candidate)}`;
    const p = finding.p === null ? '' : `, ${pValue(finding.p)}`;
    const callee = finding.peer === '' ? finding.endpoint : finding.peer;
    const text = `calls of ${finding.service} to ${callee} per request went from ${size}${p}`;
    return {
      service: cause?.service ?? finding.service,
      channel: cause?.channel ?? 'pattern',
      amount: Math.abs(missing) * requests,
      draws: [],
      significant: true,
      p: finding.p,
      text: cause === null ? text : `${text}; charged to ${cause.service}, ${cause.why}`,
    };
  });
}
