/** The verdict on the whole: what holds up an acquittal, and what does not. */

import { describe, expect, it } from 'vitest';
import { headlineOf, overallVerdict } from '../../analysis/detection/overall.ts';
import { DEFAULT_SETTINGS } from '../../analysis/input/settings.ts';
import type { Finding } from '../../model.ts';

const FINE: Finding = {
  ...{ service: 'checkout', endpoint: 'POST /checkout', kind: 'SERVER', peer: '', signal: 'latency.p50' },
  ...{
    verdict: 'unchanged',
    conclusive: false,
    control: 'before-after',
    confidence: 'high',
    reason: 'within the tolerance',
  },
  ...{ baseline: 1e7, candidate: 1e7, ratio: 1, interval: [0.99, 1.01], p: 0.9, q: 0.9, minimumDetectable: 1.06 },
  ...{ calls: { baseline: 4_000, candidate: 4_000 }, instances: { baseline: 10, candidate: 10 } },
  ...{ exemplars: { baseline: [], candidate: [] }, shift: [] },
};
const OPEN: Finding = { ...FINE, signal: 'latency.p99', verdict: 'inconclusive', candidate: 1.3e7, ratio: 1.3 };
const CLEAR = { lostCalls: 0, covered: true };

describe('the whole', () => {
  it.each<[string, readonly Finding[], typeof CLEAR, Finding['verdict']]>([
    ['nothing but what did not change', [FINE], CLEAR, 'unchanged'],
    ['nothing at all', [], CLEAR, 'inconclusive'],
    ['an arm with gaps', [FINE], { ...CLEAR, covered: false }, 'inconclusive'],
    ['calls between services that were lost', [FINE], { ...CLEAR, lostCalls: 1 }, 'inconclusive'],
    ['a significant worsening', [FINE, { ...OPEN, q: 0.04, interval: [1.01, 1.7] }], CLEAR, 'inconclusive'],
    ['an interval beyond the tolerance', [FINE, { ...OPEN, q: 0.15, interval: [1.1, 1.5] }], CLEAR, 'inconclusive'],
    ['the same by the luck of many tests', [FINE, { ...OPEN, q: 0.4, interval: [1.1, 1.5] }], CLEAR, 'unchanged'],
    ['an interval that holds the tolerance', [FINE, { ...OPEN, q: 0.15, interval: [1.01, 1.7] }], CLEAR, 'unchanged'],
  ])('%s', (_, findings, doubts, verdict) => {
    expect(overallVerdict(findings, doubts, DEFAULT_SETTINGS)).toBe(verdict);
  });

  it('says that it has gaps where nothing else is open', () => {
    const doubts = { ...CLEAR, covered: false };
    expect(headlineOf({ verdict: 'inconclusive', conclusion: 'NONE', findings: [FINE], suspects: [], doubts })).toBe(
      'Cannot tell: nothing is proved to have regressed, but telemetry has gaps.',
    );
  });
});
