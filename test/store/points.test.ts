/** Data points count once: by series, start and time, however often, in whatever order and groups they came. */

import { setTimeout as delay } from 'node:timers/promises';
import { createClient } from '@clickhouse/client';
import { afterEach, expect, it } from 'vitest';
import { METRIC_ROWS, METRICS_REQUEST } from '../collector/metrics-example.ts';
import { openTestCollector } from '../collector/support.ts';
import { useEngine } from '../support/engine.ts';
import { attributes, metricsRequest, postJson } from '../support/otlp.ts';

const tests = useEngine();
const VIEWS = ['points_gauge', 'points_sum', 'points_histogram', 'points_exponential_histogram', 'points_summary'];

let stack = new AsyncDisposableStack();
afterEach(async () => {
  await stack.disposeAsync();
  stack = new AsyncDisposableStack();
});

async function freshCollector() {
  const store = await tests.freshStore();
  const collector = stack.use(await openTestCollector((block) => store.insert(block)));
  const client = createClient({ ...tests.engine.connection, database: tests.database });
  stack.defer(() => client.close());
  const read = async (sql: string): Promise<unknown[]> =>
    (await client.query({ query: sql, format: 'JSONEachRow' })).json();
  return {
    send: async (request: object) => (await postJson(`${collector.url}/v1/metrics`, request)).status,
    read,
    views: () => Promise.all(VIEWS.map((view) => read(`SELECT * FROM ${view} ORDER BY ALL`))),
  };
}

const START_NS = 1_700_000_000_000_000_000n;

/** One point of a sum, told apart by its number. */
function point(number: number, value = number) {
  const dataPoint = {
    startTimeUnixNano: String(START_NS),
    timeUnixNano: String(START_NS + BigInt(number) * 1_000_000n),
    attributes: attributes({ route: `/r${number % 7}`, zone: 'a' }),
    asDouble: value,
  };
  return dataPoint;
}

const sums = (dataPoints: readonly object[]) =>
  metricsRequest([
    {
      service: 'cart',
      items: [{ name: 'orders', sum: { aggregationTemporality: 2, isMonotonic: true, dataPoints } }],
    },
  ]);

it('of every kind are the same after they came again', async () => {
  const { send, read, views } = await freshCollector();
  expect(await send(METRICS_REQUEST)).toBe(200);
  const once = await views();
  // Of other groups than the first: the same rows in the same group would not even be stored.
  const { resourceMetrics } = METRICS_REQUEST;
  for (const copies of [2, 3]) {
    expect(await send({ resourceMetrics: Array(copies).fill(resourceMetrics).flat() })).toBe(200);
  }

  expect(await views()).toEqual(once);
  for (const rows of once) expect(rows.length).toBeGreaterThan(0);
  const [gauges] = await read('SELECT count() AS n FROM otel_metrics_gauge');
  expect(gauges).toEqual({ n: 6 * (METRIC_ROWS.otel_metrics_gauge?.length ?? 0) });
});

it('are the same in other groups and orders, with their attributes in another order', async () => {
  const numbers = Array.from({ length: 60 }, (_, i) => i);
  const turned = ({ attributes: given, ...rest }: ReturnType<typeof point>) => ({
    ...rest,
    attributes: given.toReversed(),
  });
  const first = await freshCollector();
  expect(await first.send(sums(numbers.map((n) => point(n))))).toBe(200);
  const once = await first.read('SELECT TimeUnix, Value FROM points_sum ORDER BY TimeUnix');

  const second = await freshCollector();
  for (const size of [7, 13, 60]) {
    const shuffled = numbers.toSorted((a, b) => ((a * 37) % 61) - ((b * 37) % 61));
    for (let at = 0; at < shuffled.length; at += size) {
      const group = shuffled.slice(at, at + size).map((n) => point(n));
      expect(await second.send(sums(size === 13 ? group.map(turned) : group))).toBe(200);
    }
  }
  expect(once).toHaveLength(60);
  expect(await second.read('SELECT TimeUnix, Value FROM points_sum ORDER BY TimeUnix')).toEqual(once);
});

it('that contradict each other: the same one counts, whichever came first', async () => {
  const answers = [];
  for (const values of [
    [1, 2],
    [2, 1],
  ]) {
    const { send, read } = await freshCollector();
    for (const value of values) expect(await send(sums([point(5, value)]))).toBe(200);
    answers.push(await read('SELECT * FROM points_sum'));
  }
  expect(answers[0]).toHaveLength(1);
  expect(answers[1]).toEqual(answers[0]);
});

it('are looked for by service, name and time before anything is grouped', async () => {
  const { send, read } = await freshCollector();
  expect(await send(sums([point(1)]))).toBe(200);
  const plan = await read(`EXPLAIN indexes = 1 SELECT sum(Value) FROM points_sum
WHERE ServiceName = 'cart' AND MetricName = 'orders' AND TimeUnix > '2023-11-01 00:00:00'`);
  const text = JSON.stringify(plan);
  for (const key of ['ServiceName', 'MetricName', 'toDate(TimeUnix']) expect(text).toContain(key);
  expect(text).toMatch(/Condition: .*ServiceName in \[/);
});

it('of another series, start or time are other points', async () => {
  const { send, read } = await freshCollector();
  const base = point(1);
  const others = [
    base,
    { ...base, startTimeUnixNano: String(START_NS + 1n) },
    { ...base, timeUnixNano: String(START_NS + 2n) },
    { ...base, attributes: attributes({ route: '/other', zone: 'a' }) },
    { ...base, attributes: attributes({ route: '/r1', zone: 'a', more: '' }) },
  ];
  expect(await send(sums(others))).toBe(200);
  expect(await read('SELECT * FROM points_sum')).toHaveLength(others.length);
});

it('that were sent again because the engine was killed are counted once, and none that was acknowledged is lost', async () => {
  const { send, read } = await freshCollector();
  const groups = Array.from({ length: 40 }, (_, i) => Array.from({ length: 5 }, (_, k) => point(5 * i + k)));
  const kills = new Set([8, 20, 31]);
  const deliver = async (group: (typeof groups)[number]): Promise<void> => {
    for (let attempt = 0; (await send(sums(group))) !== 200; attempt++) {
      if (attempt === 100) throw new Error('the store did not come back');
      await delay(50);
    }
  };
  for (const [i, group] of groups.entries()) {
    const delivered = deliver(group);
    if (kills.has(i)) process.kill(tests.engine.pid, 'SIGKILL');
    await delivered;
    // As a sender does whose answer was lost.
    if (i % 3 === 0) await deliver([...group, ...(groups[i - 1] ?? [])]);
  }
  const counted = await read('SELECT count() AS points, sum(Value) AS sum FROM points_sum');
  expect(counted).toEqual([{ points: 200, sum: (199 * 200) / 2 }]);
});
