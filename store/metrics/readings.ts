/** How each kind of metric is read: by which relation, and what of a slot is kept. */
import type { MetricSlots } from '../../model.ts';
import { CUMULATIVE, EXPLICIT, EXPONENTIAL, EXPONENTIAL_STEPS, less, perStream, SUM, SUMMARY } from './kinds.ts';
import { readingsOf, stepsOf } from './steps.ts';

/** The slot in seconds, then what `merged` gives. Infinities and what is not a number come as null. */
export type Tuple = readonly (number | null | readonly (number | null)[])[];

/** Bounds, or a scale. */
export type Shape = number | readonly number[];

export interface Reading {
  readonly kind: MetricSlots['kind'];
  /** Whose pipeline fills only some of the tables has only some of the views. */
  readonly view: string;
  /** Relation with SERIES, slot and the columns that `merged` is made of. */
  readonly relation: string;
  /** Columns of the tuple after the slot, made of the relation's rows of one series and slot. */
  readonly merged: readonly string[];
  /** A column by which a series is kept apart where it changes. */
  readonly apart?: string;
  readonly toSlots: (tuples: readonly Tuple[], shape: Shape) => MetricSlots;
}

const slotMsOf = (tuple: Tuple) => 1_000 * one(tuple, 0);

function one(tuple: Tuple, at: number): number {
  const value = tuple[at];
  return typeof value === 'number' ? value : 0;
}

function list(tuple: Tuple, at: number): readonly (number | null)[] {
  const value = tuple[at];
  return typeof value === 'object' && value !== null ? value : [];
}

const counted = (tuple: Tuple) => ({ slotMs: slotMsOf(tuple), count: one(tuple, 1), sum: one(tuple, 2) });
const whole = (values: readonly (number | null)[]) => values.map((value) => value ?? 0);

/** A quantile of nothing is not a number, and is left out. */
function quantilesOf(tuple: Tuple) {
  const values = list(tuple, 4);
  const known = whole(list(tuple, 3)).flatMap((quantile, index) => {
    const value = values[index] ?? null;
    return value === null ? [] : [{ quantile, value }];
  });
  return { quantiles: known.map(({ quantile }) => quantile), values: known.map(({ value }) => value) };
}

/** Buckets that a stream no longer counts are left out; a count below zero, which only a broken sender makes, is none. */
function bucketsOf(tuple: Tuple) {
  const counts = whole(list(tuple, 4));
  const known = whole(list(tuple, 3)).flatMap((bucket, index) => {
    const count = counts[index] ?? 0;
    return count > 0 ? [{ bucket, count }] : [];
  });
  return { buckets: known.map(({ bucket }) => bucket), counts: known.map(({ count }) => count) };
}

const GAUGE = ['avg(value)', 'max(value)', 'argMax(value, time)'];

function toGauge(tuples: readonly Tuple[]): MetricSlots {
  const slots = tuples.map((tuple) => ({
    slotMs: slotMsOf(tuple),
    mean: one(tuple, 1),
    max: one(tuple, 2),
    last: one(tuple, 3),
  }));
  return { kind: 'gauge', slots };
}

export const READINGS: readonly Reading[] = [
  {
    kind: 'sum',
    view: SUM.view,
    relation: perStream(stepsOf(SUM), `sum(${less('value')}) AS delta, sum(seconds) AS covered`),
    merged: ['sum(delta)', 'max(covered)'],
    toSlots: (tuples) => ({
      kind: 'sum',
      slots: tuples.map((tuple) => ({ slotMs: slotMsOf(tuple), delta: one(tuple, 1), seconds: one(tuple, 2) })),
    }),
  },
  { kind: 'gauge', view: 'points_gauge', relation: readingsOf('points_gauge'), merged: GAUGE, toSlots: toGauge },
  {
    kind: 'gauge',
    view: SUM.view,
    relation: readingsOf(SUM.view, `NOT IsMonotonic AND ${CUMULATIVE}`),
    merged: GAUGE,
    toSlots: toGauge,
  },
  {
    kind: 'explicit',
    view: EXPLICIT.view,
    relation: `SELECT *, ${less('count')} AS calls, ${less('total')} AS amount,
  arrayMap((now, then) -> now - then, counts, arrayResize(if(continues, before_counts, []), length(counts))) AS added
FROM (${stepsOf(EXPLICIT)})`,
    merged: ['sum(calls)', 'sum(amount)', 'sumForEach(added)'],
    apart: 'bounds',
    toSlots: (tuples, shape) => ({
      kind: 'explicit',
      slots: tuples.map((tuple) => ({
        ...counted(tuple),
        bounds: typeof shape === 'number' ? [] : shape,
        counts: whole(list(tuple, 3)),
      })),
    }),
  },
  {
    kind: 'exponential',
    view: EXPONENTIAL.view,
    relation: `SELECT *, ${less('count')} AS calls, ${less('total')} AS amount, ${less('zeros')} AS zero FROM (${EXPONENTIAL_STEPS})`,
    merged: ['sum(calls)', 'sum(amount)', 'sumMap(places, changes).1', 'sumMap(places, changes).2', 'sum(zero)'],
    apart: 'lowest',
    toSlots: (tuples, shape) => ({
      kind: 'exponential',
      slots: tuples.map((tuple) => ({
        ...counted(tuple),
        scale: typeof shape === 'number' ? shape : 0,
        ...bucketsOf(tuple),
        zeros: one(tuple, 5),
      })),
    }),
  },
  {
    kind: 'summary',
    view: SUMMARY.view,
    relation: `SELECT *, ${less('count')} AS calls, ${less('total')} AS amount FROM (${stepsOf(SUMMARY)})`,
    merged: ['sum(calls)', 'sum(amount)', 'argMax(quantiles, time)', 'argMax(levels, time)'],
    toSlots: (tuples) => ({
      kind: 'summary',
      slots: tuples.map((tuple) => ({ ...counted(tuple), ...quantilesOf(tuple) })),
    }),
  },
];
