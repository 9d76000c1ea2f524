/** The parts that a workload is made of do what they say: draws, latency, time, backoff, truth. */

import fc from 'fast-check';
import { mean, sampleCorrelation, sampleStandardDeviation } from 'simple-statistics';
import { describe, expect, it } from 'vitest';
import { quantileNs } from '../../analysis/statistics/cumulative.ts';
import { countOf, exceedances } from '../../analysis/statistics/histogram.ts';
import { createRandom } from '../../analysis/statistics/random.ts';
import type { Conclusion } from '../../model.ts';
import { binomialDraw, pickIndex, poissonDraw, sampleOf, wholeDraw } from '../../rehearse/draw.ts';
import { drawHistogram, histogramOf, type LatencyEffect } from '../../rehearse/latency.ts';
import { averaged, driftLogs, type Rollout, rhythmLog, upgradeSlot } from '../../rehearse/time.ts';
import { type Fault, truthOf } from '../support/workload/faults.ts';
import { type RetryStrategy, refusalsFor, waitMs } from '../support/workload/retries.ts';
import { drawSystem, operationsOf, shareOfTime, shop } from '../support/workload/system.ts';

const times = <T>(count: number, make: (index: number) => T) =>
  Array.from({ length: count }, (_, index) => make(index));

describe('draws', () => {
  const random = createRandom(1);
  it.each([
    ['a whole number with a mean of 1.3', () => mean(times(20_000, () => wholeDraw(1.3, random))), 1.3],
    ['5 % of 400 trials', () => mean(times(500, () => binomialDraw(400, 0.05, random))), 20],
    ['arrivals with a mean of 0.4', () => mean(times(20_000, () => poissonDraw(0.4, random))), 0.4],
    ['the spread of 9 arrivals', () => sampleStandardDeviation(times(20_000, () => poissonDraw(9, random))), 3],
    ['the spread of 400 arrivals', () => sampleStandardDeviation(times(20_000, () => poissonDraw(400, random))), 20],
    ['the second of weights 1 and 3', () => mean(times(20_000, () => pickIndex([1, 3], random))), 0.75],
  ])('%s', (_, measure, expected) => {
    expect(measure() / expected).toBeCloseTo(1, 1);
  });

  it('a sample has distinct members', () => {
    fc.assert(
      fc.property(fc.integer(), fc.integer({ min: 0, max: 12 }), (seed, count) => {
        const sample = sampleOf(times(10, String), count, createRandom(seed));
        expect(new Set(sample).size).toBe(Math.min(10, count));
      }),
    );
  });
});

describe('latency', () => {
  const CALLS = 200_000;
  const quantilesMs = (effect: LatencyEffect | null) => {
    const drawn = drawHistogram(CALLS, { medianNs: 20e6, log: 0 }, effect, createRandom(7));
    expect(countOf(drawn)).toBe(CALLS);
    return [0.5, 0.9, 0.99].map((p) => (quantileNs(drawn, p) ?? 0) / 1e6);
  };
  const healthy = [20, 20 * Math.exp(0.6 * 1.2816), 20 * Math.exp(0.6 * 1.8808) * 3 ** (1 / 3)];

  it.each<[string, LatencyEffect | null, readonly number[]]>([
    ['a lognormal body of sigma 0.6 and a Pareto tail of index 3 from p97', null, [1, 1, 1]],
    ['everything 20 % slower', { slower: 0.2 }, [1.2, 1.2, 1.2]],
    ['the tail 20 % longer, from p95 and in full from p98', { tail: 0.2 }, [1, 1, 1.2]],
    ['every call a straggler is everything slower', { stragglers: { share: 1, factor: 5 } }, [5, 5, 5]],
  ])('%s', (_, effect, factors) => {
    const found = quantilesMs(effect).map((value, index) => value / (healthy[index] ?? 0));
    found.forEach((factor, index) => {
      expect(factor / (factors[index] ?? 0)).toBeCloseTo(1, 1);
    });
  });

  it('1 % of the calls five times slower leaves the median and doubles what lies beyond p99.9', () => {
    const drawn = (effect: LatencyEffect | null) =>
      drawHistogram(CALLS, { medianNs: 20e6, log: 0 }, effect, createRandom(7));
    const struck = drawn({ stragglers: { share: 0.01, factor: 5 } });
    const far = Math.round(64 * Math.log2(quantileNs(drawn(null), 0.999) ?? 0));
    expect((quantileNs(struck, 0.5) ?? 0) / 20e6).toBeCloseTo(1, 1);
    expect(exceedances(struck, far)).toBeGreaterThan(1.8 * exceedances(drawn(null), far));
  });

  it('what is under a nanosecond counts as one', () => {
    expect(histogramOf([0, 0.2, 1, 1024])).toEqual({ buckets: [-1, 639], counts: [3, 1] });
  });
});

describe('time', () => {
  const at = (hour: number, day = 1) => Date.UTC(2026, 2, day, hour);
  it.each([
    [at(3), 0],
    [at(15), Math.log(1.08)],
    [at(9), Math.log(1.08) / 2],
    [at(15, 9), Math.log(1.08)],
  ])('the day at %i', (ms, expected) => {
    expect(rhythmLog(ms, 0.08)).toBeCloseTo(expected, 12);
  });

  it('drift has its standard deviation and resembles its neighbour', () => {
    const drift = driftLogs({ sd: 0.05, correlation: 0.7 }, 20_000, createRandom(3));
    expect(sampleStandardDeviation(drift)).toBeCloseTo(0.05, 2);
    expect(sampleCorrelation(drift.slice(1), drift.slice(0, -1))).toBeCloseTo(0.7, 1);
    expect(driftLogs({ sd: 0, correlation: 0.7 }, 3, createRandom(3))).toEqual([0, 0, 0]);
  });

  it('averaged over five minutes, drift is calmer by as much, and resembles its neighbour less', () => {
    const moment = { sd: 0.05, correlation: 0.7 };
    const steps = driftLogs({ ...moment, correlation: 0.7 ** 0.05 }, 400_000, createRandom(5));
    const fives = times(4_000, (index) => mean(steps.slice(index * 100, (index + 1) * 100)));
    const { sd, correlation } = averaged(moment, 5);
    expect(sampleStandardDeviation(fives) / sd).toBeCloseTo(1, 1);
    expect(sampleCorrelation(fives.slice(1), fives.slice(0, -1))).toBeCloseTo(correlation, 1);
    expect(averaged(moment, 1e-4).sd).toBeCloseTo(0.05, 5);
  });

  it.each<[Rollout, readonly number[]]>([
    [{ kind: 'all' }, [0, 0, 0, 0]],
    [{ kind: 'staggered' }, [1, 2, 3, 4]],
    [{ kind: 'staggered', everySlots: 3 }, [3, 6, 9, 12]],
    [{ kind: 'canary', share: 0.5 }, [0, 0, Infinity, Infinity]],
  ])('rollout %j upgrades four instances in slots %j', (rollout, slots) => {
    expect(times(4, (index) => upgradeSlot(rollout, index, 4))).toEqual(slots);
  });
});

describe('backoff', () => {
  const waits = (strategy: RetryStrategy, draw: number) => {
    let waited = 0;
    return times(5, (index) => {
      waited = waitMs(strategy, index + 1, waited, () => draw);
      return waited;
    });
  };
  it.each<[RetryStrategy['shape'], number, readonly number[]]>([
    ['fixed', 0.5, [100, 100, 100, 100, 100]],
    ['exponential', 0.5, [100, 200, 400, 800, 1000]],
    ['full-jitter', 0.5, [50, 100, 200, 400, 500]],
    ['equal-jitter', 0.5, [75, 150, 300, 600, 750]],
    ['decorrelated-jitter', 0, [100, 100, 100, 100, 100]],
    ['decorrelated-jitter', 0.5, [200, 350, 575, 912.5, 1000]],
  ])('%s, each draw %d', (shape, draw, expected) => {
    expect(waits({ shape, baseMs: 100, capMs: 1_000, maxAttempts: 6 }, draw)).toEqual(expected);
  });

  it('refusals for an amplification', () => {
    expect(refusalsFor(1)).toBe(0);
    expect(refusalsFor(1.25)).toBeCloseTo(0.2, 12);
  });
});

describe('truth', () => {
  it.each<[Fault, readonly string[], Conclusion]>([
    [{ kind: 'latency', service: 'pricing', effect: { slower: 1 } }, ['pricing'], 'BINARY'],
    [{ kind: 'errors', service: 'catalog', share: 0.1 }, [], 'EXTERNAL'],
    [{ kind: 'calls', service: 'pricing', callee: 'payments', factor: 0 }, ['pricing'], 'CALL_PATTERN'],
    [{ kind: 'environment', size: 0.3 }, [], 'ENVIRONMENT'],
    [{ kind: 'mix', endpoint: 'POST /gateway', factor: 2 }, [], 'TRAFFIC_MIX'],
  ])('%j', (fault, guiltyChanged, conclusion) => {
    const truth = truthOf([fault], ['pricing', 'checkout']);
    expect(truth).toMatchObject({ guiltyChanged, conclusions: [conclusion] });
  });
});

describe('systems', () => {
  it('a drawn system has the size that was asked for, and each tree passes a service once', () => {
    fc.assert(
      fc.property(fc.integer(), (seed) => {
        const size = { services: 12, instances: 3, roots: 4, depthOfCalls: 7 };
        const { services, roots } = drawSystem(size, createRandom(seed));
        expect([services.length, roots.length]).toEqual([12, 4]);
        for (const { operation } of roots) {
          const passed = operationsOf(operation).map(({ service }) => service);
          expect([passed[0], passed.length, new Set(passed).size]).toEqual(['gateway', 7, 7]);
          const shares = passed.map((service) => shareOfTime(operation, service));
          expect(shares.reduce((sum, share) => sum + share, 0)).toBeCloseTo(1, 12);
        }
      }),
      { numRuns: 50 },
    );
  });

  it('payments takes 25 of the 60 ms of the shop', () => {
    expect(shop().roots.map(({ operation }) => shareOfTime(operation, 'payments'))).toEqual([25 / 60]);
  });
});
