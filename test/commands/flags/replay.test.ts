import { expect, it } from 'vitest';
import { replayedLines, spanOf, summaryLine } from '../../../commands/flags/replay.ts';
import type { ReplayedBehaviour, ReplayedUpgrade } from '../../../commands/replay/replay.ts';

const T0 = Date.UTC(2026, 10, 20, 12);

const behaviour = (more: Partial<ReplayedBehaviour>): ReplayedBehaviour => ({
  ...{ behaviour: 'retries', service: 'pay', flag: 'pay.retry', environment: 'eu', actedMs: T0 + 200_000 },
  ...{ text: 'turn pay.retry off', firstBreachMs: T0 + 120_000, verdict: 'right', because: 'the report blames pay' },
  ...more,
});
const upgrade = (...items: ReplayedBehaviour[]): ReplayedUpgrade => ({
  ...{ upgrade: { id: 'v2', name: 'v2', startedMs: T0 }, range: { startMs: T0, endMs: T0 } },
  ...{ report: { verdict: 'regressed', conclusion: 'BINARY', headline: '' }, items },
});

it.each([
  ['12h', 43_200_000],
  ['30d', 2_592_000_000],
  ['2w', 1_209_600_000],
])('%s are %i ms', (words, ms) => expect(spanOf(words)).toBe(ms));

it.each(['', '30', 'd', '-1d', '3 d', '1m'])('"%s" is no span', (words) => {
  expect(() => spanOf(words)).toThrow(/--since is/);
});

it('each behaviour has a line for what it would have done and one for why that was right or not', () => {
  const quiet = behaviour({
    verdict: 'quiet',
    actedMs: null,
    text: 'watching',
    because: 'the report blames cart, not pay',
  });
  expect(
    replayedLines(upgrade(behaviour({}), quiet)),
  ).toBe(`v2  started 2026-11-20 12:00:00 UTC  report: regressed, BINARY
  RIGHT   retries (pay.retry in eu) acts at 2026-11-20 12:03:20 UTC (3 min 20 s after the start): turn pay.retry off
          the report blames pay
  QUIET   retries (pay.retry in eu) does nothing: watching
          the report blames cart, not pay
`);
});

it('the sum counts behaviours, and says what cannot be replayed', () => {
  const line = summaryLine([
    upgrade(behaviour({}), behaviour({ verdict: 'late' })),
    upgrade(behaviour({ verdict: 'wrong' })),
  ]);
  expect(line).toMatch(/^2 upgrades: 1 right, 1 late, 1 wrong, 0 missed, 0 quiet, 0 untold\n/);
  expect(line).toContain('history does not know the other world');
});
