/** Findings from metrics of requests: durations and failures; what nobody can tell is not said. */

import { describe, expect, it } from 'vitest';
import { createRandom } from '../../../analysis/statistics/random.ts';
import type { EndpointKey, MetricSeries } from '../../../model.ts';
import { BOUNDS, explicit, exponential, FLEET, found, verdicts } from './drawn.ts';
import { durationsOf, exponentialSlot, type Fleet, seriesOf } from './support.ts';

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
