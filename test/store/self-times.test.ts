import { describe, expect, it } from 'vitest';
import type { SelfTimeCell } from '../../model.ts';
import { useEngine } from '../support/engine.ts';
import { plainSelfTime } from '../support/plain-cells.ts';
import { insertSpans, type SpanSpec, T0_MS } from '../support/spans.ts';

const tests = useEngine();
const HOUR = { startMs: T0_MS, endMs: T0_MS + 3_600_000 };

/** Milliseconds at the upper edge of a bucket: within 1.1 % of every duration in it. */
const upperMs = (bucket: number) => 2 ** ((bucket + 1) / 64) / 1e6;

type Case = readonly [name: string, spans: readonly SpanSpec[], selfMsByUnit: Readonly<Record<string, number>>];

const root: SpanSpec = { trace: 't', span: 'r', service: 'web', name: 'GET /', startMs: 0, durationMs: 100 };
const inner = (span: string, startMs: number, endMs: number, more: Partial<SpanSpec> = {}): SpanSpec => ({
  ...{
    trace: 't',
    span,
    parent: 'r',
    service: 'web',
    name: 'work',
    kind: 'Internal',
    startMs,
    durationMs: endMs - startMs,
  },
  ...more,
});

const CASES: readonly Case[] = [
  ['a span without children is all self', [root], { web: 100 }],
  ['a service keeps what its own spans take', [root, inner('a', 10, 40)], { web: 100 }],
  [
    'another service takes what its spans cover',
    [root, inner('a', 10, 40, { service: 'cart', kind: 'Server' })],
    { web: 70, cart: 30 },
  ],
  [
    'overlapping children count once',
    [
      root,
      inner('a', 10, 40, { service: 'a' }),
      inner('b', 30, 50, { service: 'b' }),
      inner('c', 12, 20, { service: 'c' }),
    ],
    { web: 60, a: 30, b: 20, c: 8 },
  ],
  [
    'children are clipped to their parent',
    [root, inner('a', 90, 130, { service: 'late' }), inner('b', -20, 10, { service: 'early' })],
    { web: 80, late: 40, early: 30 },
  ],
  [
    'a call minus its answer is the edge between the two',
    [
      root,
      inner('a', 10, 60, { kind: 'Client' }),
      inner('b', 20, 50, { parent: 'a', service: 'cart', kind: 'Server' }),
    ],
    { web: 50, 'web->cart': 20, cart: 30 },
  ],
  [
    'a call that nobody answered goes to the peer it names',
    [root, inner('a', 10, 60, { kind: 'Client', attributes: { 'server.address': 'pay.example' } })],
    { web: 50, 'web->pay.example': 50 },
  ],
  ['a call to nobody known stays with the caller', [root, inner('a', 10, 60, { kind: 'Client' })], { web: 100 }],
  [
    'a parent does not wait for what it sends, and a consumer is a root of its own',
    [
      root,
      inner('a', 90, 95, { kind: 'Producer' }),
      inner('b', 92, 150, { parent: 'a', service: 'mail', kind: 'Consumer' }),
    ],
    { web: 100 },
  ],
  [
    'depth does not matter',
    Array.from(
      { length: 20 },
      (_, depth): SpanSpec => ({
        ...root,
        span: `d${depth}`,
        ...(depth === 0 ? {} : { parent: `d${depth - 1}`, service: `svc${depth}`, kind: 'Internal' as const }),
        startMs: depth,
        durationMs: 100 - 2 * depth,
      }),
    ),
    { web: 2, ...Object.fromEntries(Array.from({ length: 18 }, (_, i) => [`svc${i + 1}`, 2])), svc19: 62 },
  ],
];

describe('self time per request', () => {
  it('is known for hand-made traces', async () => {
    const store = await tests.freshStore();
    await insertSpans(
      store,
      CASES.flatMap(([, spans], i) =>
        spans.map((s) => ({
          ...s,
          trace: `t${i}`,
          resource: { case: `${i}` },
          name: s === root || s.parent === undefined ? `GET /${'abcdefghijk'[i]}` : s.name,
        })),
      ),
    );
    const cells = await store.selfTimes(HOUR);
    const found = CASES.map(([name], i) => [name, selfMs(cells, `GET /${'abcdefghijk'[i]}`)]);
    expect(found).toEqual(CASES.map(([name, , expected]) => [name, near(expected)]));
  });

  it('adds up within a request, counts spans for the fan-out, and requests once', async () => {
    const store = await tests.freshStore();
    const twice = (trace: string): SpanSpec[] => [
      { ...root, trace },
      inner('a', 10, 20, { trace, service: 'db', instance: 'i' }),
      inner('b', 30, 50, { trace, service: 'db', instance: 'i' }),
    ];
    await insertSpans(store, [...twice('t1'), ...twice('t2')]);
    const cells = (await store.selfTimes(HOUR)).map(plainSelfTime).filter(({ unit }) => unit === 'db');
    expect(cells).toMatchObject([
      { rootService: 'web', instance: 'i', requests: 2, spans: 4, selfTimes: { counts: [2] } },
    ]);
    expect(upperMs(cells[0]?.selfTimes.buckets[0] ?? 0)).toBeCloseTo(30, 0);
  });

  it('takes a span whose parent is not stored for a root', async () => {
    const store = await tests.freshStore();
    await insertSpans(store, [{ ...root, parent: 'gone' }, inner('a', 10, 40, { service: 'cart' })]);
    expect(selfMs(await store.selfTimes(HOUR), 'GET /')).toEqual(near({ web: 70, cart: 30 }));
  });

  it('is told by build, variant and instance of the unit', async () => {
    const store = await tests.freshStore();
    const flag = { 'feature_flag.key': 'retry', 'feature_flag.result.variant': 'fast' };
    await insertSpans(store, [
      root,
      inner('a', 10, 40, { service: 'cart', instance: 'c1', version: 'v2', attributes: flag }),
    ]);
    const cells = (await store.selfTimes(HOUR)).map(plainSelfTime).filter(({ unit }) => unit === 'cart');
    expect(cells).toMatchObject([{ build: 'v2', instance: 'c1', variant: 'retry=fast' }]);
  });

  it('belongs to the slot of the root, wherever its children begin', async () => {
    const store = await tests.freshStore();
    await insertSpans(store, [{ ...root, startMs: 59_950 }, inner('a', 60_010, 60_040, { service: 'cart' })]);
    expect((await store.selfTimes(HOUR)).map(({ unit, slotMs }) => [unit, slotMs])).toEqual([
      ['cart', T0_MS],
      ['web', T0_MS],
    ]);
  });
});

function selfMs(cells: readonly SelfTimeCell[], rootEndpoint: string): Record<string, number> {
  const ofRoot = cells.filter((cell) => cell.rootEndpoint === rootEndpoint);
  return Object.fromEntries(ofRoot.map(({ unit, selfTimes }) => [unit, upperMs(selfTimes.buckets[0] ?? 0)]));
}

/** Within the width of a bucket. */
function near(expected: Readonly<Record<string, number>>): Record<string, unknown> {
  return Object.fromEntries(
    Object.entries(expected).map(([unit, ms]) => [unit, expect.closeTo(ms * 1.005, ms > 50 ? 0 : 0.5)]),
  );
}
