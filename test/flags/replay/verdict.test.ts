import { describe, expect, it } from 'vitest';
import { judgeReplay, type ReplayCase, type ReplayVerdict } from '../../../flags/replay/verdict.ts';
import { MINUTE, NOW, suspect } from '../fixtures.ts';

type Parts = Partial<Omit<ReplayCase, 'report'>> & Partial<ReplayCase['report']>;

const given = ({ verdict = 'regressed', conclusion = 'BINARY', suspects = [suspect('checkout')], ...more }: Parts) => ({
  ...{ service: 'checkout', actedMs: NOW, firstBreachMs: NOW - MINUTE, turnedDownMs: null, lateMs: 5 * MINUTE },
  ...more,
  report: { verdict, conclusion, suspects },
});

describe('a policy was', () => {
  it.each<[ReplayVerdict, string, Parts]>([
    ['right', 'it acted on the binary that is blamed', {}],
    ['right', 'it acted before any SLO broke', { firstBreachMs: null }],
    ['right', 'in time to the millisecond', { firstBreachMs: NOW - 5 * MINUTE }],
    ['right', 'on one of several that are blamed', { suspects: [suspect('cart'), suspect('checkout', { rank: 2 })] }],
    ['late', 'more than five minutes after the first breach', { firstBreachMs: NOW - 5 * MINUTE - 1 }],
    ['wrong', 'nothing regressed', { verdict: 'unchanged', conclusion: 'NONE', suspects: [] }],
    ['wrong', 'the cause is elsewhere', { conclusion: 'ENVIRONMENT' }],
    ['wrong', 'another binary is blamed', { suspects: [suspect('cart')] }],
    [
      'wrong',
      'its share may be none',
      { suspects: [suspect('cart'), suspect('checkout', { rank: 2, interval: [0, 0.1] })] },
    ],
    ['wrong', 'turning it down did not help', { suspects: [suspect('checkout', { intervention: 'cleared' })] }],
    [
      'right',
      'turning it down helped',
      { verdict: 'inconclusive', suspects: [suspect('checkout', { intervention: 'confirmed' })] },
    ],
    ['untold', 'the report is inconclusive', { verdict: 'inconclusive', suspects: [] }],
    ['untold', 'the report does not explain it', { conclusion: 'UNEXPLAINED' }],
    ['missed', 'it did nothing about the binary that is blamed', { actedMs: null }],
    ['missed', 'none of its SLOs saw it', { actedMs: null, firstBreachMs: null }],
    ['untold', 'its flag was turned down in fact before', { actedMs: null, turnedDownMs: NOW }],
    ['quiet', 'nothing regressed', { actedMs: null, verdict: 'unchanged', conclusion: 'NONE', suspects: [] }],
    ['quiet', 'another binary is blamed', { actedMs: null, suspects: [suspect('cart')] }],
    ['quiet', 'the report is inconclusive', { actedMs: null, verdict: 'inconclusive' }],
  ])('%s: %s', (verdict, _, parts) => {
    expect(judgeReplay(given(parts)).verdict).toBe(verdict);
  });

  it('judged with its reasons', () => {
    expect(judgeReplay(given({})).because).toBe('the report blames checkout; 1.0 min after the first breach');
    expect(judgeReplay(given({ actedMs: null, firstBreachMs: null })).because).toBe(
      'the report blames checkout; none of its SLOs broke',
    );
    expect(judgeReplay(given({ suspects: [suspect('cart')] })).because).toBe('the report blames cart, not checkout');
  });
});
