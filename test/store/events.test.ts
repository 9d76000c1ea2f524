/** How many calls were good, by SLO, build and instance, and who runs which variant of a flag. */

import { describe, expect, it } from 'vitest';
import type { Slo, TimeRange } from '../../model.ts';
import { useEngine } from '../support/engine.ts';
import { insertSpans, T0_MS } from '../support/spans.ts';
import { flagged, range, SPANS, served } from './web-spans.ts';

const tests = useEngine();

describe('the events of an SLO', () => {
  const slo = (more: Partial<Slo>): Slo => ({
    name: 'slo',
    service: 'web',
    indicator: 'errors',
    objective: 0.99,
    ...more,
  });
  const cases: readonly [string, Slo, { good: number; total: number }, TimeRange?][] = [
    ['errors: calls served that did not fail', slo({}), { good: 3, total: 4 }],
    ['errors: of one endpoint', slo({ endpoint: 'GET /' }), { good: 3, total: 4 }],
    ['errors: of an endpoint that is not there', slo({ endpoint: 'POST /' }), { good: 0, total: 0 }],
    ['errors: of a service that is not there', slo({ service: 'x' }), { good: 0, total: 0 }],
    [
      'latency: up to the threshold, of those that did not fail',
      slo({ indicator: 'latency', thresholdMs: 200 }),
      { good: 2, total: 3 },
    ],
    ['latency: fractions of a millisecond', slo({ indicator: 'latency', thresholdMs: 199.999 }), { good: 1, total: 3 }],
    ['retries: calls made that were a first attempt', slo({ indicator: 'retries' }), { good: 2, total: 3 }],
    ['retries: to one peer', slo({ indicator: 'retries', endpoint: 'cart' }), { good: 2, total: 3 }],
    ['of a range that ends within a slot', slo({}), { good: 1, total: 1 }, { startMs: T0_MS - 500, endMs: T0_MS }],
  ];
  it('are counted from the spans, repeats once', async () => {
    const store = await tests.freshStore();
    await insertSpans(store, [...SPANS, ...SPANS]);
    const found: unknown[] = [];
    for (const [name, about, , within = range] of cases)
      found.push([name, (await store.eventCounts(about, [within]))[0]]);
    expect(found).toEqual(cases.map(([name, , counts]) => [name, counts]));
  });

  it('of ranges that overlap are those of each', async () => {
    const store = await tests.freshStore();
    await insertSpans(store, [...SPANS, ...SPANS]);
    const ranges = [range, { startMs: T0_MS - 500, endMs: T0_MS }, { startMs: 0, endMs: 1 }, range];
    const each = ranges.map(async (one) => (await store.eventCounts(slo({ indicator: 'retries' }), [one]))[0]);
    expect(await store.eventCounts(slo({ indicator: 'retries' }), ranges)).toEqual(await Promise.all(each));
    expect(await store.eventCounts(slo({}), ranges)).toMatchObject([
      { total: 4 },
      { total: 1 },
      { total: 0 },
      { total: 4 },
    ]);
  });
});

it('counts the events of an SLO by build and instance, beside the variant that each reported', async () => {
  const store = await tests.freshStore();
  const told = { build: 'v2', good: 1, total: 1 };
  await insertSpans(store, [
    ...SPANS,
    ...SPANS,
    served('x', 10, { version: 'v2', instance: 'i3', ...flagged('disabled') }),
    served('y', 10, { version: 'v2', instance: 'i4', ...flagged('disabled') }),
    served('z', 10, { version: 'v2', instance: 'i4', ...flagged('on') }),
    served('later', 10, { version: 'v2', instance: 'i3', startMs: 60_000, ...flagged('on') }),
  ]);
  const errors: Slo = { name: 'errors', service: 'web', indicator: 'errors', objective: 0.99 };
  expect(await store.eventsByInstance(errors, 'retry', range)).toEqual([
    { build: 'v1', instance: 'i1', variant: '', good: 2, total: 3 },
    { ...told, instance: 'i2', variant: 'on' },
    { ...told, instance: 'i3', variant: 'disabled' },
    { ...told, instance: 'i4', variant: 'mixed', good: 2, total: 2 },
  ]);
  const retries: Slo = { ...errors, indicator: 'retries' };
  expect(await store.eventsByInstance(retries, 'retry', range)).toEqual([
    { build: '', instance: '', variant: '', good: 2, total: 3 },
  ]);
});

it('counts the instances on each variant of a flag', async () => {
  const store = await tests.freshStore();
  await insertSpans(store, [
    served('a', 1, { instance: 'i1', ...flagged('on') }),
    served('b', 1, { instance: 'i2', ...flagged('on') }),
    served('c', 1, { instance: 'i2', ...flagged('on') }),
    served('d', 1, { instance: 'i3', ...flagged('off') }),
    served('e', 1, { instance: 'i4', service: 'cart', ...flagged('on') }),
    served('f', 1, { instance: 'i5', startMs: 60_000, ...flagged('on') }),
  ]);
  expect(await store.variantInstances('web', 'retry', range)).toEqual([
    { variant: 'off', instances: 1 },
    { variant: 'on', instances: 2 },
  ]);
  expect(await store.variantInstances('web', 'other', range)).toEqual([]);
});
