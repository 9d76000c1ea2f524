/** The quantile shift of one endpoint as an SVG: how much slower each percentile became, with its 95 % band. */
import { area, curveMonotoneX, line } from 'd3-shape';
import type { ShiftPoint } from '../../model.ts';
import { conclusion, movement, pointAt } from './conclusion.ts';
import { percentile, shorten, signedDuration } from './format.ts';
import { LABELLED, labels } from './labels.ts';
import { type Markup, markup } from './markup.ts';
import { BOTTOM, COLOURS, colourOf, HEIGHT, height, NARROW, type Plot, plotOf, shiftNs, textColourOf } from './plot.ts';

export interface ShiftChartOptions {
  /** Ascending in p. Fewer than two points give a sentence instead of a curve. */
  readonly points: readonly ShiftPoint[];
  readonly endpoint: string;
  readonly baselineName: string;
  readonly candidateName: string;
  /** Width of the view box, pixels; 760 unless told. Below 520 labels are fewer. */
  readonly width?: number;
}

const TICKS = [0.1, 0.5, 0.75, 0.9, 0.95, 0.99, 0.995, 0.999];

/** Colours are CSS variables with a light default, so the page decides between light and dark. */
export function shiftChart(o: ShiftChartOptions): string {
  const points = o.points.filter((point) => point.p > 0 && point.p < 1);
  const width = o.width ?? 760;
  const title = conclusion(points);
  const about = description(o, points);
  const body = points.length < 2 ? [] : drawing(plotOf(points, width));
  return markup`<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${width} ${HEIGHT}" role="img" font-family="system-ui, sans-serif" font-size="12" fill="${COLOURS.muted}"><title>${title}</title><desc>${about}</desc>
<text x="0" y="17" font-size="${width < NARROW ? 13 : 16}" font-weight="650" fill="${COLOURS.ink}">${title}</text>
<text x="0" y="37">${subtitle(o, points, width)}</text>
${body}</svg>`.markup;
}

function drawing(plot: Plot): readonly Markup[] {
  return [valueAxis(plot), probabilityAxis(plot), curve(plot), labels(plot), endLabel(plot)];
}

function valueAxis({ y, left, right, unit }: Plot): Markup {
  return markup`${y.ticks(5).map((value) => {
    const at = Number(y(value).toFixed(1));
    const text = value === 0 ? `0 ${unit.name}` : `${value > 0 ? '+' : '−'}${Number(Math.abs(value).toPrecision(3))}`;
    const stroke = value === 0 ? COLOURS.muted : COLOURS.rule;
    return markup`<line x1="${left}" x2="${right}" y1="${at}" y2="${at}" stroke="${stroke}"/><text x="${left - 8}" y="${at + 4}" text-anchor="end">${text}</text>`;
  })}`;
}

function probabilityAxis({ x, left, right, narrow, points }: Plot): Markup {
  const [first, last] = [points[0]?.p ?? 0, points.at(-1)?.p ?? 1];
  const ticks = TICKS.filter((p) => p >= first && p <= last + 1e-9 && !(narrow && [0.1, 0.75, 0.995].includes(p)));
  const foot = HEIGHT - BOTTOM;
  return markup`<g text-anchor="middle">${ticks.map((p) => markup`<text x="${x({ p }).toFixed(1)}" y="${foot + 19}">${percentile(p)}</text>`)}</g>
<text x="${left}" y="${HEIGHT - 6}">fastest calls</text><text x="${right}" y="${HEIGHT - 6}" text-anchor="end">slowest calls</text>`;
}

function curve(plot: Plot): Markup {
  const { points, x } = plot;
  const band = area<ShiftPoint>(
    x,
    (d) => height(plot, d.lowNs),
    (d) => height(plot, d.highNs),
  )
    .curve(curveMonotoneX)
    .digits(1);
  const middle = line<ShiftPoint>(x, (d) => height(plot, shiftNs(d)))
    .curve(curveMonotoneX)
    .digits(1);
  const colour = endColour(points);
  return markup`<path d="${band([...points])}" fill="${colour}" opacity=".18"/><path d="${middle([...points])}" fill="none" stroke="${colour}" stroke-width="2.25"/>`;
}

function endLabel(plot: Plot): Markup {
  const last = plot.points.at(-1);
  if (last === undefined || plot.narrow) return markup``;
  const [end, zero] = [height(plot, shiftNs(last)), height(plot, 0)];
  const moved = movement(last);
  const label =
    moved === 'held'
      ? null
      : markup`<text x="${plot.right + 8}" y="${end + 4}" font-weight="600" fill="${textColourOf(last)}">${moved}</text>`;
  const clear = moved === 'held' || Math.abs(end - zero) > 14;
  return markup`${label}${clear ? markup`<text x="${plot.right + 8}" y="${zero + 4}">no change</text>` : null}`;
}

function endColour(points: readonly ShiftPoint[]): string {
  const moved = points.findLast((point) => movement(point) !== 'held');
  return moved === undefined ? COLOURS.muted : colourOf(moved);
}

function subtitle(o: ShiftChartOptions, points: readonly ShiftPoint[], width: number): string {
  const room = Math.floor(width / 6.4);
  const far = pointAt(points, 0.99) ?? points.at(-1);
  const interval =
    far === undefined
      ? ''
      : `${percentile(far.p)} ${signedDuration(shiftNs(far))} (95 % interval ${signedDuration(far.lowNs)} to ${signedDuration(far.highNs)})`;
  const names = `${shorten(o.endpoint, 32)}, ${shorten(o.candidateName, 12)} against ${shorten(o.baselineName, 12)}`;
  const whole = interval === '' ? names : `${names}: ${interval}`;
  return whole.length <= room ? whole : shorten(interval === '' ? names : interval, room);
}

function description(o: ShiftChartOptions, points: readonly ShiftPoint[]): string {
  const said = LABELLED.flatMap((p) => pointAt(points, p) ?? []).map(
    (d) => `${percentile(d.p)} ${signedDuration(shiftNs(d))}`,
  );
  return `Shift of the latency of ${o.endpoint}, ${o.candidateName} against ${o.baselineName}: ${said.join(', ') || 'too few calls'}.`;
}
