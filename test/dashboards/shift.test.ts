import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { conclusion } from '../../dashboards/charts/conclusion.ts';
import { shiftChart } from '../../dashboards/charts/shift.ts';
import type { ShiftPoint } from '../../model.ts';
import { HOSTILE_TEXTS, shiftPoints } from '../support/report.ts';

const MS = 1e6;
const GRID = [0.1, 0.25, 0.5, 0.75, 0.9, 0.95, 0.99, 0.999];

/** A distribution at 100 ms whose percentiles moved by `shiftMs`, known to within 5 ms. */
function points(shiftMs: readonly number[]): readonly ShiftPoint[] {
  return GRID.map((p, i) => {
    const shiftNs = (shiftMs[i] ?? 0) * MS;
    return {
      p,
      baselineNs: 100 * MS,
      candidateNs: 100 * MS + shiftNs,
      lowNs: shiftNs - 5 * MS,
      highNs: shiftNs + 5 * MS,
    };
  });
}

const NAMES = { endpoint: 'POST /checkout', baselineName: '2.13.4', candidateName: '2.14.0' };

describe('the conclusion', () => {
  it.each([
    [[0, 0, 0, 0, 30, 60, 90, 90], 'The slowest 10 % got slower; the median held'],
    [[0, 0, 0, 0, 0, 0, 0, 90], 'The slowest 0.1 % got slower; the median held'],
    [[0, 0, 30, 40, 50, 60, 90, 90], 'The slowest 50 % got slower'],
    [[20, 20, 30, 40, 50, 60, 90, 90], 'Every percentile got slower'],
    [[-20, -20, -30, -40, -50, -60, -50, -50], 'Every percentile got faster'],
    [[0, 0, 0, 0, 0, -40, -40, -40], 'The slowest 5 % got faster; the median held'],
    [[0, 0, 0, 0, 0, 0, 0, 0], 'No percentile moved by more than the data can tell'],
    [[0, 0, 0, 30, 30, 0, 0, 0], 'Calls got slower from p75 to p90; beyond, the data cannot tell'],
    [[-30, -30, 0, 0, 0, 60, 90, 90], 'The slow calls got slower, the fast ones faster'],
    [[30, 30, 0, 0, 0, -60, -60, -60], 'The slow calls got faster, the fast ones slower'],
    [[4, 4, 4, 4, 4, 4, 4, 4], 'No percentile moved by more than the data can tell'],
  ])('of shifts of %j ms is: %s', (shifts, sentence) => {
    expect(conclusion(points(shifts))).toBe(sentence);
  });

  it('of nothing says so', () => {
    expect(conclusion([])).toBe('Too few calls to draw the distribution');
  });

  it('never claims what the interval does not show', () => {
    const shift = fc.integer({ min: -90, max: 90 });
    fc.assert(
      fc.property(fc.array(shift, { minLength: GRID.length, maxLength: GRID.length }), (shifts) => {
        const said = conclusion(points(shifts));
        if (said.includes('slower')) expect(Math.max(...shifts)).toBeGreaterThan(5);
        if (said.includes('faster')) expect(Math.min(...shifts)).toBeLessThan(-5);
      }),
    );
  });
});

describe('the chart', () => {
  const chart = shiftChart({ points: points([0, 0, 2, 5, 30, 60, 90, 95]), ...NAMES });

  it('carries its conclusion, its numbers and a description for those who do not see it', () => {
    expect(chart).toContain('<title>The slowest 10 % got slower; the median held</title>');
    expect(chart).toContain('p99 +90.0 ms (95 % interval +85.0 ms to +95.0 ms)');
    expect(chart).toMatch(
      /<desc>Shift of the latency of POST \/checkout, 2\.14\.0 against 2\.13\.4: p50 \+2\.00 ms, p90 /,
    );
    expect(chart).toContain('role="img"');
  });

  it('stretches the axis to the tail: p90 to p99 is as wide as p99 to p99.9', () => {
    const at = (label: string): number =>
      Number(new RegExp(`<text x="([\\d.]+)" y="\\d+">${label}</text>`).exec(chart)?.[1]);
    expect(at('p99') - at('p90')).toBeGreaterThan(100);
    expect(at('p99.9') - at('p99')).toBeCloseTo(at('p99') - at('p90'), 0);
  });

  it('draws worse and better in different colours, both from variables of the page', () => {
    expect(chart).toContain('var(--worse');
    expect(chart).not.toContain('var(--better');
    expect(shiftChart({ points: points([0, 0, 0, 0, 0, -40, -40, -40]), ...NAMES })).toContain('var(--better');
  });

  it('is the same each time, and small', () => {
    const options = {
      points: shiftPoints({ medianNs: 96 * MS, sigma: 0.42, extraNs: 720 * MS, from: 0.93 }),
      ...NAMES,
    };
    expect(shiftChart(options)).toBe(shiftChart(options));
    expect(shiftChart(options).length).toBeLessThan(9_000);
  });

  it('labels the tail first where labels would touch', () => {
    const flat = shiftChart({ points: points([0, 0, 1, 1, 1, 1, 1, 1]), ...NAMES, width: 400 });
    const labelled = Array.from(flat.matchAll(/class="label"[^>]*>([^<]+)/g), ([, text]) => text);
    expect(labelled.length).toBeGreaterThanOrEqual(2);
    expect(labelled.length).toBeLessThan(5);
    expect(flat.match(/<circle/g)?.length).toBe(5);
  });

  it.each([0, 1])('says so when there are only %d points', (count) => {
    const few = shiftChart({ points: points([]).slice(0, count), ...NAMES });
    expect(few).toContain('<title>');
    expect(few).not.toContain('<path');
  });

  it.each(HOSTILE_TEXTS)('keeps the name %j inside its text', (text) => {
    const hostile = shiftChart({
      points: points([0, 0, 2, 5, 30, 60, 90, 95]),
      endpoint: text,
      baselineName: text,
      candidateName: text,
    });
    expect(hostile.match(/</g)?.length).toBe(chart.match(/</g)?.length);
    expect(hostile.match(/"/g)?.length).toBe(chart.match(/"/g)?.length);
  });

  it('stays inside its box for any shift, and puts no NaN into a path', () => {
    const ns = fc.double({ min: -1e12, max: 1e12, noNaN: true });
    const one = fc.record({
      baselineNs: fc.double({ min: 0, max: 1e12, noNaN: true }),
      shift: ns,
      half: fc.double({ min: 0, max: 1e11, noNaN: true }),
    });
    fc.assert(
      fc.property(fc.array(one, { minLength: GRID.length, maxLength: GRID.length }), (made) => {
        const drawn = made.map(({ baselineNs, shift, half }, i) => ({
          p: GRID[i] ?? 0.5,
          baselineNs,
          candidateNs: baselineNs + shift,
          lowNs: shift - half,
          highNs: shift + half,
        }));
        const svg = shiftChart({ points: drawn, ...NAMES });
        expect(svg).not.toMatch(/NaN|Infinity|undefined/);
        for (const [, y] of svg.matchAll(/ c?y="(-?[\d.]+)"/g)) {
          expect(Number(y)).toBeGreaterThanOrEqual(0);
          expect(Number(y)).toBeLessThanOrEqual(340);
        }
      }),
    );
  });
});
