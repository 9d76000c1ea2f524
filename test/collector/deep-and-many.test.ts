/** Bodies of very many or very deep messages, through the door: refused in the encoding of the request, and the next one is taken. */

import { describe, expect, it, onTestFinished } from 'vitest';
import type { Encoding } from '../../collector/intake.ts';
import type { Log } from '../../model.ts';
import { postJson, spanId, traceId, tracesRequest } from '../support/otlp.ts';
import { lengthDelimited } from '../support/otlp-protobuf.ts';
import { readStatus } from '../support/rpc-status.ts';
import { createMemorySink, openTestCollector, silentLog } from './support.ts';

const INVALID_ARGUMENT = 3;
const RESOURCE_EXHAUSTED = 8;
const TYPES = { json: 'application/json', protobuf: 'application/x-protobuf' } as const;
const GOOD = tracesRequest([
  { service: 'a', items: [{ traceId: traceId(1), spanId: spanId(1), name: 'x', startMs: 1, durationMs: 1 }] },
]);

/** Sends the body to a collector of its own, then a good request; what it says of faults of its own is in `errors`. */
async function refusalOf(encoding: Encoding, body: Uint8Array) {
  const memory = createMemorySink();
  const errors: unknown[] = [];
  const log: Log = { ...silentLog, error: (fields) => errors.push(fields) };
  const collector = await openTestCollector(memory.sink, {}, { log });
  onTestFinished(() => collector[Symbol.asyncDispose]());
  const url = `${collector.url}/v1/traces`;
  const response = await fetch(url, { method: 'POST', headers: { 'content-type': TYPES[encoding] }, body });
  const answer = Buffer.from(await response.arrayBuffer());
  const next = await postJson(url, GOOD);
  return {
    status: response.status,
    type: response.headers.get('content-type'),
    told: encoding === 'json' ? JSON.parse(answer.toString()) : readStatus(answer),
    next: next.status,
    stored: memory.rows('otel_traces').length,
    errors,
  };
}

const served = { next: 200, stored: 1, errors: [] };

describe('ten million empty messages', () => {
  const COUNT = 10_000_000;
  const MESSAGES = /more than 5000000 (messages|objects) in one request/;
  const empties = (field: number) => Buffer.alloc(2 * COUNT).fill(Buffer.from([tagOf(field), 0]));
  const objects = `{}${',{}'.repeat(COUNT - 1)}`;

  it.each<[string, Encoding, () => Uint8Array]>([
    ['resources in protobuf', 'protobuf', () => empties(1)],
    ['spans in protobuf', 'protobuf', () => within([1, 2], empties(2))],
    ['heads of one resource in protobuf', 'protobuf', () => within([1], empties(1))],
    ['attributes of one span in protobuf', 'protobuf', () => inSpan([], empties(9))],
    ['unknown fields of one span in protobuf', 'protobuf', () => inSpan([], empties(14))],
    ['resources in JSON', 'json', () => Buffer.from(`{"resourceSpans":[${objects}]}`)],
    ['spans in JSON', 'json', () => Buffer.from(`{"resourceSpans":[{"scopeSpans":[{"spans":[${objects}]}]}]}`)],
  ])('%s', async (_, encoding, body) => {
    expect(await refusalOf(encoding, body())).toEqual({
      status: 413,
      type: TYPES[encoding],
      told: { code: RESOURCE_EXHAUSTED, message: expect.stringMatching(MESSAGES) },
      ...served,
    });
  });
});

describe('values one inside the other', () => {
  const DEEP = 1_000_000;
  const inJson = (open: string, close: string) =>
    Buffer.from(
      `{"resourceSpans":[{"scopeSpans":[{"spans":[{"attributes":[{"key":"a","value":${open.repeat(DEEP)}{}${close.repeat(DEEP)}}]}]}]}]}`,
    );
  /** The value of an attribute: these fields, one inside the other, again and again. */
  const inProtobuf = (fields: readonly number[]) =>
    inSpan([9, 2, ...Array.from({ length: 100_000 }, () => fields).flat()], new Uint8Array());

  it.each<[string, Encoding, () => Uint8Array]>([
    ['100,000 lists in protobuf', 'protobuf', () => inProtobuf([5, 1])],
    ['100,000 maps in protobuf', 'protobuf', () => inProtobuf([6, 1, 2])],
    ['a million lists in JSON', 'json', () => inJson('{"arrayValue":{"values":[', ']}}')],
    ['a million maps in JSON', 'json', () => inJson('{"kvlistValue":{"values":[{"key":"k","value":', '}]}}')],
    [
      'a million arrays of an unknown member in JSON',
      'json',
      () => Buffer.from(`{"later":${'['.repeat(DEEP)}${']'.repeat(DEEP)}}`),
    ],
  ])('%s', async (_, encoding, body) => {
    const message = expect.stringMatching(/nested deeper/);
    expect(await refusalOf(encoding, body())).toMatchObject({
      status: 400,
      type: TYPES[encoding],
      told: {
        code: INVALID_ARGUMENT,
        message,
        details: [
          { '@type': 'type.googleapis.com/google.rpc.BadRequest', fieldViolations: [{ description: message }] },
        ],
      },
      ...served,
    });
  });
});

/** A request of one span: its ids, and the bytes inside these fields of it. */
function inSpan(fields: readonly number[], inner: Uint8Array): Uint8Array {
  const ids = [lengthDelimited(1, Buffer.alloc(16, 1)), lengthDelimited(2, Buffer.alloc(8, 1))];
  return within([1, 2, 2], Buffer.concat([...ids, within(fields, inner)]));
}

/** The bytes inside a field inside a field and so on, the outermost first. Made from the inside, so that depth costs no copies. */
function within(fields: readonly number[], inner: Uint8Array): Uint8Array {
  const heads: Uint8Array[] = [];
  let length = inner.length;
  for (const field of fields.toReversed()) {
    const head = Uint8Array.from([tagOf(field), ...varint(length)]);
    heads.push(head);
    length += head.length;
  }
  return Buffer.concat([...heads.toReversed(), inner]);
}

/** Of a field with a length, up to field 15. */
function tagOf(field: number): number {
  return field * 8 + 2;
}

function varint(value: number): number[] {
  return value < 128 ? [value] : [(value % 128) | 128, ...varint(Math.floor(value / 128))];
}
