/** Where nothing changed, findings from metrics speak seldom. */

import { describe, expect, it } from 'vitest';
import { createRandom } from '../../../analysis/statistics/random.ts';
import { BOUNDS, explicit, exponential, found, gauge, levels, sums } from './drawn.ts';
import { normal } from './support.ts';

/** Instances that drift slowly: slots resemble their neighbours (autoregressive, 0.7). */
function drifting(instances: number, random: () => number) {
  const state = new Map<string, number>();
  return levels(instances, (arm, _, instance) => {
    const id = `${arm} ${instance}`;
    const next = 0.7 * (state.get(id) ?? normal(random)) + Math.sqrt(1 - 0.7 ** 2) * normal(random);
    state.set(id, next);
    return 50 * (1 + 0.1 * next);
  });
}

describe('chance alone', () => {
  const RUNS = 60;
  it.each([
    {
      what: 'exponential durations',
      of: (random: () => number) => exponential({ instances: 8, callsPerSlot: 20, random }, () => 6),
    },
    {
      what: 'explicit durations',
      of: (random: () => number) => explicit({ instances: 8, callsPerSlot: 20, random }, () => BOUNDS),
    },
    {
      what: 'drifting gauges',
      of: (random: () => number) => gauge({ name: 'queue.length', unit: '1' }, drifting(8, random)),
    },
    {
      what: 'drifting gauges of two instances',
      of: (random: () => number) => gauge({ name: 'queue.length', unit: '1' }, drifting(2, random)),
    },
    {
      what: 'counted errors',
      of: (random: () => number) =>
        sums(
          { name: 'x.errors', unit: '1' },
          levels(8, () => Array.from({ length: 20 }, () => Number(random() < 0.1)).filter(Boolean).length),
        ),
    },
  ])('speaks seldom: $what', ({ of }) => {
    const ps = Array.from({ length: RUNS }, (_, run) => found(of(createRandom(run + 1))).findings).map((findings) => ({
      flagged: findings.some(({ verdict }) => verdict === 'regressed' || verdict === 'improved'),
      p: findings[0]?.p ?? 1,
    }));
    // Binomial: 9 or more of 60 at 5 % happen once in 500.
    expect(ps.filter(({ p }) => p < 0.05).length).toBeLessThan(9);
    expect(ps.filter(({ flagged }) => flagged).length).toBeLessThan(4);
  });
});
