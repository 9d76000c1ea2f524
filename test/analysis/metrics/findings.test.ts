/** Findings from metrics: what regressed is said, what nobody can tell is not, and chance does not speak. */

import { describe, expect, it } from 'vitest';
import { DEFAULT_SETTINGS } from '../../../analysis/analyse.ts';
import { findInMetrics, type MetricsInput } from '../../../analysis/metrics/findings.ts';
import { createRandom } from '../../../analysis/statistics/random.ts';
import type { EndpointKey, Finding, MetricSeries, SeriesKey } from '../../../model.ts';
import {
  BASELINE,
  CANDIDATE,
  durationsOf,
  explicitSlot,
  exponentialSlot,
  type Fleet,
  MINUTE_MS,
  normal,
  seriesOf,
} from './support.ts';

const BOUNDS = [0.005, 0.01, 0.025, 0.05, 0.075, 0.1, 0.25, 0.5, 0.75, 1, 2.5, 5, 7.5, 10];
const FLEET = { instances: 8, callsPerSlot: 60 };

function found(series: readonly MetricSeries[], more: Partial<MetricsInput> = {}) {
  const arms = { baseline: BASELINE, candidate: CANDIDATE };
  return findInMetrics({ series, ...arms, changed: [], traced: [], settings: DEFAULT_SETTINGS, seed: 1, ...more });
}

const verdicts = (findings: readonly Finding[]) =>
  Object.fromEntries(findings.map(({ signal, verdict }) => [signal, verdict]));

const exponential = (fleet: Fleet, scaleOf: (instance: string) => number, key: Partial<SeriesKey> = {}) =>
  durationsOf(fleet).map(({ instance, slots }) =>
    seriesOf(
      { ...key, instance },
      {
        kind: 'exponential',
        slots: slots.map(({ slotMs, values }) => exponentialSlot(slotMs, values, scaleOf(instance))),
      },
    ),
  );
const explicit = (fleet: Fleet, boundsOf: (instance: string) => readonly number[]) =>
  durationsOf(fleet).map(({ instance, slots }) =>
    seriesOf(
      { instance },
      { kind: 'explicit', slots: slots.map(({ slotMs, values }) => explicitSlot(slotMs, values, boundsOf(instance))) },
    ),
  );

describe('durations of requests', () => {
  it.each([
    { what: 'exponential', series: (fleet: Fleet) => exponential(fleet, () => 6) },
    {
      what: 'exponential, of another scale after',
      series: (fleet: Fleet) => exponential(fleet, (i) => (i.startsWith('old') ? 5 : 3)),
    },
    { what: 'explicit', series: (fleet: Fleet) => explicit(fleet, () => BOUNDS) },
    {
      what: 'explicit, with more bounds after',
      series: (fleet: Fleet) =>
        explicit(fleet, (i) => (i.startsWith('old') ? BOUNDS : [...BOUNDS, 0.06, 0.15, 0.3].sort((a, b) => a - b))),
    },
  ])('that grew by half regress under the names that traces use: $what', ({ series }) => {
    const { findings } = found(series({ ...FLEET, factor: 1.5, random: createRandom(7) }));
    expect(findings[0]).toMatchObject({ service: 'cart', endpoint: 'GET /cart', kind: 'SERVER', peer: '' });
    expect(verdicts(findings)).toMatchObject({
      'latency.p50': 'regressed',
      'latency.p95': 'regressed',
      'metric:http.server.request.duration mean (s)': 'regressed',
    });
    const median = findings.find(({ signal }) => signal === 'latency.p50');
    expect(median?.baseline ?? 0).toBeGreaterThan(80e6);
    expect(median?.baseline ?? 0).toBeLessThan(125e6);
    expect(median?.ratio ?? 0).toBeGreaterThan(1.3);
    expect(median?.ratio ?? 0).toBeLessThan(1.8);
  });

  it('whose bounds have nothing in common are not compared, though the mean is', () => {
    const shifted = BOUNDS.map((bound) => bound * 1.1);
    const fleet = { ...FLEET, factor: 1.5, random: createRandom(7) };
    const { findings } = found(explicit(fleet, (instance) => (instance.startsWith('old') ? BOUNDS : shifted)));
    const p95 = findings.find(({ signal }) => signal === 'latency.p95');
    expect(p95).toMatchObject({ verdict: 'inconclusive', ratio: null, q: null });
    expect(p95?.reason).toContain('bounds of its buckets changed');
    expect(verdicts(findings)).toMatchObject({ 'metric:http.server.request.duration mean (s)': 'regressed' });
  });

  it('with explicit buckets on one side and exponential ones on the other have a mean to compare, and no quantiles', () => {
    const half = (series: readonly MetricSeries[], side: string) =>
      series.filter(({ instance }) => instance.startsWith(side));
    const fleet = () => ({ ...FLEET, factor: 1.5, random: createRandom(7) });
    const { findings } = found([
      ...half(
        explicit(fleet(), () => BOUNDS),
        'old',
      ),
      ...half(
        exponential(fleet(), () => 6),
        'new',
      ),
    ]);
    expect(verdicts(findings)).toEqual({
      ...{ 'latency.p50': 'inconclusive', 'latency.p95': 'inconclusive', 'latency.p99': 'inconclusive' },
      'metric:http.server.request.duration mean (s)': 'regressed',
    });
    expect(findings[0]?.reason).toContain('cannot be joined');
  });

  it('that come in another unit after are not compared, and it is said', () => {
    const series = exponential({ ...FLEET, random: createRandom(7) }, () => 6, { name: 'jvm.gc.duration' });
    const { findings, notes } = found(
      series.map((each) => (each.instance.startsWith('new') ? { ...each, unit: 'ms' } : each)),
    );
    expect(findings).toEqual([]);
    expect(notes).toEqual([
      'Metrics on one side only, so not compared: cart jvm.gc.duration (ms), cart jvm.gc.duration (s).',
    ]);
  });

  it('that did not change are not called unchanged where a bucket could hide it', () => {
    const { findings } = found(explicit({ ...FLEET, callsPerSlot: 300, random: createRandom(3) }, () => [0.01, 1]));
    for (const { signal, verdict } of findings.filter((each) => each.signal.startsWith('latency.')))
      expect([signal, verdict]).toEqual([signal, 'inconclusive']);
  });

  it('beyond the last bound are suspected at most', () => {
    const { findings } = found(
      explicit({ ...FLEET, factor: 3, random: createRandom(3) }, () => [0.01, 0.02, 0.04, 0.08]),
    );
    const p95 = findings.find(({ signal }) => signal === 'latency.p95');
    expect(p95).toMatchObject({ verdict: 'inconclusive' });
    expect(p95?.reason).toContain('beyond the bounds');
  });
});

describe('failed requests', () => {
  const counts = (failing: (instance: string) => number) =>
    durationsOf({ ...FLEET, random: createRandom(5) }).flatMap(({ instance, slots }) =>
      ['200', '503'].map((status) => {
        const failed = status === '503';
        const taken = slots.map(({ slotMs, values }) => {
          const cut = Math.round(values.length * failing(instance));
          return exponentialSlot(slotMs, failed ? values.slice(0, cut) : values.slice(cut), 6);
        });
        const attributes = { 'http.response.status_code': status };
        return seriesOf({ instance, attributes, failed }, { kind: 'exponential', slots: taken });
      }),
    );

  it('are a share of all calls', () => {
    const { findings } = found(counts((instance) => (instance.startsWith('new') ? 0.1 : 0.02)));
    const errors = findings.find(({ signal }) => signal === 'errors');
    expect(errors).toMatchObject({ verdict: 'regressed', endpoint: 'GET /cart', kind: 'SERVER' });
    expect(errors?.candidate).toBeCloseTo(0.1, 2);
  });

  it('are not spoken of where attributes do not tell', () => {
    const { findings } = found(exponential({ ...FLEET, random: createRandom(5) }, () => 6));
    expect(findings.map(({ signal }) => signal)).not.toContain('errors');
  });
});

it('calls that traces tell of are left to the traces, and it is said', () => {
  const series = exponential({ ...FLEET, factor: 2, random: createRandom(7) }, () => 6);
  const traced: EndpointKey[] = [{ service: 'cart', endpoint: '/cart', kind: 'SERVER', peer: '' }];
  const { findings, notes } = found(series, { traced });
  expect(findings).toEqual([]);
  expect(notes).toEqual(['Left out: 1 metrics of requests whose traces are there; traces say more.']);
  const others: EndpointKey[] = [{ service: 'cart', endpoint: 'GET /x', kind: 'CLIENT', peer: 'db' }];
  expect(found(series, { traced: others }).findings).not.toEqual([]);
});

/** A value for each instance and slot of both arms. */
function levels(instances: number, heightAt: (arm: number, slot: number, instance: number) => number) {
  return [BASELINE, CANDIDATE].flatMap((range, arm) =>
    Array.from({ length: instances }, (_, index) => ({
      instance: `${arm === 0 ? 'old' : 'new'}${index}`,
      slots: Array.from({ length: 20 }, (__, slot) => ({
        slotMs: range.startMs + slot * MINUTE_MS,
        value: heightAt(arm, slot, index),
      })),
    })),
  );
}
const gauge = (key: Partial<SeriesKey>, given: ReturnType<typeof levels>) =>
  given.map(({ instance, slots }) =>
    seriesOf(
      { ...key, instance, endpoint: '' },
      { kind: 'gauge', slots: slots.map(({ slotMs, value }) => ({ slotMs, mean: value, max: value, last: value })) },
    ),
  );
const sums = (key: Partial<SeriesKey>, given: ReturnType<typeof levels>) =>
  given.map(({ instance, slots }) =>
    seriesOf(
      { ...key, instance, endpoint: '' },
      { kind: 'sum', slots: slots.map(({ slotMs, value }) => ({ slotMs, delta: value, seconds: 60 })) },
    ),
  );

describe('other metrics, by what they say', () => {
  const noisy = (factor: number) => {
    const random = createRandom(11);
    return levels(8, (arm) => 50 * (1 + 0.1 * normal(random)) * (arm === 1 ? factor : 1));
  };
  it.each([
    { name: 'jvm.cpu.recent_utilization', unit: '1', factor: 1.6, verdict: 'regressed' },
    { name: 'jvm.cpu.recent_utilization', unit: '1', factor: 0.6, verdict: 'improved' },
    { name: 'jvm.cpu.recent_utilization', unit: '1', factor: 1, verdict: 'unchanged' },
    { name: 'db.client.connection.pending_requests', unit: '{request}', factor: 1.6, verdict: 'regressed' },
    { name: 'jvm.gc.pause', unit: 'ms', factor: 1.6, verdict: 'regressed' },
    { name: 'orders.open', unit: '{order}', factor: 1.6, verdict: 'inconclusive' },
    { name: 'process.uptime', unit: 's', factor: 1.6, verdict: 'inconclusive' },
  ])('a gauge: $name times $factor is $verdict', ({ name, unit, factor, verdict }) => {
    const { findings } = found(gauge({ name, unit, attributes: { pool: 'main' } }, noisy(factor)));
    expect(findings).toHaveLength(1);
    expect(findings[0]).toMatchObject({ service: 'cart', endpoint: 'pool=main', verdict });
  });

  it('an unknown one that changed says so, raises no suspicion, and one that did not is not listed', () => {
    const [changed] = found(gauge({ name: 'orders.open', unit: '{order}' }, noisy(1.6))).findings;
    expect(changed).toMatchObject({ signal: 'metric:orders.open mean ({order})', q: null, interval: null });
    expect(changed?.reason).toMatch(/^changed: .*from 50\.\d* to 8\d/);
    expect(found(gauge({ name: 'orders.open', unit: '{order}' }, noisy(1))).findings).toEqual([]);
  });

  it('counted errors are set against requests where there are any', () => {
    const random = createRandom(2);
    const calm = levels(8, (arm) => Math.round((arm === 1 ? 6 : 2) + random()));
    const errors = sums({ name: 'checkout.errors', unit: '{error}' }, calm);
    const [perSecond] = found(errors).findings;
    expect(perSecond).toMatchObject({ signal: 'metric:checkout.errors per second', verdict: 'regressed' });
    const served = exponential({ ...FLEET, random: createRandom(5) }, () => 6);
    const perRequest = found([...errors, ...served]).findings.find(({ signal }) => signal.includes('errors'));
    expect(perRequest).toMatchObject({ signal: 'metric:checkout.errors per request', verdict: 'regressed' });
    expect(perRequest?.baseline).toBeCloseTo(2.5 / 60, 2);
  });

  it('none before and a few after are seen, none at all is quiet', () => {
    const few = sums(
      { name: 'app.timeouts', unit: '1' },
      levels(8, (arm, slot) => (arm === 1 && slot % 6 === 5 ? 1 : 0)),
    );
    expect(found(few).findings[0]).toMatchObject({ verdict: 'regressed', baseline: 0, ratio: null });
    const none = sums(
      { name: 'app.timeouts', unit: '1' },
      levels(8, () => 0),
    );
    expect(found(none).findings[0]).toMatchObject({ verdict: 'unchanged', reason: 'zero before and after' });
  });

  it('availability that fell from all to nearly all is a regression', () => {
    const random = createRandom(4);
    const given = levels(8, (arm) => (arm === 1 ? 95 + random() : 100));
    const { findings } = found(gauge({ name: 'availability', unit: '%' }, given));
    expect(findings).toMatchObject([{ signal: 'metric:availability missing', verdict: 'regressed' }]);
  });

  it('summaries are judged by their exact mean, their quantiles as reported, all with low confidence', () => {
    const series = durationsOf({ ...FLEET, factor: 1.5, random: createRandom(9) }).map(({ instance, slots }) =>
      seriesOf(
        { instance },
        {
          kind: 'summary',
          slots: slots.map(({ slotMs, values }) => ({
            slotMs,
            count: values.length,
            sum: values.reduce((a, b) => a + b, 0),
            quantiles: [0.95],
            values: [values.toSorted((a, b) => a - b)[Math.floor(0.95 * values.length)] ?? 0],
          })),
        },
      ),
    );
    const { findings, notes } = found(series);
    expect(findings.map(({ signal, verdict, confidence }) => [signal, verdict, confidence])).toEqual([
      ['metric:http.server.request.duration mean (s)', 'regressed', 'low'],
      ['metric:http.server.request.duration reported p95 (s)', 'regressed', 'low'],
    ]);
    expect(notes[0]).toContain('summaries');
  });
});

describe('the input', () => {
  it('in any order gives the same bytes', () => {
    const series = [
      ...exponential({ ...FLEET, factor: 1.1, random: createRandom(7) }, () => 6),
      ...explicit({ ...FLEET, factor: 1.1, random: createRandom(8) }, () => BOUNDS).map((each) => ({
        ...each,
        service: 'x',
      })),
      ...gauge(
        { name: 'queue.length', unit: '1' },
        levels(8, (arm, slot, i) => 5 + arm + slot / 7 + i / 3),
      ),
    ];
    const random = createRandom(1);
    const shuffled = series.map((each) => ({ each, at: random() })).sort((a, b) => a.at - b.at);
    expect(JSON.stringify(found(shuffled.map(({ each }) => each)))).toBe(JSON.stringify(found(series)));
  });

  it.each<{ what: string; series: readonly MetricSeries[] }>([
    { what: 'nothing', series: [] },
    {
      what: 'one slot of one instance',
      series: gauge(
        { name: 'queue.length', unit: '1' },
        levels(1, () => 1),
      ).slice(0, 1),
    },
    { what: 'one arm only', series: exponential({ ...FLEET, random: createRandom(1) }, () => 6).slice(0, 4) },
    {
      what: 'negative levels',
      series: gauge(
        { name: 'queue.lag', unit: '1' },
        levels(8, (arm, slot) => -3 - arm - slot),
      ),
    },
  ])('$what gives no verdict', ({ series }) => {
    const { findings } = found(series);
    expect(findings.filter(({ verdict }) => verdict !== 'inconclusive')).toEqual([]);
  });
});

/** Instances that drift slowly: slots resemble their neighbours (autoregressive, 0.7). */
function drifting(instances: number, random: () => number) {
  const state = new Map<string, number>();
  return levels(instances, (arm, _, instance) => {
    const id = `${arm} ${instance}`;
    const next = 0.7 * (state.get(id) ?? normal(random)) + Math.sqrt(1 - 0.7 ** 2) * normal(random);
    state.set(id, next);
    return 50 * (1 + 0.1 * next);
  });
}

describe('chance alone', () => {
  const RUNS = 60;
  it.each([
    {
      what: 'exponential durations',
      of: (random: () => number) => exponential({ instances: 8, callsPerSlot: 20, random }, () => 6),
    },
    {
      what: 'explicit durations',
      of: (random: () => number) => explicit({ instances: 8, callsPerSlot: 20, random }, () => BOUNDS),
    },
    {
      what: 'drifting gauges',
      of: (random: () => number) => gauge({ name: 'queue.length', unit: '1' }, drifting(8, random)),
    },
    {
      what: 'drifting gauges of two instances',
      of: (random: () => number) => gauge({ name: 'queue.length', unit: '1' }, drifting(2, random)),
    },
    {
      what: 'counted errors',
      of: (random: () => number) =>
        sums(
          { name: 'x.errors', unit: '1' },
          levels(8, () => Array.from({ length: 20 }, () => Number(random() < 0.1)).filter(Boolean).length),
        ),
    },
  ])('speaks seldom: $what', ({ of }) => {
    const ps = Array.from({ length: RUNS }, (_, run) => found(of(createRandom(run + 1))).findings).map((findings) => ({
      flagged: findings.some(({ verdict }) => verdict === 'regressed' || verdict === 'improved'),
      p: findings[0]?.p ?? 1,
    }));
    // Binomial: 9 or more of 60 at 5 % happen once in 500.
    expect(ps.filter(({ p }) => p < 0.05).length).toBeLessThan(9);
    expect(ps.filter(({ flagged }) => flagged).length).toBeLessThan(4);
  });
});
