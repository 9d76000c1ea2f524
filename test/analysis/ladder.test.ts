/** The control ladder: what the time of day does is not blamed on the upgrade, and what the upgrade does is. Seeds are fixed. */

import { describe, expect, it } from 'vitest';
import { type AnalysisInput, analyse, DEFAULT_SETTINGS } from '../../analysis/analyse.ts';
import { driftOf, lessDrift } from '../../analysis/control/drift.ts';
import type { Cell } from '../../model.ts';
import { type CellPlan, drawCells, type EndpointPlan } from '../../rehearse/cells.ts';
import { plainCell } from '../support/plain-cells.ts';

const TIMEOUT_MS = 120_000;
const HOUR_MS = 3_600_000;
const QUIET_MS = Date.UTC(2025, 5, 15, 3);
const ENDPOINTS = 8;

/** Eight endpoints in the quietest hour against the slowest, which is 8 % slower by the time of day alone. */
function daylight(
  seed: number,
  historyDays: number,
  effect?: EndpointPlan['effect'],
  other: Partial<CellPlan> = {},
): AnalysisInput {
  const plan: CellPlan = {
    ...{ seed, historyDays, instances: 10, slots: 12, slotMs: 60_000, paired: false, rollout: { kind: 'all' } },
    noise: { instanceSd: 0.05, drift: { sd: 0.05, correlation: 0.7 }, dailyRise: 0.08 },
    ...{ baselineMs: QUIET_MS, candidateMs: QUIET_MS + 12 * HOUR_MS },
    endpoints: Array.from({ length: ENDPOINTS }, (_, index) => ({
      ...{ service: `service${index % 4}`, endpoint: `GET /${index}`, kind: 'SERVER' as const, peer: '' },
      ...{ medianMs: 20, calls: 4_000, errors: { before: 0.005, after: 0.005 } },
      ...(effect !== undefined && index === 0 ? { effect } : {}),
    })),
    ...other,
  };
  return { ...drawCells(plan), changed: [], settings: DEFAULT_SETTINGS, seed };
}

const latencies = (input: AnalysisInput) =>
  analyse(input).findings.filter(({ signal }) => signal.startsWith('latency.'));

describe('the same hours of earlier days', () => {
  it.each([3, 7, 14])(
    '%i days: +8 per cent by the time of day is no regression, and the rung is named',
    (days) => {
      const runs = 15;
      const analyses = Array.from({ length: runs }, (_, run) => analyse(daylight(1 + run, days)));
      expect(analyses.filter(({ verdict }) => verdict === 'regressed').length).toBeLessThanOrEqual(0.1 * runs);
      expect(new Set(analyses.map(({ control }) => control))).toEqual(new Set(['history']));
      const pValues = analyses.flatMap(({ findings }) => findings.flatMap(({ p }) => p ?? []));
      const rejected = pValues.filter((p) => p <= 0.05).length;
      expect(rejected / pValues.length).toBeLessThan(0.07);
    },
    TIMEOUT_MS,
  );

  it.each([0, 2])(
    '%i days are too few: the time of day is taken for the upgrade, and the finding names its rung',
    (days) => {
      const analyses = Array.from({ length: 10 }, (_, run) => analyse(daylight(1 + run, days)));
      const pValues = analyses.flatMap(({ findings }) => findings.flatMap(({ p }) => p ?? []));
      expect(pValues.filter((p) => p <= 0.05).length / pValues.length).toBeGreaterThan(0.2);
      expect(new Set(analyses.map(({ control }) => control))).toEqual(new Set(['before-after']));
    },
  );

  it('a real +30 % is found, sized without the time of day, and the words say what was subtracted', () => {
    const found = latencies(daylight(3, 7, { slower: 0.3 })).filter(({ verdict }) => verdict === 'regressed');
    expect(new Set(found.map(({ endpoint }) => endpoint))).toEqual(new Set(['GET /0']));
    const median = found.find(({ signal }) => signal === 'latency.p50');
    expect(median?.control).toBe('history');
    expect(median?.ratio).toBeGreaterThan(1.22);
    expect(median?.ratio).toBeLessThan(1.38);
    expect(median?.reason).toMatch(/beyond the \+[78]\.?\d* % of the same hours on earlier days, 95 % interval/);
  });

  it('the order of the days and of their cells changes nothing', () => {
    const input = daylight(5, 4);
    const turned = (input.history ?? []).toReversed().map(({ baseline, candidate }) => ({
      baseline: { cells: baseline.cells.toReversed() },
      candidate: { cells: candidate.cells.toReversed() },
    }));
    expect(analyse({ ...input, history: turned }).findings.map(({ p }) => p?.toPrecision(9))).toEqual(
      analyse(input).findings.map(({ p }) => p?.toPrecision(9)),
    );
  });
});

describe('endpoints that the upgrade cannot have reached', () => {
  const OTHERS = ['service1', 'service2', 'service3'];
  const partly = (seed: number, effect?: EndpointPlan['effect'], other: Partial<CellPlan> = {}) =>
    daylight(seed, 0, effect, { untouched: OTHERS, ...other });

  it(
    '+8 per cent by the time of day is no regression where six endpoints show it too, and the rung is named',
    () => {
      const runs = 30;
      const analyses = Array.from({ length: runs }, (_, run) => analyse(partly(1 + run)));
      expect(analyses.filter(({ verdict }) => verdict === 'regressed').length).toBeLessThanOrEqual(0.1 * runs);
      expect(new Set(analyses.map(({ control }) => control))).toEqual(new Set(['diff-in-diff']));
    },
    TIMEOUT_MS,
  );

  it('a real +30 % is found, and the words say what was subtracted', () => {
    const found = latencies(partly(3, { slower: 0.3 })).filter(({ verdict }) => verdict === 'regressed');
    expect(new Set(found.map(({ endpoint }) => endpoint))).toEqual(new Set(['GET /0']));
    expect(found[0]?.reason).toContain('of the endpoints that the upgrade cannot have reached');
  });

  it.each<[string, Partial<CellPlan>, (input: AnalysisInput) => AnalysisInput]>([
    ['two of them are too few', { untouched: ['service1'] }, (input) => input],
    ['where nobody knows what changed, nobody knows whom it reached', {}, withoutBuilds],
    ['who is called by what changed may have been reached', {}, (input) => calling(input, 'service0', OTHERS)],
    [
      'so may be who calls it',
      {},
      (input) => OTHERS.reduce((all, caller) => calling(all, caller, ['service0']), input),
    ],
    ['so may be who consumes what it produces', {}, messaging],
  ])('%s', (_, other, change) => {
    const controls = latencies(change(partly(1, undefined, other))).map(({ control }) => control);
    expect(new Set(controls)).toEqual(new Set(['before-after']));
  });

  it('who shares but a caller with what changed was not reached', () => {
    const input = calling(partly(1), 'front', ['service0', ...OTHERS]);
    const control = latencies(input).find(({ service }) => service === 'service0')?.control;
    expect(control).toBe('diff-in-diff');
  });

  it('a common slowdown by half is no time of day: it is told', () => {
    const analyses = latencies(partly(1, undefined, { noise: { instanceSd: 0.05, dailyRise: 0.5 } }));
    expect(new Set(analyses.map(({ control }) => control))).toEqual(new Set(['before-after']));
    expect(analyses.some(({ verdict }) => verdict === 'regressed')).toBe(true);
  });
});

function mapCells(input: AnalysisInput, change: (cells: readonly Cell[]) => readonly Cell[]): AnalysisInput {
  const arm = (of: AnalysisInput['baseline']) => ({ ...of, cells: change(of.cells.map(plainCell)) });
  return { ...input, baseline: arm(input.baseline), candidate: arm(input.candidate) };
}

function withoutBuilds(input: AnalysisInput): AnalysisInput {
  return mapCells(input, (cells) => cells.map((cell) => ({ ...cell, build: '' })));
}

/** Adds calls from a service to others. */
function calling(input: AnalysisInput, caller: string, callees: readonly string[]): AnalysisInput {
  return mapCells(input, ([cell, ...rest]) => {
    if (cell === undefined) return [];
    const client = { ...cell, service: caller, build: '', kind: 'CLIENT' as const };
    return [cell, ...rest, ...callees.map((peer) => ({ ...client, endpoint: `to ${peer}`, peer }))];
  });
}

/** service0 produces, all others consume. */
function messaging(input: AnalysisInput): AnalysisInput {
  return mapCells(input, (cells) =>
    cells.flatMap((cell) =>
      cell.service === 'service0'
        ? [cell, { ...cell, kind: 'PRODUCER' as const, peer: 'broker' }]
        : [{ ...cell, kind: 'CONSUMER' as const }],
    ),
  );
}

describe('drift', () => {
  const change = (log: number, countingVariance = 0) => ({ log, countingVariance });

  it.each([
    ['two placebos', [change(0.1), change(0.2)], null],
    ['three that agree, with the variance of a further one', [0, 0.1, 0.2].map((log) => change(log)), 0.1],
  ])('%s', (_, changes, mean) => {
    const drift = driftOf(changes);
    expect(drift === null ? null : [drift.log, drift.standardError]).toEqual(
      mean === null ? null : [expect.closeTo(mean, 12), expect.closeTo(Math.sqrt(0.01 * (4 / 3)), 12)],
    );
  });

  it('what counting explains is the comparison’s own: of it only the mean stays uncertain', () => {
    const drift = driftOf([0, 0.1, 0.2].map((log) => change(log, 0.02)));
    expect(drift?.standardError).toBeCloseTo(Math.sqrt(0.02 / 3), 12);
  });

  it('both uncertainties add up, and the degrees of freedom lie between theirs', () => {
    const effect = { effect: 0.3, standardError: 0.03, degreesOfFreedom: 18 };
    const left = lessDrift(effect, { log: 0.1, standardError: 0.04, degreesOfFreedom: 2 });
    expect(left.effect).toBeCloseTo(0.2, 12);
    expect(left.standardError).toBeCloseTo(0.05, 12);
    expect(left.degreesOfFreedom).toBeGreaterThan(2);
    expect(left.degreesOfFreedom).toBeLessThan(20);
    expect(lessDrift(effect, null)).toEqual(effect);
  });
});
