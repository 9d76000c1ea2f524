/** Direct labels of a shift chart: a dot and a number at the percentiles that people ask for. */
import type { ShiftPoint } from '../../model.ts';
import { movement, pointAt } from './conclusion.ts';
import { signedDuration } from './format.ts';
import { type Markup, markup } from './markup.ts';
import { COLOURS, colourOf, height, type Plot, shiftNs, textColourOf } from './plot.ts';

export const LABELLED = [0.5, 0.9, 0.95, 0.99, 0.999];
interface Label {
  readonly point: ShiftPoint;
  readonly x: number;
  readonly y: number;
  readonly text: string;
  readonly anchor: 'start' | 'end';
}

/** Generous width of a letter and height of a line of 12 pixels, for keeping labels apart. */
const LETTER = 8;
const LINE = 15;

/** From the tail on: where two labels would touch, the one nearer to the tail stays. */
export function labels(plot: Plot): Markup {
  const marked = LABELLED.flatMap((p) => pointAt(plot.points, p) ?? []).map((point) => labelOf(plot, point));
  const kept: Label[] = [];
  for (const one of marked.toReversed()) {
    if (!kept.some((other) => touch(one, other))) kept.push(one);
  }
  return markup`${marked.map(dot)}${kept.map(labelText)}`;
}

function labelOf(plot: Plot, point: ShiftPoint): Label {
  const x = Number(plot.x(point).toFixed(1));
  const y = height(plot, shiftNs(point)) + (shiftNs(point) >= 0 ? -10 : 20);
  return { point, x, y, text: signedDuration(shiftNs(point)), anchor: x - plot.left < 70 ? 'start' : 'end' };
}

function touch(a: Label, b: Label): boolean {
  const left = ({ x, text, anchor }: Label): number => (anchor === 'start' ? x : x - LETTER * text.length);
  const apart =
    Math.max(left(a), left(b)) > Math.min(left(a) + LETTER * a.text.length, left(b) + LETTER * b.text.length);
  return !apart && Math.abs(a.y - b.y) < LINE;
}

function dot({ point, x, y }: Label): Markup {
  const at = Number((y - (shiftNs(point) >= 0 ? -10 : 20)).toFixed(1));
  const colour = movement(point) === 'held' ? COLOURS.muted : colourOf(point);
  return markup`<circle cx="${x}" cy="${at}" r="3.5" fill="${colour}" stroke="${COLOURS.paper}"/>`;
}

function labelText({ point, x, y, text, anchor }: Label): Markup {
  const colour = movement(point) === 'held' ? COLOURS.muted : textColourOf(point);
  return markup`<text class="label" x="${x}" y="${Number(y.toFixed(1))}" text-anchor="${anchor}" font-weight="600" fill="${colour}" stroke="${COLOURS.paper}" stroke-width="3" paint-order="stroke">${text}</text>`;
}
