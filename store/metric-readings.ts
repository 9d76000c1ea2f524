/** The five kinds of metric: what is looked up in the point before, and what of a slot is kept. */
import type { MetricSlots } from '../model.ts';
import { type Kind, readingsOf, SERIES, stepsOf } from './metric-steps.ts';

/** The slot in seconds, then what `merged` gives. Infinities and what is not a number come as null. */
export type Tuple = readonly (number | null | readonly (number | null)[])[];

export interface Reading {
  readonly kind: MetricSlots['kind'];
  /** Whose pipeline fills only some of the tables has only some of the views. */
  readonly view: string;
  /** Relation with SERIES, slot and the columns that `merged` is made of. */
  readonly relation: string;
  /** Columns of the tuple after the slot, made of the relation's rows of one series and slot. */
  readonly merged: readonly string[];
  /** A column that keeps rows of one slot apart. */
  readonly apart?: string;
  readonly toSlots: (tuples: readonly Tuple[]) => MetricSlots;
}

/** Rows of one stream and slot first, so that the streams of a series add up while the time that they cover does not. */
const perStream = (steps: string, columns: string, apart = '') =>
  `SELECT ${SERIES.join(', ')}, series, slot, ${columns} FROM (${steps}) GROUP BY ${SERIES.join(', ')}, series, slot${apart}`;

const CUMULATIVE = 'AggregationTemporality = 2';
const less = (name: string) => `${name} - if(continues, before_${name}, 0)`;

const SUM: Kind = {
  view: 'points_sum',
  values: 'Value AS value, AggregationTemporality',
  grown: 'value >= before_value',
  looksBack: ['value'],
  cumulative: CUMULATIVE,
  where: 'IsMonotonic AND isFinite(Value)',
};

const EXPLICIT: Kind = {
  view: 'points_histogram',
  values: `toInt64(Count) AS count, if(isFinite(Sum), Sum, 0) AS total, ExplicitBounds AS bounds, AggregationTemporality,
  arrayMap(each -> toInt64(each), BucketCounts) AS counts`,
  grown:
    'bounds = before_bounds AND arrayAll((now, then) -> now >= then, counts, arrayResize(before_counts, length(counts)))',
  looksBack: ['count', 'total', 'bounds', 'counts'],
  cumulative: CUMULATIVE,
  where: 'length(BucketCounts) = length(ExplicitBounds) + 1',
};

const EXPONENTIAL: Kind = {
  view: 'points_exponential_histogram',
  values: `toInt64(Count) AS count, if(isFinite(Sum), Sum, 0) AS total, Scale AS scale, AggregationTemporality,
  toInt64(ZeroCount + arraySum(NegativeBucketCounts)) AS zeros,
  arrayMap(each -> toInt64(each), PositiveBucketCounts) AS counts,
  arrayMap(i -> PositiveOffset + i - 1, arrayEnumerate(PositiveBucketCounts)) AS buckets`,
  grown: 'count >= before_count AND zeros >= before_zeros',
  looksBack: ['count', 'total', 'scale', 'zeros', 'counts', 'buckets'],
  cumulative: CUMULATIVE,
};

const SUMMARY: Kind = {
  view: 'points_summary',
  values: `toInt64(Count) AS count, if(isFinite(Sum), Sum, 0) AS total,
  \`ValueAtQuantiles.Quantile\` AS quantiles, \`ValueAtQuantiles.Value\` AS levels`,
  grown: 'count >= before_count',
  looksBack: ['count', 'total'],
  cumulative: '1',
};

/** A scale may fall while a stream grows: both of its points are brought to the lowest that the stream has in these ranges. */
const lowered = (buckets: string, scale: string) =>
  `arrayMap(i -> toInt32(floor(i / exp2(${scale} - lowest))), ${buckets})`;
const EXPONENTIAL_STEPS = `SELECT *, min(least(scale, if(continues, before_scale, scale))) OVER (PARTITION BY series) AS lowest,
  arrayConcat(${lowered('buckets', 'scale')}, if(continues, ${lowered('before_buckets', 'before_scale')}, [])) AS places,
  arrayConcat(counts, if(continues, arrayMap(each -> -each, before_counts), [])) AS changes
FROM (${stepsOf(EXPONENTIAL)})`;

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
  const counts = whole(list(tuple, 5));
  const known = whole(list(tuple, 4)).flatMap((bucket, index) => {
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
    merged: ['sum(calls)', 'sum(amount)', 'bounds', 'sumForEach(added)'],
    apart: 'bounds',
    toSlots: (tuples) => ({
      kind: 'explicit',
      slots: tuples.map((tuple) => ({
        ...counted(tuple),
        bounds: whole(list(tuple, 3)),
        counts: whole(list(tuple, 4)),
      })),
    }),
  },
  {
    kind: 'exponential',
    view: EXPONENTIAL.view,
    relation: `SELECT *, ${less('count')} AS calls, ${less('total')} AS amount, ${less('zeros')} AS zero FROM (${EXPONENTIAL_STEPS})`,
    merged: [
      'sum(calls)',
      'sum(amount)',
      'lowest',
      'sumMap(places, changes).1',
      'sumMap(places, changes).2',
      'sum(zero)',
    ],
    apart: 'lowest',
    toSlots: (tuples) => ({
      kind: 'exponential',
      slots: tuples.map((tuple) => ({
        ...counted(tuple),
        scale: one(tuple, 3),
        ...bucketsOf(tuple),
        zeros: one(tuple, 6),
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
