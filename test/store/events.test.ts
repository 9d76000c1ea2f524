import { describe, expect, it } from 'vitest';
import type { EndpointKey, Signal, Slo, TimeRange } from '../../model.ts';
import { useEngine } from '../support/engine.ts';
import { insertSpans, type SpanSpec, T0_MS, traceId } from '../support/spans.ts';

const tests = useEngine();
const range: TimeRange = { startMs: T0_MS, endMs: T0_MS + 60_000 };

const served = (trace: string, durationMs: number, more: Partial<SpanSpec> = {}): SpanSpec => ({
  ...{ trace, span: 'r', service: 'web', name: 'GET /', startMs: 0, durationMs, instance: 'i1', version: 'v1' },
  ...more,
});
const called = (trace: string, span: string, startMs: number, more: Partial<SpanSpec> = {}): SpanSpec => ({
  ...{
    trace,
    span,
    parent: 'r',
    service: 'web',
    name: 'GET',
    kind: 'Client',
    startMs,
    durationMs: 5,
    attributes: { 'server.address': 'cart' },
  },
  ...more,
});
const flagged = (variant: string) => ({
  attributes: { 'feature_flag.key': 'retry', 'feature_flag.result.variant': variant },
});

const SPANS: readonly SpanSpec[] = [
  served('fast', 10),
  served('slow', 300),
  served('failed', 900, { status: 'Error' }),
  served('new', 200, { version: 'v2', instance: 'i2', ...flagged('on') }),
  served('old', 5_000, { startMs: -1 }),
  called('fast', 'a', 1, { status: 'Error' }),
  called('fast', 'b', 20),
  called('slow', 'a', 1),
];

const web: EndpointKey = { service: 'web', endpoint: 'GET /', kind: 'SERVER', peer: '' };
const cart: EndpointKey = { service: 'web', endpoint: 'GET', kind: 'CLIENT', peer: 'cart' };

describe('the exemplars of a signal', () => {
  const cases: readonly [string, EndpointKey, Signal, string[]][] = [
    ['latency: the slowest that did not fail', web, 'latency.p99', ['slow', 'new', 'fast']],
    ['errors: what failed', web, 'errors', ['failed']],
    ['retries: what was sent again', cart, 'retries', ['fast']],
    ['of another peer: none', { ...cart, peer: 'ads' }, 'latency.p99', []],
  ];
  const about = cases.map(([, key, signal]) => ({ key, signal }));

  it('are the traces that show it best, all in one read', async () => {
    const store = await tests.freshStore();
    await insertSpans(store, [...SPANS, ...SPANS.slice(0, 2)]);
    const found = await store.exemplars({ about, range, limit: 10 });
    expect(cases.map(([name], index) => [name, found[index]])).toEqual(
      cases.map(([name, , , traces]) => [name, traces.map(traceId)]),
    );
  });

  it('are as many as asked for, of the range asked for, and none when nothing is asked', async () => {
    const store = await tests.freshStore();
    await insertSpans(store, SPANS);
    const slowest = [{ key: web, signal: 'latency.p99' as const }];
    expect(await store.exemplars({ about: slowest, range, limit: 1 })).toEqual([[traceId('slow')]]);
    const earlier = { startMs: T0_MS - 1, endMs: T0_MS };
    expect(await store.exemplars({ about: slowest, range: earlier, limit: 10 })).toEqual([[traceId('old')]]);
    expect(await store.exemplars({ about: [], range, limit: 10 })).toEqual([]);
  });

  it('take names as values, not as SQL', async () => {
    const store = await tests.freshStore();
    const name = `x' OR 1=1 -- {limit:UInt32} \\ \n"`;
    await insertSpans(store, [served('odd', 1, { service: name, name: 'op' })]);
    const key = { service: name, endpoint: 'op', kind: 'SERVER', peer: '' } as const;
    const ask = (service: string) =>
      store.exemplars({ about: [{ key: { ...key, service }, signal: 'latency.p99' }], range, limit: 5 });
    expect(await ask(name)).toEqual([[traceId('odd')]]);
    expect(await ask(`y' OR '1'='1`)).toEqual([[]]);
  });
});

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
