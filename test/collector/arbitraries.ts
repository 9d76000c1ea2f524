/** Generators of arbitrary OTLP/JSON requests. */

import fc from 'fast-check';

/** Minus zero as text: `JSON.stringify` would lose its sign. */
const double = fc
  .double({ noNaN: true, noDefaultInfinity: true })
  .map((value) => (Object.is(value, -0) ? '-0' : value));

const { value: anyValue } = fc.letrec((tie) => ({
  value: fc.oneof(
    { maxDepth: 3 },
    fc.record({ stringValue: fc.string({ unit: 'binary' }) }),
    fc.record({ intValue: fc.bigInt({ min: -(2n ** 63n), max: 2n ** 63n - 1n }).map(String) }),
    fc.record({ doubleValue: double }),
    fc.record({ boolValue: fc.boolean() }),
    fc.record({ bytesValue: fc.uint8Array({ maxLength: 6 }).map((bytes) => Buffer.from(bytes).toString('base64')) }),
    fc.record({ arrayValue: fc.record({ values: fc.array(tie('value'), { maxLength: 3 }) }) }),
    fc.record({
      kvlistValue: fc.record({
        values: fc.array(fc.record({ key: fc.string(), value: tie('value') }), { maxLength: 3 }),
      }),
    }),
  ),
}));
const keyValues = fc.array(fc.record({ key: fc.string(), value: anyValue }), { maxLength: 4 });
const hexOf = (bytes: number) =>
  fc.uint8Array({ minLength: bytes, maxLength: bytes }).map((id) => Buffer.from(id).toString('hex'));
const nanoseconds = fc.bigInt({ min: 0n, max: 2n ** 64n - 1n }).map(String);
const fewDays = fc.bigInt({ min: 1_700_000_000_000_000_000n, max: 1_700_600_000_000_000_000n }).map(String);
const text = fc.string({ unit: 'grapheme' });

const span = fc.record(
  {
    traceId: fc.oneof({ weight: 9, arbitrary: hexOf(16) }, hexOf(4)),
    spanId: hexOf(8),
    parentSpanId: hexOf(8),
    traceState: text,
    name: text,
    kind: fc.nat(7),
    startTimeUnixNano: fewDays,
    endTimeUnixNano: nanoseconds,
    attributes: keyValues,
    events: fc.array(fc.record({ timeUnixNano: nanoseconds, name: text, attributes: keyValues }), { maxLength: 2 }),
    links: fc.array(fc.record({ traceId: hexOf(16), spanId: hexOf(8), traceState: text, attributes: keyValues }), {
      maxLength: 2,
    }),
    status: fc.record({ code: fc.nat(3), message: text }),
  },
  { requiredKeys: ['traceId', 'spanId', 'startTimeUnixNano'] },
);

const envelope = { resource: fc.record({ attributes: keyValues }), schemaUrl: text };
const scope = fc.record({ name: text, version: text, attributes: keyValues });

export const traceRequests = fc.record({
  resourceSpans: fc.array(
    fc.record({
      ...envelope,
      scopeSpans: fc.array(fc.record({ scope, spans: fc.array(span, { maxLength: 3 }) }), { maxLength: 2 }),
    }),
    { maxLength: 3 },
  ),
});

const count = fc.bigInt({ min: 0n, max: 2n ** 64n - 1n }).map(String);
const point = { timeUnixNano: fewDays, startTimeUnixNano: nanoseconds, attributes: keyValues, flags: fc.nat(3) };
const exemplars = fc.array(
  fc.record({
    timeUnixNano: nanoseconds,
    asDouble: double,
    traceId: hexOf(16),
    spanId: hexOf(8),
    filteredAttributes: keyValues,
  }),
  { maxLength: 2 },
);
const buckets = fc.record({ offset: fc.integer(), bucketCounts: fc.array(count, { maxLength: 4 }) });
const points = (fields: Record<string, fc.Arbitrary<unknown>>) => ({
  dataPoints: fc.array(fc.record({ ...point, ...fields }), { maxLength: 2 }),
});
const temporality = { aggregationTemporality: fc.nat(2) };
const ofDistribution = { count, sum: double, min: double, max: double, exemplars };

const data = fc.oneof(
  fc.record({ gauge: fc.record(points({ asDouble: double, exemplars })) }),
  fc.record({
    sum: fc.record({
      ...points({ asInt: fc.integer().map(String), exemplars }),
      ...temporality,
      isMonotonic: fc.boolean(),
    }),
  }),
  fc.record({
    histogram: fc.record({
      ...points({ ...ofDistribution, bucketCounts: fc.array(count), explicitBounds: fc.array(double) }),
      ...temporality,
    }),
  }),
  fc.record({
    exponentialHistogram: fc.record({
      ...points({ ...ofDistribution, scale: fc.integer(), zeroCount: count, positive: buckets, negative: buckets }),
      ...temporality,
    }),
  }),
  fc.record({
    summary: fc.record(
      points({ count, sum: double, quantileValues: fc.array(fc.record({ quantile: double, value: double })) }),
    ),
  }),
);
const metric = fc
  .tuple(fc.record({ name: text, description: text, unit: text }), data)
  .map(([head, body]) => ({ ...head, ...body }));

export const metricRequests = fc.record({
  resourceMetrics: fc.array(
    fc.record({
      ...envelope,
      scopeMetrics: fc.array(fc.record({ scope, metrics: fc.array(metric, { maxLength: 3 }) }), { maxLength: 2 }),
    }),
    { maxLength: 2 },
  ),
});

export const requests = fc.oneof(traceRequests, metricRequests);
