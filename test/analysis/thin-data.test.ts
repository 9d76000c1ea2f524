/** Data that are empty, thin, broken or of another time: no verdict is made of them, and the report names what is wrong. */

import { describe, expect, it } from 'vitest';
import { type Analysis, type ArmData, analyse, DEFAULT_SETTINGS } from '../../analysis/analyse.ts';
import type { Cell, Histogram } from '../../model.ts';
import { type EndpointTruth, generateArms, histogramOf } from '../support/generator.ts';

type Arms = { readonly baseline: ArmData; readonly candidate: ArmData };

const HOUR_MS = 3_600_000;
const judge = (arms: Arms): Analysis => analyse({ ...arms, changed: [], settings: DEFAULT_SETTINGS, seed: 1 });

/** Nothing changed: ten fresh instances that differ by 5 %, twelve slots. */
const draw = (truth: Partial<EndpointTruth> = {}): Arms => generateArms({ seed: 2, calls: 6_000, ...truth });
const usual = draw();

const withCells = (arm: ArmData, change: (cells: readonly Cell[]) => readonly Cell[]): ArmData => ({
  ...arm,
  cells: change(arm.cells),
});
const inCandidate = (change: (cell: Cell) => Cell): Arms => ({
  ...usual,
  candidate: withCells(usual.candidate, (cells) => cells.map(change)),
});
const inBoth = (change: (cells: readonly Cell[]) => readonly Cell[]): Arms => ({
  baseline: withCells(usual.baseline, change),
  candidate: withCells(usual.candidate, change),
});
const ofFirst = (field: 'instance' | 'slotMs') => (cells: readonly Cell[]) =>
  cells.filter((cell) => cell[field] === cells[0]?.[field]);
const withDurations =
  (of: (durations: Histogram) => Histogram) =>
  (cell: Cell): Cell => ({ ...cell, durations: of(cell.durations) });

interface Defect {
  readonly what: string;
  readonly arms: Arms;
  /** Of the latency findings, each. */
  readonly reason: RegExp;
  /** Among the notes on the data. */
  readonly note?: RegExp;
  /** Absent where another signal (no errors) may still be judged. */
  readonly overall?: Analysis['verdict'];
}

const DEFECTS: readonly Defect[] = [
  {
    what: 'a baseline without a cell',
    overall: 'inconclusive',
    arms: { ...usual, baseline: withCells(usual.baseline, () => []) },
    reason: /^served only after the upgrade/,
    note: /Served only after: checkout POST \/checkout/,
  },
  {
    what: 'a candidate without a cell',
    overall: 'inconclusive',
    arms: { ...usual, candidate: withCells(usual.candidate, () => []) },
    reason: /^no longer served after the upgrade/,
    note: /Served only before: checkout POST \/checkout/,
  },
  {
    what: 'one instance an arm',
    arms: inBoth(ofFirst('instance')),
    reason: /no change beyond chance; a worsening under .* may have been missed|are too few for p9/,
    note: /Confidence is low for 1 endpoints: under four instances/,
  },
  {
    what: 'one minute an arm',
    overall: 'inconclusive',
    arms: inBoth(ofFirst('slotMs')),
    reason: /no change beyond chance; a worsening under .* may have been missed|are too few for p9/,
    note: /candidate has data in 1 of 12 slots/,
  },
  {
    what: 'one minute of one instance',
    overall: 'inconclusive',
    arms: inBoth((cells) => ofFirst('slotMs')(ofFirst('instance')(cells))),
    reason: /says nothing about chance|are too few for/,
    note: /Confidence is low/,
  },
  {
    what: 'clocks of the candidate an hour late',
    overall: 'inconclusive',
    arms: inCandidate((cell) => ({ ...cell, slotMs: cell.slotMs + HOUR_MS })),
    reason: /^no longer served after the upgrade/,
    note: /Left out of the candidate: 120 cells from up to 60 minutes outside of its window: check the clocks of .*, …\./,
  },
  {
    what: 'the clock of one instance an hour early',
    arms: inCandidate((cell) =>
      cell.instance === usual.candidate.cells[0]?.instance ? { ...cell, slotMs: cell.slotMs - HOUR_MS } : cell,
    ),
    reason: /no change beyond chance/,
    note: /Left out of the candidate: 12 cells from up to \d+ minutes outside of its window: check the clocks of [^,]*\./,
  },
  {
    what: 'counts that are not numbers',
    overall: 'inconclusive',
    arms: inCandidate((cell) => ({ ...cell, calls: Number.NaN })),
    reason: /^no longer served after the upgrade/,
    note: /Left out: 120 cells with counts that are negative or not numbers/,
  },
  {
    what: 'buckets that are not numbers',
    overall: 'inconclusive',
    arms: inCandidate(withDurations(({ buckets, counts }) => ({ counts, buckets: buckets.map(() => Number.NaN) }))),
    reason: /^no longer served after the upgrade/,
    note: /Left out: 120 cells/,
  },
  {
    what: 'fewer counts than buckets',
    overall: 'inconclusive',
    arms: inCandidate(withDurations(({ buckets, counts }) => ({ buckets, counts: counts.slice(1) }))),
    reason: /^no longer served after the upgrade/,
    note: /Left out: 120 cells/,
  },
  {
    what: 'no call that succeeded',
    overall: 'regressed',
    arms: inCandidate((cell) => ({ ...cell, errors: cell.calls, durations: histogramOf([]) })),
    reason: /^no call that succeeded in one of the arms$/,
  },
];

describe('no verdict on latency, with the reason', () => {
  it.each(DEFECTS)('$what', ({ arms, reason, note, overall }) => {
    const { verdict, findings, health } = judge(arms);
    const latency = findings.filter(({ signal }) => signal.startsWith('latency.'));
    expect(latency.length).toBeGreaterThan(0);
    for (const finding of latency)
      expect(finding).toMatchObject({ verdict: 'inconclusive', reason: expect.stringMatching(reason) });
    if (overall !== undefined) expect(verdict).toBe(overall);
    if (note !== undefined) expect(health.notes.join('\n')).toMatch(note);
  });

  it('a hundred thousand endpoints: the ten thousand with the most calls are judged, the rest is counted', () => {
    const [any] = usual.baseline.cells;
    if (any === undefined) throw new Error('no cell');
    const manyIn = (arm: ArmData): ArmData =>
      withCells(arm, () =>
        Array.from({ length: 100_000 }, (_, id) => ({
          ...{ ...any, slotMs: arm.range.startMs, endpoint: `GET /orders/${id}` },
          ...{ calls: 1 + (id % 10), errors: 0, logicalCalls: 1 + (id % 10) },
        })),
      );
    const { verdict, findings, health } = judge({
      baseline: manyIn(usual.baseline),
      candidate: manyIn(usual.candidate),
    });
    expect(verdict).toBe('inconclusive');
    expect(health.endpoints).toBe(10_000);
    expect(findings.every(({ endpoint }) => endpoint.endsWith('9'))).toBe(true);
    expect(health.notes.join('\n')).toMatch(/Left out: 90000 of 100000 endpoints, those with 18 calls or fewer/);
  });

  it('buckets farther apart than any clock can measure are added up all the same', () => {
    const far = inCandidate(
      withDurations(({ buckets, counts }) => ({ buckets: [...buckets, 1_000_000_000], counts: [...counts, 1] })),
    );
    expect(judge(far).findings.find(({ signal }) => signal === 'latency.p50')?.candidate).toBeLessThan(1e9);
  });
});
