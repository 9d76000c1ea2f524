/** The decoder as a whole: protobuf and JSON give the same rows, in the tables and partitions that they belong to. */

import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { createRandom } from '../../analysis/statistics/random.ts';
import type { Encoding } from '../../collector/intake.ts';
import { DEFAULT_LIMITS } from '../../collector/limits.ts';
import { spanId, traceId, tracesRequest } from '../support/otlp.ts';
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
