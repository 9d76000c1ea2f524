/** Too much of a thing, through the door into the real engine: what is cut and counted, and that the rest stays right. */

import { describe, expect, it } from 'vitest';
import { useEngine } from '../support/engine.ts';
import { type AttributeInput, postJson, type SpanInput, spanId, traceId, tracesRequest } from '../support/otlp.ts';
import { T0_MS } from '../support/spans.ts';
import { openStored } from './stored.ts';
import { silentLog } from './support.ts';

const engine = useEngine();
const SLOT_MS = 60_000;
const numbered = (count: number) => Array.from({ length: count }, (_, n) => n);
/** A number in letters: digits in names may be taken for ids. */
const inLetters = (n: number) => [...String(n)].map((digit) => 'ghijklmnop'[Number(digit)]).join('');

let spans = 0;
function span(name: string, slot: number, values: { readonly [key: string]: AttributeInput } = {}): SpanInput {
  spans++;
  const startMs = T0_MS + slot * SLOT_MS + 1;
  return { traceId: traceId(spans), spanId: spanId(spans), name, startMs, durationMs: 1, attributes: values };
}

async function open(limits = {}) {
  const warnings: string[] = [];
  const log = { ...silentLog, warn: (_fields: object, text: string) => warnings.push(text) };
  const stored = await openStored(engine, limits, { log });
  const send = async (service: string, items: readonly SpanInput[]) => postRequest([{ service, items }]);
  const postRequest = async (resources: Parameters<typeof tracesRequest>[0]) => {
    const response = await postJson(`${stored.url}/v1/traces`, tracesRequest(resources));
    return { status: response.status, told: ((await response.json()) as { partialSuccess?: object }).partialSuccess };
  };
  return { ...stored, warnings, send, sendAll: postRequest };
}

describe('a span', () => {
  it('of 100,000 attributes keeps 256, and the others are counted', async () => {
    const { send, counters, query } = await open();
    const values = Object.fromEntries(numbered(100_000).map((n) => [`key ${n}`, n]));

    expect(await send('a', [span('x', 0, values)])).toEqual({
      status: 200,
      told: { rejectedSpans: '0', errorMessage: '99744 values or attributes cut at the limits' },
    });
    expect(counters().signals.traces).toMatchObject({ accepted: 1, rejected: 0, truncated: 99_744 });
    expect(await query('SELECT length(SpanAttributes) AS kept FROM otel_traces')).toEqual([{ kept: 256 }]);
  });

  it('with a value of 1 MiB keeps 16 KiB of it, and that is counted', async () => {
    const { send, counters, query } = await open();

    expect(await send('a', [span('x', 0, { long: 'x'.repeat(2 ** 20), short: 'y' })])).toEqual({
      status: 200,
      told: { rejectedSpans: '0', errorMessage: '1 values or attributes cut at the limits' },
    });
    expect(counters().signals.traces).toMatchObject({ accepted: 1, truncated: 1 });
    expect(
      await query("SELECT length(SpanAttributes['long']) AS long, SpanAttributes['short'] AS short FROM otel_traces"),
    ).toEqual([{ long: 16_384, short: 'y' }]);
  });
});

describe('endpoints that were known before stay right', () => {
  const KNOWN = [
    ['GET /cart', 40],
    ['POST /pay', 25],
  ] as const;
  const known = (slot: number) =>
    KNOWN.flatMap(([endpoint, calls]) =>
      numbered(calls).map(() => {
        const [method = '', route = ''] = endpoint.split(' ');
        return span(endpoint, slot, { 'http.request.method': method, 'http.route': route });
      }),
    );
  /** Calls of each known endpoint in each of three slots: before, during and after. */
  const RIGHT = KNOWN.flatMap(([endpoint, calls]) => [0, 1, 2].map((slot) => ({ slot, endpoint, calls })));

  async function cellsOf({ store }: Awaited<ReturnType<typeof open>>) {
    const cells = await store.cells({ startMs: T0_MS, endMs: T0_MS + 3 * SLOT_MS });
    return cells.map(({ slotMs, service, endpoint, calls }) => ({
      slot: (slotMs - T0_MS) / SLOT_MS,
      service,
      endpoint,
      calls,
    }));
  }
  const rightOf = (cells: Awaited<ReturnType<typeof cellsOf>>) =>
    cells
      .filter(({ service, endpoint }) => service === 'shop' && KNOWN.some(([name]) => name === endpoint))
      .map(({ slot, endpoint, calls }) => ({ slot, endpoint, calls }));

  it('while their service sends 100,000 names', async () => {
    const opened = await open();
    const { send, query, warnings } = opened;
    await send('shop', known(0));
    const truncated: number[] = [];
    for (const batch of numbered(5)) {
      const flood = numbered(20_000).map((n) => span(`job ${inLetters(batch * 20_000 + n)}`, 1));
      await send('shop', batch === 4 ? [...flood, ...known(1)] : flood);
      truncated.push(opened.counters().signals.traces.truncated);
    }
    await send('shop', known(2));

    // Two of the 10,000 names were known before.
    expect(truncated).toEqual([10_002, 30_002, 50_002, 70_002, 90_002]);
    expect(await query('SELECT uniqExact(SpanName) AS names FROM otel_traces')).toEqual([{ names: 10_001 }]);
    expect(await query("SELECT count() AS n FROM otel_traces WHERE SpanName = '(other)'")).toEqual([{ n: 90_002 }]);
    expect(warnings).toEqual([
      'service shop has more names than are kept (at most 10000 a day): new ones are stored as (other)',
    ]);
    const cells = await cellsOf(opened);
    expect(rightOf(cells)).toEqual(RIGHT);
    expect(cells.reduce((sum, { calls }) => sum + calls, 0)).toBe(100_000 + 3 * 65);
  });

  it('while 3,000 services come', async () => {
    const opened = await open();
    const { send, sendAll, query, warnings } = opened;
    await send('shop', known(0));
    const flood = numbered(3_000).map((n) => ({ service: `pod ${n}`, items: [span('GET /', 1)] }));
    await sendAll([...flood, { service: 'shop', items: known(1) }]);
    await send('shop', known(2));

    expect(await query('SELECT uniqExact(ServiceName) AS services FROM otel_traces')).toEqual([{ services: 1_001 }]);
    expect(warnings).toEqual([
      'all senders together have more services than are kept (at most 1000 a day): new ones are stored as (other)',
    ]);
    const cells = await cellsOf(opened);
    expect(rightOf(cells)).toEqual(RIGHT);
    expect(cells.filter(({ service }) => service === '(other)')).toEqual([
      { slot: 1, service: '(other)', endpoint: 'GET /', calls: 2_001 },
    ]);
  });

  it('while their service sends 50,000 attribute keys', async () => {
    const opened = await open();
    const { send, query, warnings } = opened;
    await send('shop', known(0));
    const flood = numbered(500).map((n) =>
      span('GET /search', 1, Object.fromEntries(numbered(100).map((m) => [`user ${n * 100 + m}`, 1]))),
    );
    await send('shop', [...flood, ...known(1)]);
    await send('shop', known(2));

    expect(await query('SELECT uniqExactArray(mapKeys(SpanAttributes)) AS keys FROM otel_traces')).toEqual([
      { keys: 1_001 },
    ]);
    expect(warnings).toEqual([
      'service shop has more attribute keys than are kept (at most 1000 a day): new ones are stored as (other)',
    ]);
    expect(rightOf(await cellsOf(opened))).toEqual(RIGHT);
  });
});

it('a name or key that another service had first stays with both', async () => {
  const { send, sendAll, query } = await open({ maxNamesPerService: 3, maxKeysPerService: 3 });
  const items = () => [span('GET /', 0, { route: '/' })];
  await sendAll([
    { service: 'a', items: items() },
    { service: 'b', items: items() },
  ]);
  const flood = numbered(10).map((n) => span(`job ${inLetters(n)}`, 0, { [`key ${inLetters(n)}`]: 1 }));
  await send('b', flood);
  await send('b', items());

  expect(
    await query(
      "SELECT SpanName AS name, mapKeys(SpanAttributes) AS keys, count() AS n FROM otel_traces WHERE ServiceName = 'b' AND name != '(other)' GROUP BY name, keys ORDER BY n DESC LIMIT 1",
    ),
  ).toEqual([{ name: 'GET /', keys: ['route'], n: 2 }]);
});
