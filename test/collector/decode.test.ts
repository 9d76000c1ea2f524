/** The decoder as a whole: protobuf and JSON give the same rows, limits hold, and no bytes make it fail in any other way. */

import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { createRandom } from '../../analysis/statistics/random.ts';
import type { Encoding } from '../../collector/intake.ts';
import { DEFAULT_LIMITS } from '../../collector/limits.ts';
import { HingeError } from '../../errors.ts';
import { attributes, metricsRequest, spanId, traceId, tracesRequest } from '../support/otlp.ts';
import { encodeRequest, lengthDelimited } from '../support/otlp-protobuf.ts';
import { encodeByProtobufjs } from '../support/otlp-schema.ts';
import { scramble } from '../support/otlp-scramble.ts';
import { requests } from './arbitraries.ts';
import { METRIC_ROWS, METRICS_REQUEST } from './metrics-example.ts';
import { decode, decodeRequest, readNative } from './support.ts';

const BOTH: readonly Encoding[] = ['protobuf', 'json'];

describe('protobuf and JSON', () => {
  it('give the same rows for the same request', () => {
    fc.assert(
      fc.property(requests, (request) => {
        const fromJson = decodeRequest(request, 'json');
        const fromProtobuf = decodeRequest(request, 'protobuf');

        expect(fromProtobuf.rows).toEqual(fromJson.rows);
        expect(fromProtobuf).toMatchObject({
          accepted: fromJson.accepted,
          rejected: fromJson.rejected,
          message: fromJson.message,
        });
      }),
      { seed: 1, numRuns: 300 },
    );
  });

  it('of other encoders, with fields in any order and of later versions, gives the same rows', () => {
    fc.assert(
      fc.property(requests, fc.nat(), (request, seed) => {
        const signal = 'resourceMetrics' in request ? 'metrics' : 'traces';
        const body = scramble(signal, encodeByProtobufjs(signal, request), createRandom(seed));
        const { chunks: _, ...expected } = decodeRequest(request, 'protobuf');
        const { chunks: __, ...decoded } = decode(signal, 'protobuf', body, DEFAULT_LIMITS);

        expect(decoded).toEqual(expected);
      }),
      { seed: 2, numRuns: 300 },
    );
  });

  it.each(BOTH)('take fields of a message in any order, by %s', (encoding) => {
    const inOrder = tracesRequest([
      { service: 'a', items: [{ traceId: traceId(1), spanId: spanId(1), name: 'x', startMs: 0, durationMs: 1 }] },
    ]);
    const [envelope] = inOrder.resourceSpans;
    const spansFirst = {
      resourceSpans: [
        {
          scopeSpans: envelope?.scopeSpans.map((scope) => ({ spans: scope.spans, scope: scope.scope })),
          resource: envelope?.resource,
        },
      ],
    };

    expect(decodeRequest(spansFirst, encoding).rows).toEqual(decodeRequest(inOrder, encoding).rows);
  });
});

it.each(BOTH)('turns every kind of metric into the columns of its table, by %s', (encoding) => {
  const { chunks } = decodeRequest(METRICS_REQUEST, encoding);

  expect(Object.fromEntries(chunks.map((chunk) => [chunk.table, readNative(chunk.body)]))).toEqual(METRIC_ROWS);
});

it('puts each row into the partition of its UTC day', () => {
  const day = 86_400_000;
  const at = (n: number, startMs: number) => ({
    traceId: traceId(1),
    spanId: spanId(n),
    name: 'x',
    startMs,
    durationMs: 1,
  });
  const decoded = decodeRequest(
    tracesRequest([{ service: 'a', items: [at(1, day - 1), at(2, day), at(3, 2 * day - 1), at(4, 400 * day)] }]),
  );

  expect(decoded.chunks.map(({ table, partition, rows }) => [table, partition, rows])).toEqual([
    ['otel_traces', '1970-01-01', 1],
    ['otel_traces', '1970-01-02', 2],
    ['otel_traces', '1971-02-05', 1],
  ]);
});

describe('limits', () => {
  const span = (n: number, values = {}) => ({
    traceId: traceId(1),
    spanId: spanId(n),
    name: 'x',
    startMs: 0,
    durationMs: 1,
    attributes: values,
  });
  const nested = (levels: number): object =>
    levels === 0 ? { stringValue: 'x' } : { arrayValue: { values: [nested(levels - 1)] } };
  const withValue = (value: object) => ({
    resourceSpans: [
      { scopeSpans: [{ spans: [{ traceId: traceId(1), spanId: spanId(1), attributes: [{ key: 'a', value }] }] }] },
    ],
  });

  it.each(BOTH)('cut attributes beyond the most a span may have, and count them, by %s', (encoding) => {
    const many = Object.fromEntries(Array.from({ length: 300 }, (_, i) => [`key ${i}`, i]));
    const decoded = decodeRequest(tracesRequest([{ service: 'a', items: [span(1, many)] }]), encoding);

    expect(Object.keys(decoded.rows[0]?.SpanAttributes as object)).toHaveLength(256);
    expect(decoded).toMatchObject({
      accepted: 1,
      rejected: 0,
      truncated: 44,
      message: '44 values or attributes cut at the limits',
    });
  });

  it.each(BOTH)('cut a value at 16 KiB, between characters, and count it, by %s', (encoding) => {
    const decoded = decodeRequest(
      tracesRequest([{ service: 'a', items: [span(1, { a: 'é'.repeat(9_000), b: 'x'.repeat(16_384) })] }]),
      encoding,
    );

    expect(decoded.rows[0]?.SpanAttributes).toEqual({ a: 'é'.repeat(8_192), b: 'x'.repeat(16_384) });
    expect(decoded.truncated).toBe(1);
  });

  it.each(BOTH)('cut a value inside a character to the character before, by %s', (encoding) => {
    const decoded = decodeRequest(tracesRequest([{ service: 'a', items: [span(1, { a: 'x🚀🚀' })] }]), encoding, {
      maxValueBytes: 7,
    });

    expect(decoded.rows[0]?.SpanAttributes).toEqual({ a: 'x🚀' });
  });

  it.each(BOTH)('take values nested 48 deep and refuse 49, by %s', (encoding) => {
    expect(decodeRequest(withValue(nested(47)), encoding).accepted).toBe(1);
    expect(() => decodeRequest(withValue(nested(48)), encoding)).toThrow(
      expect.objectContaining({ code: 'INPUT_INVALID' }),
    );
  });

  it.each<[string, Encoding, () => Uint8Array]>([
    ['a million lists in JSON', 'json', () => Buffer.from(`{"a":${'['.repeat(1_000_000)}`)],
    [
      'a million unknown objects in JSON',
      'json',
      () => Buffer.from(`${'{"a":'.repeat(1_000_000)}1${'}'.repeat(1_000_000)}`),
    ],
    ['5,000 lists in protobuf', 'protobuf', () => deepProtobuf(5_000)],
  ])('refuse %s, one inside the other, without falling over', (_what, encoding, body) => {
    expect(() => decode('traces', encoding, body(), DEFAULT_LIMITS)).toThrow(
      expect.objectContaining({ code: 'INPUT_INVALID', message: expect.stringContaining('nested deeper') }),
    );
  });

  it.each(BOTH)('refuse more spans than a request may hold, good and bad ones together, by %s', (encoding) => {
    const items = [span(1), { ...span(2), traceId: '' }, span(3)];

    expect(decodeRequest(tracesRequest([{ service: 'a', items }]), encoding, { maxItems: 3 })).toMatchObject({
      accepted: 2,
      rejected: 1,
    });
    expect(() => decodeRequest(tracesRequest([{ service: 'a', items }]), encoding, { maxItems: 2 })).toThrow(
      expect.objectContaining({ code: 'INPUT_TOO_LARGE' }),
    );
  });

  it.each(BOTH)('refuse many small messages before they fill the memory, by %s', (encoding) => {
    const body =
      encoding === 'json'
        ? Buffer.from(`{"resourceSpans":[${'{},'.repeat(6_000_000)}{}]}`)
        : Buffer.alloc(12_000_000).fill(lengthDelimited(1, new Uint8Array()));
    expect(() => decode('traces', encoding, body, DEFAULT_LIMITS)).toThrow(
      expect.objectContaining({ code: 'INPUT_TOO_LARGE' }),
    );
  });

  it('refuse packed numbers without end', () => {
    const bucketCounts = lengthDelimited(2, Buffer.alloc(2_000, 1));
    const point = lengthDelimited(1, lengthDelimited(8, bucketCounts));
    const body = lengthDelimited(1, lengthDelimited(2, lengthDelimited(2, lengthDelimited(10, point))));

    expect(decode('metrics', 'protobuf', body, DEFAULT_LIMITS).accepted).toBe(1);
    expect(() => decode('metrics', 'protobuf', body, { ...DEFAULT_LIMITS, maxMessages: 1_000 })).toThrow(
      expect.objectContaining({ code: 'INPUT_TOO_LARGE' }),
    );
  });

  it.each(BOTH)('refuse a resource of many attributes repeated in every row, by %s', (encoding) => {
    const resource = Object.fromEntries(Array.from({ length: 250 }, (_, i) => [`key ${i}`, i]));
    const request = tracesRequest([
      { service: 'a', attributes: resource, items: Array.from({ length: 1_000 }, (_, i) => span(i + 1)) },
    ]);

    expect(() => decodeRequest(request, encoding, { maxRowBytes: 1_000_000 })).toThrow(
      expect.objectContaining({ code: 'INPUT_TOO_LARGE' }),
    );
  });

  it('reject what lies on more days than a request may touch', () => {
    const items = Array.from({ length: 40 }, (_, day) => ({ ...span(day + 1), startMs: day * 86_400_000 }));

    expect(decodeRequest(tracesRequest([{ service: 'a', items }]))).toMatchObject({
      accepted: 32,
      rejected: 8,
      message: expect.stringContaining('more than 32 days'),
    });
  });

  it('reject points after 2106 and keep the others', () => {
    const gauge = (timeUnixNano: string) => ({ name: 'g', gauge: { dataPoints: [{ timeUnixNano, asInt: '1' }] } });
    const decoded = decodeRequest(
      metricsRequest([{ service: 'a', items: [gauge('1'), gauge('18446744073709551615')] }]),
    );

    expect(decoded).toMatchObject({
      accepted: 1,
      rejected: 1,
      message: expect.stringContaining('1 data points rejected'),
    });
  });
});

describe('protobuf that is not what it says', () => {
  const field = (number: number, wireType: number) => number * 8 + wireType;
  it.each<[string, number[]]>([
    ['a length beyond the end', [field(1, 2), 5, 0]],
    ['a length beyond the message around it', [field(1, 2), 2, field(2, 2), 9, 0, 0, 0, 0, 0, 0, 0, 0, 0]],
    ['a cut varint', [field(1, 0), 0x80]],
    ['a varint of eleven bytes', [field(9, 0), 0x80, 0x80, 0x80, 0x80, 0x80, 0x80, 0x80, 0x80, 0x80, 0x80, 0x01]],
    ['a cut fixed64', [field(9, 1), 0, 0]],
    ['a cut fixed32', [field(9, 5), 0, 0]],
    ['a group', [field(9, 3)]],
    ['wire type 7', [field(9, 7)]],
    ['field number 0', [0, 0]],
    ['a number where a message belongs', [field(1, 0), 1]],
  ])('is refused: %s', (_what, bytes) => {
    expect(() => decode('traces', 'protobuf', Uint8Array.from(bytes), DEFAULT_LIMITS)).toThrow(
      expect.objectContaining({ code: 'INPUT_INVALID' }),
    );
  });

  it('skips fields of later versions', () => {
    const later = Buffer.concat([
      Buffer.from([field(9, 0), 1, field(10, 5), 1, 2, 3, 4, field(11, 1), 1, 2, 3, 4, 5, 6, 7, 8]),
      lengthDelimited(99, Buffer.from('?')),
    ]);
    const body = Buffer.concat([later, encodeRequest(METRICS_REQUEST), later]);

    expect(decode('metrics', 'protobuf', body, DEFAULT_LIMITS).accepted).toBe(decodeRequest(METRICS_REQUEST).accepted);
  });
});

describe('any bytes', () => {
  const base = tracesRequest([
    {
      service: 'a',
      items: [
        {
          traceId: traceId(1),
          spanId: spanId(1),
          name: 'x',
          startMs: 1,
          durationMs: 1,
          attributes: { n: 1, t: ['x'] },
        },
      ],
    },
  ]);
  const seeds = [
    base,
    METRICS_REQUEST,
    { resourceSpans: [{ resource: { attributes: attributes({ a: { b: [1, 'c'] } }) } }] },
  ];
  const bodies = seeds.flatMap((request) => [encodeRequest(request), Buffer.from(JSON.stringify(request))]);
  /** One of the good bodies, with some bytes overwritten, and perhaps cut. */
  const damaged = fc
    .tuple(fc.constantFrom(...bodies), fc.array(fc.tuple(fc.nat(), fc.nat(255)), { maxLength: 8 }), fc.nat())
    .map(([body, changes, length]) => {
      const copy = Uint8Array.from(body);
      for (const [at, byte] of changes) copy[at % copy.length] = byte;
      return copy.subarray(0, length % 3 === 0 ? length % copy.length : copy.length);
    });

  it.each([
    ['random', fc.uint8Array({ maxLength: 200 }), 3_000],
    ['damaged', damaged, 6_000],
  ] as const)('%s: give rows or a clear refusal', (_name, input, numRuns) => {
    fc.assert(
      fc.property(input, fc.constantFrom('traces', 'metrics'), fc.constantFrom(...BOTH), (body, signal, encoding) => {
        try {
          const { rows, accepted } = decode(signal, encoding, body, DEFAULT_LIMITS);
          expect(rows).toHaveLength(accepted);
        } catch (error) {
          expect(error).toBeInstanceOf(HingeError);
          expect(['INPUT_INVALID', 'INPUT_TOO_LARGE']).toContain((error as HingeError).code);
        }
      }),
      { seed: 7, numRuns },
    );
  });
});

/** A span with one attribute of this many lists, one inside the other; built from the inside, since the encoder recurses. */
function deepProtobuf(levels: number): Uint8Array {
  let value: Uint8Array = new Uint8Array();
  for (let level = 0; level < levels; level++) value = lengthDelimited(5, lengthDelimited(1, value));
  const attribute = lengthDelimited(9, lengthDelimited(2, value));
  const ids = [lengthDelimited(1, Buffer.alloc(16, 1)), lengthDelimited(2, Buffer.alloc(8, 1))];
  // Down to the span: resource_spans, scope_spans, spans.
  return [2, 2, 1].reduce<Uint8Array>(
    (inner, field) => lengthDelimited(field, inner),
    Buffer.concat([...ids, attribute]),
  );
}
