/** What a quantile shift says, in one sentence: the headline of its chart. */
import type { ShiftPoint } from '../../model.ts';
import { percentile } from './format.ts';

/** Below this part of the baseline a shift is not worth a headline, however sure it is. */
const NOTABLE = 0.1;

export type Movement = 'slower' | 'faster' | 'held';

/** Whether a point moved: its 95 % interval leaves zero out and the shift is at least a tenth of the baseline. */
export function movement(point: ShiftPoint): Movement {
  const shiftNs = point.candidateNs - point.baselineNs;
  if (Math.abs(shiftNs) < NOTABLE * point.baselineNs) return 'held';
  if (point.lowNs > 0) return 'slower';
  return point.highNs < 0 ? 'faster' : 'held';
}

/** The sentence over the whole distribution. `points` ascend in p. */
export function conclusion(points: readonly ShiftPoint[]): string {
  const last = points.at(-1);
  if (last === undefined) return 'Too few calls to draw the distribution';
  const movements = new Set(points.map(movement));
  if (movements.size === 1) return wholeDistribution(movement(last));
  if (movements.has('slower') && movements.has('faster')) return crossing(points);
  return movement(last) === 'held' ? middle(points) : tail(points, movement(last));
}

/** The point nearest to p, if one lies within half a per cent of the way to 1. */
export function pointAt(points: readonly ShiftPoint[], p: number): ShiftPoint | undefined {
  return points.find((point) => Math.abs(point.p - p) <= 0.005 * (1 - p));
}

function wholeDistribution(all: Movement): string {
  if (all === 'held') return 'No percentile moved by more than the data can tell';
  return `Every percentile got ${all}`;
}

function tail(points: readonly ShiftPoint[], direction: Movement): string {
  const from = points.findLastIndex((point) => movement(point) !== direction) + 1;
  const part = Number(((1 - (points[from]?.p ?? 0)) * 100).toPrecision(2));
  const median = pointAt(points, 0.5);
  const held = median !== undefined && movement(median) === 'held' ? '; the median held' : '';
  return `The slowest ${part} % got ${direction}${held}`;
}

function middle(points: readonly ShiftPoint[]): string {
  const moved = points.filter((point) => movement(point) !== 'held');
  const [first, last] = [moved[0], moved.at(-1)];
  if (first === undefined || last === undefined) return wholeDistribution('held');
  const range = first === last ? `at ${percentile(first.p)}` : `from ${percentile(first.p)} to ${percentile(last.p)}`;
  return `Calls got ${movement(first)} ${range}; beyond, the data cannot tell`;
}

function crossing(points: readonly ShiftPoint[]): string {
  const last = points.findLast((point) => movement(point) !== 'held');
  const slowEnd = last === undefined ? 'held' : movement(last);
  return slowEnd === 'slower'
    ? 'The slow calls got slower, the fast ones faster'
    : 'The slow calls got faster, the fast ones slower';
}
