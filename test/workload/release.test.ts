/** Releases are what their plans say: who is upgraded when, which faults strike whom, and nothing else changes. */

import { describe, expect, it } from 'vitest';
import { quantileNs } from '../../analysis/statistics/cumulative.ts';
import { mergeHistograms } from '../../analysis/statistics/histogram.ts';
import type { Cell } from '../../model.ts';
import { type CellPlan, drawCells } from '../../rehearse/cells.ts';
import type { Fault } from '../support/workload/faults.ts';
import { armData, drawRelease, type ReleasePlan } from '../support/workload/release.ts';
import { refusalsFor } from '../support/workload/retries.ts';
import { shop } from '../support/workload/system.ts';

const PLAN: ReleasePlan = {
  seed: 1,
  system: shop(4),
  changed: ['checkout', 'pricing'],
  faults: [],
  requests: 4_000,
};

function armsOf(plan: Partial<ReleasePlan>) {
  const release = drawRelease({ ...PLAN, ...plan });
  return { ...release, baseline: armData(release.baseline), candidate: armData(release.candidate) };
}

const sumOf = (cells: readonly Cell[], figure: (cell: Cell) => number) =>
  cells.reduce((sum, cell) => sum + figure(cell), 0);
const medianNs = (cells: readonly Cell[]) => quantileNs(mergeHistograms(cells.map((cell) => cell.durations)), 0.5) ?? 0;
const served = (cells: readonly Cell[], service: string) =>
  cells.filter((cell) => cell.service === service && cell.kind === 'SERVER');
const called = (cells: readonly Cell[], peer: string) => cells.filter((cell) => cell.peer === peer);

describe('requests through a system', () => {
  it('are the same for the same seed, and others for another', () => {
    expect(armsOf({})).toEqual(armsOf({}));
    expect(armsOf({ seed: 2 }).baseline.cells).not.toEqual(armsOf({}).baseline.cells);
  });

  it.each<[string, Fault, (cells: readonly Cell[]) => number, number]>([
    [
      'a service 50 % slower',
      { kind: 'latency', service: 'pricing', effect: { slower: 0.5 } },
      (cells) => medianNs(served(cells, 'pricing')),
      1.5,
    ],
    [
      'and nobody else',
      { kind: 'latency', service: 'pricing', effect: { slower: 0.5 } },
      (cells) => medianNs(served(cells, 'inventory')),
      1,
    ],
    [
      'the environment 30 % slower',
      { kind: 'environment', size: 0.3 },
      (cells) => medianNs(served(cells, 'catalog')),
      1.3,
    ],
    [
      'calls that vanish',
      { kind: 'calls', service: 'checkout', callee: 'pricing', factor: 0 },
      (cells) => sumOf(served(cells, 'pricing'), ({ calls }) => calls),
      0,
    ],
    [
      'half as many calls again',
      { kind: 'calls', service: 'checkout', callee: 'pricing', factor: 1.5 },
      (cells) => sumOf(called(cells, 'pricing'), ({ calls }) => calls),
      1.5,
    ],
  ])('%s', (_, fault, measure, factor) => {
    const { baseline, candidate } = armsOf({ faults: [fault] });
    expect(measure(candidate.cells) / measure(baseline.cells)).toBeCloseTo(factor, 1);
  });

  it('a slow network takes its time on the edges, and leaves the callee as fast as it was', () => {
    const { baseline, candidate } = armsOf({ faults: [{ kind: 'network', service: 'pricing', delayMs: 20 }] });
    const rise = (pick: (cells: readonly Cell[]) => Cell[]) =>
      medianNs(pick(candidate.cells)) - medianNs(pick(baseline.cells));
    expect(rise((cells) => called(cells, 'pricing')) / 20e6).toBeCloseTo(1, 1);
    expect(Math.abs(rise((cells) => served(cells, 'pricing')))).toBeLessThan(1e6);
  });

  it('attempts per logical call are those that the refusals make', () => {
    const strategy = { shape: 'full-jitter', baseMs: 20, maxAttempts: 8 } as const;
    const fault: Fault = {
      kind: 'retries',
      service: 'checkout',
      callee: 'pricing',
      refusals: refusalsFor(1.25),
      strategy,
    };
    const { baseline, candidate } = armsOf({ faults: [fault] });
    const amplification = (cells: readonly Cell[]) =>
      sumOf(called(cells, 'pricing'), ({ calls }) => calls) /
      sumOf(called(cells, 'pricing'), ({ logicalCalls }) => logicalCalls);
    expect(amplification(baseline.cells)).toBe(1);
    expect(amplification(candidate.cells)).toBeCloseTo(1.25, 1);
    expect(sumOf(called(candidate.cells, 'pricing'), ({ retryGaps }) => retryGaps.counts.length)).toBeGreaterThan(0);
  });

  it('errors rise to the root', () => {
    const { baseline, candidate } = armsOf({ faults: [{ kind: 'errors', service: 'inventory', share: 0.1 }] });
    const rate = (cells: readonly Cell[]) =>
      sumOf(served(cells, 'gateway'), ({ errors }) => errors) / sumOf(served(cells, 'gateway'), ({ calls }) => calls);
    expect([rate(baseline.cells), rate(candidate.cells)]).toEqual([0, expect.closeTo(0.1, 1)]);
  });

  it('only what is changed gets a new build and new instances, and a third party sends nothing', () => {
    const { candidate } = armsOf({});
    const fresh = new Set(candidate.cells.filter(({ build }) => build.endsWith('v2')).map(({ service }) => service));
    expect([...fresh].sort()).toEqual(['checkout', 'pricing']);
    expect(candidate.cells.filter(({ service }) => service === 'payments')).toEqual([]);
    expect(candidate.cells.some(({ instance }) => instance === 'catalog-0-next')).toBe(false);
  });

  it('a staggered rollout upgrades one instance a slot', () => {
    const { candidate } = armsOf({ rollout: { kind: 'staggered' } });
    const firstSlots = [...Map.groupBy(served(candidate.cells, 'pricing'), ({ instance }) => instance)]
      .filter(([instance]) => instance.endsWith('next'))
      .map(([, cells]) => (Math.min(...cells.map(({ slotMs }) => slotMs)) - candidate.range.startMs) / 60_000);
    expect(firstSlots.sort()).toEqual([1, 2, 3, 4]);
  });

  it('a plan that names what the system has not is refused', () => {
    expect(() => armsOf({ changed: ['nobody'] })).toThrow('the system has no nobody');
    expect(() => armsOf({ faults: [{ kind: 'mix', endpoint: 'GET /x', factor: 2 }] })).toThrow('GET /x');
  });
});

describe('cells drawn directly', () => {
  const CELLS: CellPlan = {
    ...{ seed: 1, instances: 10, slots: 6, slotMs: 60_000, noise: {}, rollout: { kind: 'all' }, paired: false },
    ...{ baselineMs: Date.UTC(2026, 2, 2, 3), candidateMs: Date.UTC(2026, 2, 2, 15), historyDays: 0 },
    endpoints: ['a', 'b'].map((name) => ({
      ...{ service: 'shop', endpoint: `POST /${name}`, kind: 'CLIENT', peer: 'bank', medianMs: 20, calls: 12_000 },
      ...{ errors: { before: 0.01, after: 0.05 }, retries: { before: 0, after: 0.1 }, effect: { slower: 0.5 } },
    })),
  };

  it('have the calls, errors, retries and medians of the plan', () => {
    const { baseline, candidate } = drawCells(CELLS);
    const share = (cells: readonly Cell[], figure: (cell: Cell) => number) =>
      sumOf(cells, figure) / sumOf(cells, ({ logicalCalls }) => logicalCalls);
    expect(sumOf(baseline.cells, ({ logicalCalls }) => logicalCalls)).toBe(24_000);
    expect(share(baseline.cells, ({ errors }) => errors)).toBeCloseTo(0.01, 2);
    expect(share(candidate.cells, ({ errors }) => errors)).toBeCloseTo(0.055, 2);
    expect(share(candidate.cells, ({ retries }) => retries)).toBeCloseTo(0.1, 2);
    expect(medianNs(candidate.cells) / medianNs(baseline.cells)).toBeCloseTo(1.5, 1);
  });

  it('have both builds in the candidate of a canary, in the same slots', () => {
    const { candidate } = drawCells({ ...CELLS, rollout: { kind: 'canary', share: 0.3 } });
    const calls = Map.groupBy(candidate.cells, ({ build }) => build);
    expect([...calls].map(([build, cells]) => [build, cells.length]).sort()).toEqual([
      ['shop-v1', 7 * 6 * 2],
      ['shop-v2', 3 * 6 * 2],
    ]);
  });

  it('have a history of the same windows on earlier days, without the upgrade but with the time of day', () => {
    const noise = { instanceSd: 0, dailyRise: 0.5 };
    const { baseline, candidate, history } = drawCells({ ...CELLS, noise, historyDays: 2 });
    expect(history.map((day) => [day.baseline.range.startMs, day.candidate.range.startMs])).toEqual(
      [1, 2].map((day) => [baseline, candidate].map(({ range }) => range.startMs - day * 86_400_000)),
    );
    for (const day of history) {
      expect(day.candidate.cells.every(({ build }) => build === 'shop-v1')).toBe(true);
      expect(medianNs(day.candidate.cells) / medianNs(day.baseline.cells)).toBeCloseTo(1.5, 1);
    }
  });
});
