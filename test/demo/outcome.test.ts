import { describe, expect, it } from 'vitest';
import { complaintsOf, type Outcome } from '../../demo/outcome.ts';
import type { Action, ControllerState, Finding, Report, Signal, Suspect, Verdict } from '../../model.ts';

const finding = (signal: Signal, verdict: Verdict): Finding => ({
  service: 'checkout',
  endpoint: 'POST /orders',
  kind: 'SERVER',
  peer: '',
  signal,
  verdict,
  control: 'before-after',
  baseline: 1,
  candidate: 2,
  ratio: 2,
  interval: [1.5, 2.5],
  p: 0.001,
  q: 0.001,
  calls: { baseline: 1_000, candidate: 1_000 },
  instances: { baseline: 3, candidate: 3 },
  minimumDetectable: null,
  confidence: 'low',
  conclusive: true,
  reason: '',
  exemplars: { baseline: [], candidate: [] },
  shift: [],
});

const suspect = (service: string, changed: boolean): Suspect => ({
  rank: 1,
  service,
  from: 'a',
  to: 'b',
  changed,
  share: 0.9,
  interval: [0.8, 1],
  evidence: [],
});

const action = (state: ControllerState): Action => ({
  atMs: 0,
  flag: 'checkout.retry-strategy',
  environment: 'production',
  state,
  text: 'because',
});

const window = { startMs: 0, endMs: 1 };

function report(verdict: Verdict, findings: readonly Finding[], suspects: readonly Suspect[]): Report {
  return {
    schema: 'hinge.report/1',
    title: 'shop',
    verdict,
    conclusion: 'BINARY',
    control: 'before-after',
    headline: '',
    windows: { baseline: window, candidate: window },
    findings,
    suspects,
    leads: [],
    actions: [],
    health: {
      calls: { baseline: 1, candidate: 1 },
      slots: { baseline: 1, candidate: 1 },
      services: 1,
      endpoints: 1,
      expectedFalseFlags: 0,
      notes: [],
    },
  };
}

const SOLVED: Outcome = {
  fault: true,
  report: report(
    'regressed',
    [finding('latency.p95', 'regressed'), finding('retries', 'regressed')],
    [suspect('checkout', true)],
  ),
  actions: [action('CONFIRMED'), action('KILL'), action('HOLD')],
  flagIsOn: false,
  orderP95Ms: { baseline: 150, candidate: 400, recovered: 152 },
};

const PEACE: Outcome = {
  fault: false,
  report: report('inconclusive', [finding('latency.p95', 'unchanged'), finding('latency.p99', 'inconclusive')], []),
  actions: [action('OBSERVE')],
  flagIsOn: true,
  orderP95Ms: { baseline: 150, candidate: 152, recovered: 152 },
};

describe('the story with the fault', () => {
  it('is well when all was found, done and proved', () => {
    expect(complaintsOf(SOLVED)).toEqual([]);
  });

  it.each<readonly [string, Partial<Outcome>, string]>([
    ['verdict', { report: { ...SOLVED.report, verdict: 'inconclusive' } }, 'the verdict is inconclusive'],
    ['tail', { report: report('regressed', [finding('retries', 'regressed')], SOLVED.report.suspects) }, 'no tail'],
    [
      'retries',
      { report: report('regressed', [finding('latency.p95', 'regressed')], SOLVED.report.suspects) },
      'no retry',
    ],
    [
      'another suspect',
      { report: { ...SOLVED.report, suspects: [suspect('pricing', true)] } },
      'the first suspect is pricing',
    ],
    ['no suspect', { report: { ...SOLVED.report, suspects: [] } }, 'the first suspect is nobody'],
    [
      'unchanged suspect',
      { report: { ...SOLVED.report, suspects: [suspect('checkout', false)] } },
      'the first suspect',
    ],
    ['no action', { actions: [action('HOLD')] }, 'did not turn the flag down'],
    ['flag', { flagIsOn: true }, 'still on'],
    ['proof', { actions: [action('KILL')] }, 'recovery was not proved'],
    ['customers', { orderP95Ms: { baseline: 150, candidate: 400, recovered: 390 } }, 'customers do not see'],
  ])('complains of what is missing: %s', (_, change, sentence) => {
    const complaints = complaintsOf({ ...SOLVED, ...change });
    expect(complaints).toHaveLength(1);
    expect(complaints[0]).toContain(sentence.replace('the verdict', "the report's verdict"));
  });
});

describe('the story without the fault', () => {
  it('is well when nothing was found and nothing touched', () => {
    expect(complaintsOf(PEACE)).toEqual([]);
  });

  it.each<readonly [string, Partial<Outcome>, string]>([
    ['finding', { report: report('regressed', [finding('latency.p99', 'regressed')], []) }, 'was found regressed'],
    ['breach', { actions: [action('OBSERVE'), action('CONFIRMED')] }, 'reached CONFIRMED'],
    ['flag', { flagIsOn: false }, 'was turned off'],
  ])('complains of what is too much: %s', (_, change, sentence) => {
    const complaints = complaintsOf({ ...PEACE, ...change });
    expect(complaints).toHaveLength(1);
    expect(complaints[0]).toContain(sentence);
  });
});
