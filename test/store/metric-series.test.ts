/** Metrics as series: what each slot added, whatever the sender's temporality, restarts, gaps and bounds. */

import { afterEach, describe, expect, it } from 'vitest';
import type { MetricSeries } from '../../model.ts';
import { openTestCollector } from '../collector/support.ts';
import { useEngine } from '../support/engine.ts';
import { attributes, metricsRequest, postJson } from '../support/otlp.ts';

const tests = useEngine();
let stack = new AsyncDisposableStack();
afterEach(async () => {
  await stack.disposeAsync();
  stack = new AsyncDisposableStack();
});

const MINUTE = 60_000;
/** A whole hour: minute m of the tests is this plus m minutes. */
const ZERO_MS = 1_700_002_800_000;
const nano = (minute: number) => String(BigInt(ZERO_MS + minute * MINUTE) * 1_000_000n);
const ranges = [{ startMs: ZERO_MS, endMs: ZERO_MS + 60 * MINUTE }];
/** Minutes after the hour of the slots, with what is asked of them. */
const slotsOf = (series: readonly MetricSeries[]): readonly object[] =>
  series.flatMap((each): readonly object[] => each.slots);
const minutes = (series: MetricSeries | undefined) => series?.slots.map(({ slotMs }) => (slotMs - ZERO_MS) / MINUTE);

interface Given {
  readonly metrics: readonly object[];
  readonly resource?: Readonly<Record<string, string>>;
}

async function seriesOf(given: readonly Given[], options: { most?: number; asked?: typeof ranges } = {}) {
  const store = await tests.freshStore();
  const collector = stack.use(await openTestCollector((block) => store.insert(block)));
  const request = metricsRequest(
    given.map(({ metrics, resource }) => ({ service: 'cart', attributes: resource ?? {}, items: metrics })),
  );
  expect((await postJson(`${collector.url}/v1/metrics`, request)).status).toBe(200);
  return store.metricSeries(options.asked ?? ranges, options.most);
}

/** [minute of the point, minute of its start, value] */
type SumPoint = readonly [number, number | null, number];
const sum = (points: readonly SumPoint[], temporality: number) => ({
  name: 'orders',
  unit: '{order}',
  sum: {
    aggregationTemporality: temporality,
    isMonotonic: true,
    dataPoints: points.map(([minute, start, asDouble]) => ({
      timeUnixNano: nano(minute),
      ...(start === null ? {} : { startTimeUnixNano: nano(start) }),
      asDouble,
    })),
  },
});

describe('a sum', () => {
  const DELTA = 1;
  const CUMULATIVE = 2;
  it.each<{ what: string; temporality: number; points: readonly SumPoint[]; slots: readonly (readonly number[])[] }>([
    {
      what: 'that is cumulative: each point less the one before; the first of an old start says nothing',
      temporality: CUMULATIVE,
      points: [
        [1, -600, 100],
        [2, -600, 103],
        [3, -600, 110],
      ],
      slots: [
        [1, 3, 60],
        [2, 7, 60],
      ],
    },
    {
      what: 'whose last point before the range is subtracted',
      temporality: CUMULATIVE,
      points: [
        [0, -600, 100],
        [1, -600, 104],
      ],
      slots: [[0, 4, 60]],
    },
    {
      what: 'that starts within the range: its first point counts whole',
      temporality: CUMULATIVE,
      points: [
        [5, 4.5, 9],
        [6, 4.5, 10],
      ],
      slots: [
        [4, 9, 30],
        [5, 1, 60],
      ],
    },
    {
      what: 'whose start equals its first point, because the sender does not know it: that point is a base line',
      temporality: CUMULATIVE,
      points: [
        [5, 5, 1000],
        [6, 5, 1004],
      ],
      slots: [[5, 4, 60]],
    },
    {
      what: 'that starts again, and says so: the new count is whole',
      temporality: CUMULATIVE,
      points: [
        [1, -600, 100],
        [2, -600, 105],
        [3, 2.5, 4],
        [4, 2.5, 6],
      ],
      slots: [
        [1, 5, 60],
        [2, 4, 30],
        [3, 2, 60],
      ],
    },
    {
      what: 'that starts again unsaid, and grew past where it was: the start tells',
      temporality: CUMULATIVE,
      points: [
        [1, -600, 3],
        [2, 1.5, 8],
      ],
      slots: [[1, 8, 30]],
    },
    {
      what: 'that falls without a new start: taken as a restart',
      temporality: CUMULATIVE,
      points: [
        [1, -600, 100],
        [2, -600, 7],
      ],
      slots: [[1, 7, 60]],
    },
    {
      what: 'with a short gap: what was added stands in the slot of its end, over all the time it took',
      temporality: CUMULATIVE,
      points: [
        [1, -600, 100],
        [5, -600, 140],
      ],
      slots: [[4, 40, 240]],
    },
    {
      what: 'with a long gap: what was added in it has no place',
      temporality: CUMULATIVE,
      points: [
        [1, -600, 100],
        [2, -600, 101],
        [40, -600, 900],
        [41, -600, 902],
      ],
      slots: [
        [1, 1, 60],
        [40, 2, 60],
      ],
    },
    {
      what: 'of deltas: as they are',
      temporality: DELTA,
      points: [
        [1, 0, 5],
        [2, 1, 3],
        [3, 2, 8],
      ],
      slots: [
        [0, 5, 60],
        [1, 3, 60],
        [2, 8, 60],
      ],
    },
    {
      what: 'of deltas without a start: over the time since the one before',
      temporality: DELTA,
      points: [
        [1, null, 5],
        [2, null, 3],
      ],
      slots: [[1, 3, 60]],
    },
    {
      what: 'with two points in a slot: both add up',
      temporality: CUMULATIVE,
      points: [
        [1, -600, 10],
        [1.5, -600, 12],
        [2, -600, 15],
      ],
      slots: [[1, 5, 60]],
    },
  ])('$what', async ({ temporality, points, slots }) => {
    const { series } = await seriesOf([{ metrics: [sum(points, temporality)] }]);
    const read = series.flatMap((each) => (each.kind === 'sum' ? each.slots : []));
    expect(read.map(({ slotMs, delta, seconds }) => [(slotMs - ZERO_MS) / MINUTE, delta, seconds])).toEqual(slots);
  });

  it('that also falls is a gauge', async () => {
    const queue = sum(
      [
        [1, -600, 5],
        [2, -600, 3],
      ],
      2,
    );
    const { series } = await seriesOf([{ metrics: [{ ...queue, sum: { ...queue.sum, isMonotonic: false } }] }]);
    expect(series).toMatchObject([{ kind: 'gauge', slots: [{ mean: 5 }, { mean: 3 }] }]);
  });

  it('of two scopes adds up, but not the time it covers', async () => {
    const of = (name: string) => ({ metrics: [sum([[1, 0, 5]], 1)], resource: { zone: name } });
    const { series } = await seriesOf([of('a'), of('b')]);
    expect(series).toMatchObject([{ kind: 'sum', slots: [{ delta: 10, seconds: 60 }] }]);
  });
});

describe('an explicit histogram', () => {
  const point = (minute: number, bounds: readonly number[], counts: readonly number[], start = -600) => ({
    timeUnixNano: nano(minute),
    startTimeUnixNano: nano(start),
    count: String(counts.reduce((a, b) => a + b, 0)),
    sum: 10 * minute,
    explicitBounds: bounds,
    bucketCounts: counts.map(String),
  });
  const histogram = (dataPoints: readonly object[]) => ({
    name: 'http.server.request.duration',
    unit: 's',
    histogram: { aggregationTemporality: 2, dataPoints },
  });

  it.each<{ what: string; points: readonly object[]; slots: readonly object[] }>([
    {
      what: 'is taken apart bucket by bucket',
      points: [point(1, [0.1, 1], [5, 3, 0]), point(2, [0.1, 1], [9, 3, 1])],
      slots: [{ count: 5, sum: 10, bounds: [0.1, 1], counts: [4, 0, 1] }],
    },
    {
      what: 'of which one bucket falls while the count grows has started again',
      points: [point(1, [0.1, 1], [5, 3, 0]), point(2, [0.1, 1], [9, 2, 1])],
      slots: [{ count: 12, counts: [9, 2, 1] }],
    },
    {
      what: 'whose bounds change within a slot keeps both apart, and subtracts none from the other',
      points: [point(1, [0.1, 1], [5, 3, 0], 0), point(1.5, [0.2, 1], [1, 1, 0], 1), point(2, [0.2, 1], [2, 2, 0], 1)],
      slots: [
        { bounds: [0.1, 1], counts: [5, 3, 0] },
        { bounds: [0.2, 1], counts: [2, 2, 0] },
      ],
    },
    { what: 'whose counts do not fit its bounds is left out', points: [point(1, [0.1, 1], [5, 3], 0)], slots: [] },
  ])('$what', async ({ points, slots }) => {
    const { series } = await seriesOf([{ metrics: [histogram(points)] }]);
    expect(slotsOf(series)).toMatchObject(slots);
    expect(slotsOf(series)).toHaveLength(slots.length);
  });

  it('says whose it is: build, instance, operation, and whether it failed', async () => {
    const of = (more: Record<string, string | number>) =>
      histogram([
        {
          ...point(1, [1], [3, 1], 0),
          attributes: attributes({ 'http.request.method': 'GET', 'http.route': '/cart', ...more }),
        },
      ]);
    const resource = { 'service.version': '1.4', 'k8s.pod.name': 'cart-7' };
    const given = [{}, { 'http.response.status_code': 503 }, { 'http.response.status_code': 404 }].map(of);
    const { series } = await seriesOf([{ metrics: given, resource }]);
    for (const each of series)
      expect(each).toMatchObject({
        service: 'cart',
        build: '1.4',
        instance: 'cart-7',
        endpoint: 'GET /cart',
        peer: '',
      });
    const failed = series.map((each) => [each.attributes['http.response.status_code'] ?? '', each.failed]);
    expect(failed.toSorted()).toEqual([
      ['', false],
      ['404', false],
      ['503', true],
    ]);
  });
});

describe('an exponential histogram', () => {
  const point = (minute: number, more: object) => ({
    timeUnixNano: nano(minute),
    startTimeUnixNano: nano(-600),
    sum: minute,
    zeroCount: '0',
    ...more,
  });
  const positive = (offset: number, counts: readonly number[]) => ({ offset, bucketCounts: counts.map(String) });

  it('is taken apart though its scale fell and its offset moved', async () => {
    const dataPoints = [
      // Buckets 4, 5, 6 of scale 1 are 2, 2, 3 of scale 0.
      point(1, { count: '6', scale: 1, positive: positive(4, [1, 2, 3]), zeroCount: '0' }),
      point(2, { count: '11', scale: 0, positive: positive(1, [1, 4, 5]), zeroCount: '1' }),
    ];
    const metric = { name: 'gc', unit: 's', exponentialHistogram: { aggregationTemporality: 2, dataPoints } };
    const { series } = await seriesOf([{ metrics: [metric] }]);
    expect(series).toMatchObject([
      { kind: 'exponential', slots: [{ count: 5, scale: 0, buckets: [1, 2, 3], counts: [1, 1, 2], zeros: 1 }] },
    ]);
  });

  it('of deltas merges two points of a slot; negative values count as not above zero', async () => {
    const dataPoints = [
      point(1.5, { startTimeUnixNano: nano(1), count: '3', scale: 3, positive: positive(-2, [1, 2]) }),
      point(2, {
        startTimeUnixNano: nano(1.5),
        count: '4',
        scale: 3,
        positive: positive(-1, [1]),
        negative: positive(0, [3]),
      }),
    ];
    const metric = { name: 'gc', unit: 's', exponentialHistogram: { aggregationTemporality: 1, dataPoints } };
    const { series } = await seriesOf([{ metrics: [metric] }]);
    expect(slotsOf(series)).toMatchObject([{ count: 7, scale: 3, buckets: [-2, -1], counts: [1, 3], zeros: 3 }]);
  });
});

it('a summary is taken apart in count and sum; quantiles stay as they were reported, NaN left out', async () => {
  const point = (minute: number, count: number, p50: number | string) => ({
    timeUnixNano: nano(minute),
    startTimeUnixNano: nano(-600),
    count: String(count),
    sum: count / 2,
    quantileValues: [
      { quantile: 0.5, value: p50 },
      { quantile: 0.99, value: 3 },
    ],
  });
  const metric = {
    name: 'latency',
    unit: 's',
    summary: { dataPoints: [point(1, 10, 1), point(2, 14, 2), point(3, 14, 'NaN')] },
  };
  const { series } = await seriesOf([{ metrics: [metric] }]);
  expect(slotsOf(series)).toMatchObject([
    { count: 4, sum: 2, quantiles: [0.5, 0.99], values: [2, 3] },
    { count: 0, sum: 0, quantiles: [0.99], values: [3] },
  ]);
});

it('a gauge gives mean, largest and last reading of a slot; what is not a number or not recorded is no reading', async () => {
  const readings = [
    [1.25, 4],
    [1.5, 10],
    [1.75, 'NaN'],
    [2, 1],
  ] as const;
  const dataPoints = [
    ...readings.map(([minute, asDouble]) => ({ timeUnixNano: nano(minute), asDouble })),
    { timeUnixNano: nano(1.9), flags: 1 },
  ];
  const { series } = await seriesOf([{ metrics: [{ name: 'queue', unit: '1', gauge: { dataPoints } }] }]);
  expect(series).toMatchObject([{ kind: 'gauge', slots: [{ mean: 5, max: 10, last: 1 }] }]);
  expect(minutes(series[0])).toEqual([1]);
});

it('two ranges are read as one, without what lies between', async () => {
  const points = Array.from({ length: 59 }, (_, minute): SumPoint => [minute + 1, -600, minute]);
  const range = (from: number, to: number) => ({ startMs: ZERO_MS + from * MINUTE, endMs: ZERO_MS + to * MINUTE });
  const { series } = await seriesOf([{ metrics: [sum(points, 2)] }], { asked: [range(5, 8), range(50, 52)] });
  expect(series).toHaveLength(1);
  expect(minutes(series[0])).toEqual([5, 6, 7, 50, 51]);
});

it('the number of series is capped, each service keeps its longest, and it is told how many were left out', async () => {
  const gauge = (name: string, points: number) => ({
    name,
    unit: '1',
    gauge: { dataPoints: Array.from({ length: points }, (_, i) => ({ timeUnixNano: nano(i + 1), asDouble: i })) },
  });
  const { series, leftOut } = await seriesOf([{ metrics: [gauge('short', 1), gauge('long', 9), gauge('middle', 4)] }], {
    most: 2,
  });
  expect(series.map(({ name }) => name)).toEqual(['long', 'middle']);
  expect(leftOut).toBe(1);
});
