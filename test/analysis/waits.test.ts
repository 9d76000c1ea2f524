import { describe, expect, it } from 'vitest';
import { attribute } from '../../analysis/attribution/attribute.ts';
import { waitShifts } from '../../analysis/attribution/waits.ts';
import { DEFAULT_SETTINGS } from '../../analysis/input/settings.ts';
import { createRandom, type Random } from '../../analysis/statistics/random.ts';
import type { Cell, Finding } from '../../model.ts';
import { histogramOf } from '../support/generator.ts';

const KEY = { service: 'checkout', endpoint: 'charge card', kind: 'CLIENT', peer: 'payments' } as const;

const cellWith = (waitsMs: readonly number[]): Cell => ({
  ...KEY,
  ...{ build: '', variant: '', instance: 'i', slotMs: 0, calls: 1_000, errors: 10, logicalCalls: 900 },
  retries: waitsMs.length,
  durations: histogramOf([60e6]),
  retryGaps: histogramOf(waitsMs.map((ms) => ms * 1e6)),
});

/** Waits of a backoff: the base doubles with each further attempt. */
function backoff(count: number, baseMs: number, jitter: 'none' | 'full', random: Random): number[] {
  return Array.from({ length: count }, () => {
    const delayMs = baseMs * 2 ** Math.floor(-Math.log2(1 - random()) / 4);
    return jitter === 'none' ? delayMs : delayMs * random();
  });
}

const shiftOf = (before: readonly number[], after: readonly number[]) =>
  [...waitShifts([cellWith(before)], [cellWith(after)]).values()][0] ?? null;

describe('waits between attempts', () => {
  const random = createRandom(3);
  it.each([
    ['longer and in step', backoff(20, 25, 'full', random), backoff(300, 180, 'none', random)],
    ['shorter', backoff(200, 200, 'full', random), backoff(300, 50, 'full', random)],
    ['no jitter any more', backoff(60, 100, 'full', random), backoff(300, 100, 'none', random)],
    ['all in one bucket', backoff(20, 25, 'full', random), Array(200).fill(180)],
  ])('a changed strategy is seen: %s', (_, before, after) => {
    expect(shiftOf(before, after)).not.toBeNull();
  });

  it.each([
    ['too few waits before', backoff(7, 25, 'full', random), backoff(300, 180, 'none', random)],
    ['none', [], []],
    ['more of the same', backoff(30, 100, 'full', random), backoff(900, 100, 'full', random)],
  ])('nothing is said about a strategy: %s', (_, before, after) => {
    expect(shiftOf(before, after)).toBeNull();
  });

  it('the same strategy passes for a changed one in less than one comparison in a hundred', () => {
    const draws = 2_000;
    const alarms = Array.from({ length: draws }, () =>
      shiftOf(backoff(12, 50, 'full', random), backoff(120, 50, 'full', random)),
    ).filter((shift) => shift !== null);
    expect(alarms.length / draws).toBeLessThan(0.01);
  });
});

describe('who answers for attempts that fail and repeat more', () => {
  const finding = (signal: 'errors' | 'retries', baseline: number, candidate: number): Finding => ({
    ...KEY,
    ...{ signal, baseline, candidate, verdict: 'regressed', control: 'before-after', ratio: 2, interval: [1.5, 3] },
    ...{ p: 1e-6, q: 1e-6, calls: { baseline: 1_000, candidate: 1_000 }, instances: { baseline: 3, candidate: 3 } },
    ...{
      minimumDetectable: null,
      confidence: 'low',
      conclusive: true,
      reason: '',
      exemplars: { baseline: [], candidate: [] },
      shift: [],
    },
  });
  const concurrent = (findings: readonly Finding[]) =>
    findings.map((one) => ({ ...one, control: 'concurrent' as const }));
  const both = [finding('errors', 0.01, 0.15), finding('retries', 1.01, 1.17)];
  const random = createRandom(5);
  const suspectAfter = (waits: readonly number[], changed: readonly string[], findings: readonly Finding[]) => {
    const arm = (cell: Cell) => ({ range: { startMs: 0, endMs: 1 }, slotMs: 1, cells: [cell], selfTimes: [] });
    const { suspects, conclusion } = attribute(findings, {
      baseline: arm(cellWith(backoff(20, 25, 'full', random))),
      candidate: arm(cellWith(waits)),
      changed: changed.map((service) => ({ service, from: '1', to: '2' })),
      settings: DEFAULT_SETTINGS,
      seed: 1,
    });
    return `${suspects[0]?.service} ${conclusion}`;
  };
  const inStep = backoff(200, 180, 'none', random);
  const asBefore = backoff(200, 25, 'full', random);

  it.each([
    ['the changed caller that waits otherwise than before', inStep, ['checkout', 'gateway'], both, 'checkout BINARY'],
    ['so too while only the failures are proved', inStep, ['checkout'], both.slice(0, 1), 'checkout BINARY'],
    ['the callee, when the caller waits as before', asBefore, ['checkout', 'gateway'], both, 'payments EXTERNAL'],
    ['the callee, when the upgrade did not change the caller', inStep, ['gateway'], both, 'payments EXTERNAL'],
    [
      'the changed caller whose old build fares better in the same minutes, though it waits as before',
      asBefore,
      ['checkout', 'gateway'],
      concurrent(both),
      'checkout BINARY',
    ],
    [
      'so too while only the failures are proved in the same minutes',
      asBefore,
      ['checkout'],
      concurrent(both.slice(0, 1)),
      'checkout BINARY',
    ],
    ['the callee, changed as well', asBefore, ['checkout', 'payments'], concurrent(both), 'payments BINARY'],
    ['the callee, when the upgrade changed both', inStep, ['checkout', 'payments'], both, 'payments BINARY'],
  ])('%s', (_, waits, changed, findings, expected) => {
    expect(suspectAfter(waits, changed, findings)).toBe(expected);
  });
});
