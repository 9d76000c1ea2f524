/** What a sender whose request is wrong is told: google.rpc.BadRequest, with the place where it is known, by both encodings and both doors. */

import { Client, credentials, status } from '@grpc/grpc-js';
import { describe, expect, it, onTestFinished } from 'vitest';
import { spanId, traceId } from '../support/otlp.ts';
import { lengthDelimited } from '../support/otlp-protobuf.ts';
import { readStatus } from '../support/rpc-status.ts';
import { call, TRACES } from './grpc-call.ts';
import { createMemorySink, openTestCollector } from './support.ts';

const INVALID_ARGUMENT = 3;
const BAD_REQUEST = 'type.googleapis.com/google.rpc.BadRequest';

async function open(limits = {}) {
  const collector = await openTestCollector(createMemorySink().sink, limits, { grpcPort: 0 });
  const client = new Client(`127.0.0.1:${collector.address.grpcPort}`, credentials.createInsecure());
  onTestFinished(async () => {
    client.close();
    await collector[Symbol.asyncDispose]();
  });
  return { url: `${collector.url}/v1/traces`, client };
}

async function post(url: string, body: Uint8Array, headers: Readonly<Record<string, string>>) {
  const response = await fetch(url, { method: 'POST', headers, body });
  return { status: response.status, body: Buffer.from(await response.arrayBuffer()) };
}

/** google.rpc.Status of a request that is wrong at one place; the description is the message. */
const wrongAt = (field: object, message: RegExp) => ({
  code: INVALID_ARGUMENT,
  message: expect.stringMatching(message),
  details: [{ '@type': BAD_REQUEST, fieldViolations: [{ ...field, description: expect.stringMatching(message) }] }],
});

const span = (fields: string) => `{"traceId":"${traceId(1)}","spanId":"${spanId(1)}"${fields}}`;
const spans = (...items: readonly string[]) => `{"resourceSpans":[{"scopeSpans":[{},{"spans":[${items}]}]}]}`;
const attribute = (value: string) =>
  `,"attributes":[{"key":"a","value":{"stringValue":"x"}},{"key":"b","value":${value}}]`;
const nested = `${'{"arrayValue":{"values":['.repeat(60)}${']}}'.repeat(60)}`;
const SPANS = 'resourceSpans[0].scopeSpans[1].spans';

describe('JSON', () => {
  it.each<[string, string, object, RegExp]>([
    ['a wrong type', spans(span(''), span(',"kind":"SERVER"')), { field: `${SPANS}[1].kind` }, /kind must be a whole/],
    ['a wrong list', spans(span(',"events":{}')), { field: `${SPANS}[0].events` }, /events must be an array/],
    ['a wrong element', spans(span(''), '7'), { field: `${SPANS}[1]` }, /an element of spans must be an object/],
    [
      'a wrong value of an attribute',
      spans(span(''), span(''), span(`,"name":"x"${attribute('{"intValue":"x"}')}`)),
      { field: `${SPANS}[2].attributes[1].value.intValue` },
      /intValue must be a whole number/,
    ],
    [
      'a name beyond a list',
      spans(span(`${attribute('{"arrayValue":{"values":[{},{}]}}')},"status":1`)),
      { field: `${SPANS}[0].status` },
      /status must be an object/,
    ],
    [
      'text that ends within',
      spans(span('')).slice(0, -3),
      { field: 'resourceSpans[0]' },
      /not valid JSON: .* at byte/,
    ],
    ['text that is no JSON', 'hello', { field: 'byte 0' }, /not valid JSON/],
    ['an unknown member that is no JSON', '{"later":tru}', { field: expect.stringMatching(/^byte \d+$/) }, /not valid/],
    ['values nested too deep, which shows in the translation', spans(span(attribute(nested))), {}, /nested deeper/],
  ])('with %s', async (_, text, field, message) => {
    const { url } = await open();
    const { status, body } = await post(url, Buffer.from(text), { 'content-type': 'application/json' });

    expect(status).toBe(400);
    expect(JSON.parse(body.toString())).toEqual(wrongAt(field, message));
  });
});

describe('protobuf', () => {
  const inSpans = (bytes: Uint8Array) => [2, 2, 1].reduce((inner, field) => lengthDelimited(field, inner), bytes);
  it.each<[string, Uint8Array, object, RegExp]>([
    ['a length beyond the end', Buffer.from([10, 5, 0]), { field: 'byte 2' }, /beyond the end/],
    ['text', Buffer.from('hello'), { field: expect.stringMatching(/^byte \d$/) }, /not a valid OTLP protobuf/],
    ['a group in a span', inSpans(Buffer.from([9 * 8 + 3])), { field: 'byte 7' }, /not a valid OTLP protobuf/],
  ])('with %s, by HTTP and gRPC', async (_, sent, field, message) => {
    const { url, client } = await open();
    const http = await post(url, sent, { 'content-type': 'application/x-protobuf' });
    const grpc = await call(client, TRACES, sent);

    expect(http.status).toBe(400);
    expect(readStatus(http.body)).toEqual(wrongAt(field, message));
    expect(grpc).toMatchObject({ code: status.INVALID_ARGUMENT, details: expect.stringMatching(message) });
    expect(readStatus(grpc.status ?? Buffer.alloc(0))).toEqual(wrongAt(field, message));
  });
});

it('a body that cannot be unpacked has no place', async () => {
  const { url } = await open();
  const { status, body } = await post(url, Buffer.from('no gzip'), {
    'content-type': 'application/x-protobuf',
    'content-encoding': 'gzip',
  });

  expect(status).toBe(400);
  expect(readStatus(body)).toEqual(wrongAt({}, /not valid gzip/));
});

it('other refusals carry no BadRequest', async () => {
  const { url } = await open({ maxBodyBytes: 10 });
  const { status, body } = await post(url, Buffer.alloc(20), { 'content-type': 'application/x-protobuf' });

  expect(status).toBe(413);
  expect(readStatus(body)).toEqual({ code: 8, message: expect.stringContaining('send smaller batches') });
});
