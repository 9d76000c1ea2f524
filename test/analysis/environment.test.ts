/** The environment: every service slower by one shift, told from one service that stands out of it. */

import { describe, expect, it } from 'vitest';
import { analyse, DEFAULT_SETTINGS } from '../../analysis/analyse.ts';
import { isOneShift } from '../../analysis/attribution/environment.ts';
import { createRandom } from '../../analysis/statistics/random.ts';
import type { Fault } from '../support/workload/faults.ts';
import { armData, drawRelease } from '../support/workload/release.ts';
import { drawSystem } from '../support/workload/system.ts';

const SD = 0.03;
const rises = (logs: readonly number[], sd = SD) => logs.map((log) => ({ log, variance: sd ** 2 }));

describe('one shift that all services share', () => {
  it.each<[string, readonly number[], number, boolean]>([
    ['as equal as their noise allows', [0.26, 0.23, 0.29, 0.27, 0.2, 0.31], SD, true],
    ['one that stands out beyond its noise', [0.26, 0.23, 0.29, 0.27, 0.2, 0.7], SD, false],
    ['the same, but hardly known', [0.26, 0.23, 0.29, 0.27, 0.2, 0.7], 0.4, true],
    ['one guilty, the others a little slower', [0.05, 0.06, 0.04, 0.05, 0.05, 0.3], SD, false],
    ['known to the last digit, and a little uneven', [0.3, 0.25, 0.22, 0.28, 0.32], 1e-6, true],
    ['known to the last digit, and one stands out', [0.3, 0.25, 0.22, 0.28, 0.6], 1e-6, false],
    ['all faster', [-0.26, -0.23, -0.29], SD, false],
    ['a single service', [0.3], SD, false],
  ])('%s', (_, logs, sd, expected) => {
    expect(isOneShift(rises(logs, sd))).toBe(expected);
  });
});

function released(faults: readonly Fault[], seed: number) {
  const release = drawRelease({
    system: drawSystem({ services: 12, instances: 10, roots: 3, depthOfCalls: 7 }, createRandom(seed)),
    ...{ seed: 1_000_000 + seed, faults, requests: 4_000, slots: 6, startMs: Date.UTC(2025, 5, 15, 3) },
    changed: ['service1', 'service2', 'service3', 'service4'],
    noise: { instanceSd: 0.05, drift: { sd: 0.05, correlation: 0.7 } },
  });
  const arms = { baseline: armData(release.baseline), candidate: armData(release.candidate) };
  return analyse({ ...arms, changed: release.changed, settings: DEFAULT_SETTINGS, seed });
}

describe('whole releases', () => {
  it('all services 30 % slower, instances apart by 5 %: the environment, whatever one service drew', () => {
    expect(released([{ kind: 'environment', size: 0.3 }], 2).conclusion).toBe('ENVIRONMENT');
  });

  it('a changed service twice as slow while all are 10 % slower is still named', () => {
    const faults: Fault[] = [
      { kind: 'environment', size: 0.1 },
      { kind: 'latency', service: 'service1', effect: { slower: 1 } },
    ];
    const { conclusion, suspects } = released(faults, 2);
    expect(['BINARY', 'CONTRIBUTING']).toContain(conclusion);
    expect(suspects[0]).toMatchObject({ service: 'service1', changed: true });
  });
});
