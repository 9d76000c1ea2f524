/** Calibration and power of the live test, by simulation: an hour of looks, one a minute. Seeds are fixed; bench/accuracy/live.ts has more runs. */

import { describe, expect, it } from 'vitest';
import { follow } from '../../../bench/accuracy/live-course.ts';
import { QUIET, type Truth } from '../../../bench/accuracy/live-stream.ts';

const courses = (runs: number, truth: Omit<Truth, 'seed' | 'callsPerMinute'>) =>
  Array.from({ length: runs }, (_, run) => follow({ seed: 10_001 + run, callsPerMinute: 1_000, ...truth }));

/** Most alarms among `runs` that a test of the level gives in 999 of 1,000 simulations. */
const mostAlarms = (runs: number, level: number) =>
  Math.floor(runs * level + 3.1 * Math.sqrt(runs * level * (1 - level)));

describe('ten instances an arm, p99, 1,000 requests a minute an arm', () => {
  it.each<[string, Truth['noise']]>([
    ['quiet', QUIET],
    ['each instance drifts', { of: 'instance', sd: 0.05, correlation: 0.7 }],
  ])('A/A, %s: an e-value of 20 within an hour in one run of twenty at most, an action in hardly any', (_, noise) => {
    const runs = 100;
    const all = courses(runs, { slower: 0, noise });
    expect(all.filter(({ suspected }) => suspected !== null).length).toBeLessThanOrEqual(mostAlarms(runs, 0.05));
    expect(all.filter(({ acted }) => acted !== null).length).toBeLessThanOrEqual(mostAlarms(runs, 0.005));
  });

  it('50 % slower: found at once, acted on within ten minutes', () => {
    const all = courses(20, { slower: 0.5, noise: QUIET });
    expect(all.every(({ suspected, acted }) => (suspected ?? 99) <= 5 && (acted ?? 99) <= 10)).toBe(true);
  });

  it('5 % slower is under the tolerance: no action, however long one looks', () => {
    expect(courses(40, { slower: 0.05, noise: QUIET }).every(({ acted }) => acted === null)).toBe(true);
  });
});
