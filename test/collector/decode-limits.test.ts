/** The limits of the decoder: what is cut and counted, and what is refused. */

import { describe, expect, it } from 'vitest';
import type { Encoding } from '../../collector/intake.ts';
import { DEFAULT_LIMITS } from '../../collector/limits.ts';
import { metricsRequest, spanId, traceId, tracesRequest } from '../support/otlp.ts';
import { lengthDelimited } from '../support/otlp-protobuf.ts';
import { decode, decodeRequest } from './support.ts';

const BOTH: readonly Encoding[] = ['protobuf', 'json'];

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
      message: expect.stringContaining('1 data point rejected'),
    });
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
