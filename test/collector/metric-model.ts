/** The metrics data model of OpenTelemetry, line by line (specification/metrics/data-model.md). */

import type { Row } from '../support/native.ts';
import { attributes } from '../support/otlp.ts';
import {
  at,
  both,
  EXPONENTIAL,
  gauge,
  HISTOGRAM,
  type Kind,
  type Line,
  ns,
  SUM,
  sent,
  summary,
  times,
} from './metric-lines.ts';

const NO_RECORDED_VALUE = 1;

const EXEMPLARS = {
  exemplars: [
    {
      timeUnixNano: ns(59),
      asDouble: 0.1,
      traceId: '5B8EFFF798038103D269B633813FC60C',
      spanId: 'EEE19B7EC3C1B174',
      filteredAttributes: attributes({ user: 'u1', tries: 2 }),
    },
    { timeUnixNano: ns(60), asInt: '-9007199254740993' },
    {},
  ],
};
const EXEMPLAR_COLUMNS: Row = {
  'Exemplars.FilteredAttributes': [{ user: 'u1', tries: '2' }, {}, {}],
  'Exemplars.TimeUnix': [at(59), at(60), '0.000000000'],
  'Exemplars.Value': [0.1, -(2 ** 53), 0],
  'Exemplars.SpanId': ['eee19b7ec3c1b174', '0'.repeat(16), '0'.repeat(16)],
  'Exemplars.TraceId': ['5b8efff798038103d269b633813fc60c', '0'.repeat(32), '0'.repeat(32)],
};

/** Values of gauges and sums; the store keeps a Float64 of either, as the Collector's exporter does: beyond 2^53 the nearest one. */
const NUMBERS: readonly (readonly [string, object, unknown])[] = [
  ['a double', { asDouble: 0.1 }, 0.1],
  ['an int', { asInt: '-3' }, -3],
  ['nothing', {}, 0],
  ['minus zero', { asDouble: '-0' }, -0],
  ['NaN', { asDouble: 'NaN' }, 'nan'],
  ['infinity', { asDouble: 'Infinity' }, 'inf'],
  ['minus infinity', { asDouble: '-Infinity' }, '-inf'],
  ['the least double', { asDouble: 5e-324 }, 5e-324],
  ['the greatest double', { asDouble: 1.7976931348623157e308 }, 1.7976931348623157e308],
  ['2^53 + 1', { asInt: '9007199254740993' }, 2 ** 53],
  ['2^53 + 3', { asInt: '9007199254740995' }, 2 ** 53 + 4],
  ['the greatest int', { asInt: '9223372036854775807' }, 2 ** 63],
  ['the least int', { asInt: '-9223372036854775808' }, -(2 ** 63)],
];

const numbers: readonly Line[] = NUMBERS.flatMap(([what, value, Value]) => [
  gauge(what, [{ ...sent(0, 60), ...value }], [{ ...times(0, 60), Value }]),
  ...both(SUM, what, [{ ...sent(0, 60), ...value }], [{ ...times(0, 60), Value }]),
]);

const sums: readonly Line[] = [
  {
    what: 'sum: monotonic, of a temporality that was not said',
    metric: { sum: { isMonotonic: true, dataPoints: [{ ...sent(0, 60), asInt: '5' }] } },
    table: 'otel_metrics_sum',
    rows: [{ ...times(0, 60), Value: 5, AggregationTemporality: 0, IsMonotonic: true }],
  },
];

/** What time does to the points of every kind: they are stored as they were sent, and whoever reads them follows the start times. */
function overTime(
  value: (n: number) => object,
  row: (n: number) => Row,
): (readonly [what: string, points: readonly object[], rows: readonly Row[]])[] {
  const points = (...spans: readonly (readonly [start: number, end: number, n: number])[]) =>
    [
      spans.map(([start, end, n]) => ({ ...sent(start, end), ...value(n) })),
      spans.map(([start, end, n]) => ({ ...times(start, end), ...row(n) })),
    ] as const;
  return [
    ['points one behind the other', ...points([0, 10, 1], [0, 20, 2], [0, 30, 3])],
    ['a reset: the start moves', ...points([0, 10, 7], [0, 20, 9], [25, 30, 1])],
    ['a reset at an unknown time: start and end are the same', ...points([10, 10, 0], [10, 20, 4])],
    ['points that overlap', ...points([0, 20, 5], [10, 30, 6])],
    [
      'a start that is not known',
      [{ timeUnixNano: ns(10), ...value(1) }],
      [{ StartTimeUnix: '0.000000000', TimeUnix: at(10), ...row(1) }],
    ],
    [
      'a gap: no recorded value, which is not 0',
      [
        { ...sent(0, 10), ...value(3) },
        { ...sent(0, 20), flags: NO_RECORDED_VALUE },
      ],
      [
        { ...times(0, 10), ...row(3) },
        { ...times(0, 20), Flags: NO_RECORDED_VALUE },
      ],
    ],
    [
      'flags of later versions',
      [{ ...sent(0, 10), ...value(3), flags: 4_294_967_295 }],
      [{ ...times(0, 10), ...row(3), Flags: 4_294_967_295 }],
    ],
  ];
}

const histogramPoint = (n: number) => ({
  count: String(n),
  sum: n / 2,
  bucketCounts: [String(n), '0'],
  explicitBounds: [10],
  min: 0.5,
  max: 0.5,
});
const histogramRow = (n: number): Row => ({
  Count: n,
  Sum: n / 2,
  BucketCounts: [n, 0],
  ExplicitBounds: [10],
  Min: 0.5,
  Max: 0.5,
});
const exponentialPoint = (n: number) => ({
  count: String(n),
  sum: n,
  scale: 3,
  positive: { offset: -8, bucketCounts: [String(n)] },
});
const exponentialRow = (n: number): Row => ({
  Count: n,
  Sum: n,
  Scale: 3,
  PositiveOffset: -8,
  PositiveBucketCounts: [n],
});

const OVER_TIME: readonly Line[] = [
  ...overTime(
    (n) => ({ asInt: String(n) }),
    (n) => ({ Value: n }),
  ).flatMap(([what, points, rows]) => [gauge(what, points, rows), ...both(SUM, what, points, rows)]),
  ...overTime(histogramPoint, histogramRow).flatMap((line) => both(HISTOGRAM, ...line)),
  ...overTime(exponentialPoint, exponentialRow).flatMap((line) => both(EXPONENTIAL, ...line)),
  ...overTime(
    (n) => ({ count: String(n), sum: n }),
    (n) => ({ Count: n, Sum: n }),
  ).map((line) => summary(...line)),
];

const exemplars: readonly Line[] = [
  gauge('exemplars', [{ ...sent(0, 60), ...EXEMPLARS }], [{ ...times(0, 60), ...EXEMPLAR_COLUMNS }]),
  ...[SUM, HISTOGRAM, EXPONENTIAL].flatMap((kind) =>
    both(kind, 'exemplars', [{ ...sent(0, 60), ...EXEMPLARS }], [{ ...times(0, 60), ...EXEMPLAR_COLUMNS }]),
  ),
];

/** Of histograms of both kinds. Where min, max or sum were not sent the store has 0, as from the Collector's exporter. */
const DISTRIBUTIONS: readonly (readonly [string, object, Row])[] = [
  ['nothing', {}, {}],
  ['no min, max and sum', { count: '3' }, { Count: 3 }],
  [
    'NaN and infinities',
    { count: '1', sum: 'NaN', min: '-Infinity', max: 'Infinity' },
    { Count: 1, Sum: 'nan', Min: '-inf', Max: 'inf' },
  ],
  ['minus zero', { sum: '-0', min: '-0', max: '-0' }, { Sum: -0, Min: -0, Max: -0 }],
  ['the greatest count, to the last digit', { count: '18446744073709551615' }, { Count: 18_446_744_073_709_551_615n }],
];

const HISTOGRAMS: readonly (readonly [string, object, Row])[] = [
  ['no buckets', { count: '2', bucketCounts: [], explicitBounds: [] }, { Count: 2 }],
  ['one bucket, for all', { count: '2', bucketCounts: ['2'], explicitBounds: [] }, { Count: 2, BucketCounts: [2] }],
  [
    'bounds on both sides of 0, and counts beyond 2^53',
    { bucketCounts: ['0', '9007199254740993', '18446744073709551615'], explicitBounds: [-1.5, 0] },
    { BucketCounts: [0, 9_007_199_254_740_993n, 18_446_744_073_709_551_615n], ExplicitBounds: [-1.5, 0] },
  ],
  [
    'an infinite bound',
    { bucketCounts: ['1', '2', '0'], explicitBounds: [1, 'Infinity'] },
    { BucketCounts: [1, 2, 0], ExplicitBounds: [1, 'inf'] },
  ],
];

const EXPONENTIALS: readonly (readonly [string, object, Row])[] = [
  [
    'both sides, and zeros between',
    {
      scale: -10,
      zeroCount: '9007199254740993',
      zeroThreshold: 1e-9,
      positive: { offset: -2147483648, bucketCounts: ['0', '18446744073709551615'] },
      negative: { offset: 2147483647, bucketCounts: ['9007199254740993', '0', '1'] },
    },
    {
      Scale: -10,
      ZeroCount: 9_007_199_254_740_993n,
      PositiveOffset: -2_147_483_648,
      PositiveBucketCounts: [0, 18_446_744_073_709_551_615n],
      NegativeOffset: 2_147_483_647,
      NegativeBucketCounts: [9_007_199_254_740_993n, 0, 1],
    },
  ],
  [
    'sides without buckets',
    { scale: 20, positive: { offset: 4, bucketCounts: [] }, negative: {} },
    { Scale: 20, PositiveOffset: 4 },
  ],
];

/** One point a line. */
const each = (kind: Kind, lines: typeof DISTRIBUTIONS): Line[] =>
  lines.flatMap(([what, point, row]) =>
    both(kind, what, [{ ...sent(0, 60), ...point }], [{ ...times(0, 60), ...row }]),
  );

const summaries: readonly Line[] = [
  summary(
    'quantiles from 0 to 1, without an order',
    [
      {
        ...sent(0, 60),
        count: '18446744073709551615',
        sum: 'Infinity',
        quantileValues: [{ quantile: 1, value: 'NaN' }, {}, { quantile: 0.5, value: -0.25 }],
      },
    ],
    [
      {
        ...times(0, 60),
        Count: 18_446_744_073_709_551_615n,
        Sum: 'inf',
        'ValueAtQuantiles.Quantile': [1, 0, 0.5],
        'ValueAtQuantiles.Value': ['nan', 0, -0.25],
      },
    ],
  ),
];

const EMPTY: readonly Line[] = [
  { what: 'no data', metric: {}, table: 'otel_metrics_gauge', rows: [] },
  { what: 'data of a later version', metric: { future: { dataPoints: [{}] } }, table: 'otel_metrics_gauge', rows: [] },
  gauge('no points', [], []),
  ...both(SUM, 'no points', [], []),
];

export const LINES: readonly Line[] = [
  ...numbers,
  ...sums,
  ...OVER_TIME,
  ...exemplars,
  ...each(HISTOGRAM, [...DISTRIBUTIONS, ...HISTOGRAMS]),
  ...each(EXPONENTIAL, [...DISTRIBUTIONS, ...EXPONENTIALS]),
  ...summaries,
  ...EMPTY,
];
