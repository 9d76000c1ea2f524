/** The kinds of metric that are taken apart: what a point brings, and what is looked up in the point before. */
import { type Kind, SERIES, stepsOf } from './steps.ts';

/** Rows of one stream and slot first, so that the streams of a series add up while the time that they cover does not. */
export const perStream = (steps: string, columns: string) =>
  `SELECT ${SERIES.join(', ')}, series, slot, ${columns} FROM (${steps}) GROUP BY ${SERIES.join(', ')}, series, slot`;

export const CUMULATIVE = 'AggregationTemporality = 2';
export const less = (name: string) => `${name} - if(continues, before_${name}, 0)`;

export const SUM: Kind = {
  view: 'points_sum',
  values: 'Value AS value, AggregationTemporality',
  grown: 'value >= before_value',
  looksBack: ['value'],
  cumulative: CUMULATIVE,
  where: 'IsMonotonic AND isFinite(Value)',
};

export const EXPLICIT: Kind = {
  view: 'points_histogram',
  values: `toInt64(Count) AS count, if(isFinite(Sum), Sum, 0) AS total, ExplicitBounds AS bounds, AggregationTemporality,
  arrayMap(each -> toInt64(each), BucketCounts) AS counts`,
  grown:
    'bounds = before_bounds AND arrayAll((now, then) -> now >= then, counts, arrayResize(before_counts, length(counts)))',
  looksBack: ['count', 'total', 'bounds', 'counts'],
  cumulative: CUMULATIVE,
  where: 'length(BucketCounts) = length(ExplicitBounds) + 1',
};

export const EXPONENTIAL: Kind = {
  view: 'points_exponential_histogram',
  values: `toInt64(Count) AS count, if(isFinite(Sum), Sum, 0) AS total, Scale AS scale, AggregationTemporality,
  toInt64(ZeroCount + arraySum(NegativeBucketCounts)) AS zeros,
  arrayMap(each -> toInt64(each), PositiveBucketCounts) AS counts,
  arrayMap(i -> PositiveOffset + i - 1, arrayEnumerate(PositiveBucketCounts)) AS buckets`,
  grown: 'count >= before_count AND zeros >= before_zeros',
  looksBack: ['count', 'total', 'scale', 'zeros', 'counts', 'buckets'],
  cumulative: CUMULATIVE,
};

export const SUMMARY: Kind = {
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
export const EXPONENTIAL_STEPS = `SELECT *, min(least(scale, if(continues, before_scale, scale))) OVER (PARTITION BY series) AS lowest,
  arrayConcat(${lowered('buckets', 'scale')}, if(continues, ${lowered('before_buckets', 'before_scale')}, [])) AS places,
  arrayConcat(counts, if(continues, arrayMap(each -> -each, before_counts), [])) AS changes
FROM (${stepsOf(EXPONENTIAL)})`;
