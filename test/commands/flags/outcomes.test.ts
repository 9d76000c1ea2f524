import { describe, expect, it } from 'vitest';
import { duration, outcomesLine } from '../../../commands/flags/outcomes.ts';
import type { ChangeOutcome } from '../../../flags/outcome.ts';
import { summarise } from '../../../flags/outcome-summary.ts';

const change = (more: Partial<ChangeOutcome>): ChangeOutcome => ({
  ...{ flag: 'pay.retry', environment: 'production', upgradeId: 'u1', decidedMs: 0, outcome: 'recovered' },
  ...{ detectMs: 80_000, decideMs: 10_000, publishMs: 1_200, recoverMs: 45_000 },
  ...more,
});

it.each([
  [0, '0 s'],
  [59_400, '59 s'],
  [59_600, '1 min'],
  [80_000, '1 min 20 s'],
  [3_600_000, '1 h'],
  [7_500_000, '2 h 5 min'],
])('%i ms are %s', (ms, words) => expect(duration(ms)).toBe(words));

describe('the line', () => {
  it('is empty where nothing was changed', () => {
    expect(outcomesLine(summarise([]))).toBe('');
    expect(outcomesLine(summarise([change({ outcome: 'not-applied' })]))).toBe('');
  });

  it('tells what became of the changes, how fast, and how often it was wrong', () => {
    const changes = [
      change({}),
      change({ outcome: 'did-not-help', recoverMs: null }),
      change({ outcome: 'under-way' }),
    ];
    expect(outcomesLine(summarise(changes))).toBe(
      '3 changes so far: 1 recovered, 1 did not help, 1 under way; false rollbacks 50 %; medians: detect 1 min 20 s, decide 10 s, publish 1 s, recover 45 s\n',
    );
  });

  it('leaves out what is not known yet', () => {
    const line = outcomesLine(summarise([change({ outcome: 'under-way', publishMs: null, recoverMs: null })]));
    expect(line).toBe('1 change so far: 1 under way; medians: detect 1 min 20 s, decide 10 s\n');
  });
});
