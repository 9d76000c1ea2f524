/** The frame of a shift chart: scales, margins, colours. */
import { type ScaleLinear, scaleLinear } from 'd3-scale';
import type { ShiftPoint } from '../../model.ts';
import { axisUnit } from './format.ts';

export interface Plot {
  readonly points: readonly ShiftPoint[];
  readonly width: number;
  readonly narrow: boolean;
  readonly x: (point: { readonly p: number }) => number;
  readonly y: ScaleLinear<number, number>;
  readonly left: number;
  readonly right: number;
  readonly unit: { readonly name: string; readonly ns: number };
}

export const HEIGHT = 340;
export const NARROW = 520;
const TOP = 62;
export const BOTTOM = 46;
export const COLOURS = {
  worse: 'var(--worse, #c2410c)',
  worseText: 'var(--worse-text, #9a3412)',
  better: 'var(--better, #15803d)',
  ink: 'var(--ink, #18181b)',
  muted: 'var(--muted, #52525b)',
  rule: 'var(--rule, #e4e4e7)',
  paper: 'var(--paper, #fff)',
};

/** Stretches the probability axis to the tail: p90, p99 and p99.9 stand equally far apart. */
function stretched(p: number): number {
  return -Math.log10(1 - p);
}

export function shiftNs(point: ShiftPoint): number {
  return point.candidateNs - point.baselineNs;
}

export function plotOf(points: readonly ShiftPoint[], width: number): Plot {
  const narrow = width < NARROW;
  const [left, right] = [58, width - (narrow ? 24 : 84)];
  const low = Math.min(0, ...points.map((d) => d.lowNs));
  const high = Math.max(0, ...points.map((d) => d.highNs));
  const unit = axisUnit(Math.max(-low, high));
  const ends = [points[0]?.p ?? 0, points.at(-1)?.p ?? 0.999];
  const scale = scaleLinear(ends.map(stretched), [left, right]);
  const room = 0.06 * Math.max(high - low, unit.ns * 1e-3);
  const y = scaleLinear([(low - room) / unit.ns, (high + room) / unit.ns], [HEIGHT - BOTTOM, TOP]);
  return { points, width, narrow, x: ({ p }) => scale(stretched(p)), y, left, right, unit };
}

/** Where a shift stands on the chart, pixels from its top. */
export function height(plot: Plot, ns: number): number {
  return Number(plot.y(ns / plot.unit.ns).toFixed(1));
}

export function colourOf(point: ShiftPoint): string {
  return shiftNs(point) >= 0 ? COLOURS.worse : COLOURS.better;
}

export function textColourOf(point: ShiftPoint): string {
  return shiftNs(point) >= 0 ? COLOURS.worseText : COLOURS.better;
}
