/** Bytes that are not what they say: refused in one way, and no bytes make the decoder fail in any other. */

import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { Encoding } from '../../collector/intake.ts';
import { DEFAULT_LIMITS } from '../../collector/limits.ts';
import { HingeError } from '../../errors.ts';
import { attributes, spanId, traceId, tracesRequest } from '../support/otlp.ts';
import { encodeRequest, lengthDelimited } from '../support/otlp-protobuf.ts';
import { METRICS_REQUEST } from './metrics-example.ts';
import { decode, decodeRequest } from './support.ts';

const BOTH: readonly Encoding[] = ['protobuf', 'json'];

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
