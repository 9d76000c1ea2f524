/** The generator of load: its bytes are OTLP, the same for the same seed, and fresh when stamped. */

import { describe, expect, it } from 'vitest';
import { createRandom } from '../../analysis/statistics/random.ts';
import { createDraw } from '../../bench/support/draw.ts';
import { createShop } from '../../bench/support/shop.ts';
import { createResourceSpans } from '../../bench/support/spans.ts';
import { stamp } from '../../bench/support/stamps.ts';
import { encodeTraces } from '../../bench/support/trace-bodies.ts';
import { tracesAsJson } from '../../bench/support/trace-json.ts';
import { encodeRequest } from '../support/otlp-protobuf.ts';

const START_NS = 1_763_600_000_123_456_789n;

function resourcesOf(seed: number, spans: number) {
  const draw = createDraw(createRandom(seed));
  return createResourceSpans(spans, createShop(draw), draw);
}

describe('generated requests', () => {
  it.each([1, 2, 3])('are the bytes that the table of the schema gives, seed %i', (seed) => {
    const resources = resourcesOf(seed, 300);
    expect(encodeTraces(resources).bytes.equals(encodeRequest(tracesAsJson(resources, 0n)))).toBe(true);
  });

  it('are the same for the same seed and others for another', () => {
    const bytes = (seed: number) => encodeTraces(resourcesOf(seed, 50)).bytes;
    expect(bytes(7).equals(bytes(7))).toBe(true);
    expect(bytes(7).equals(bytes(8))).toBe(false);
  });

  it('have as many spans as were asked for, about 548 bytes each', () => {
    const { bytes, items } = encodeTraces(resourcesOf(4, 10_000));
    expect(items).toBe(10_000);
    expect(bytes.length / items).toBeGreaterThan(520);
    expect(bytes.length / items).toBeLessThan(580);
  });
});

describe('a stamp', () => {
  it('moves the times and changes ids by one mask', () => {
    const resources = resourcesOf(5, 100);
    const body = encodeTraces(resources);
    const mask = createDraw(createRandom(9)).bytes(16);
    const masked = (id: Uint8Array) => id.map((byte, index) => byte ^ (mask[index] ?? 0));
    const expected = resources.map((resource) => ({
      ...resource,
      spans: resource.spans.map((span) => ({
        ...span,
        traceId: masked(span.traceId),
        spanId: masked(span.spanId),
        parentSpanId: masked(span.parentSpanId),
        links: span.links.map((link) => ({ ...link, traceId: masked(link.traceId), spanId: masked(link.spanId) })),
      })),
    }));
    stamp(body, START_NS, createDraw(createRandom(9)));
    expect(body.bytes.equals(encodeRequest(tracesAsJson(expected, START_NS)))).toBe(true);
  });
});
