/** What OTLP/HTTP clients are told: status, encoding and body of every kind of answer, over real connections. */

import { once } from 'node:events';
import { connect } from 'node:net';
import { gzipSync, zstdCompressSync } from 'node:zlib';
import { describe, expect, it } from 'vitest';
import { spanId, traceId, tracesRequest } from '../support/otlp.ts';
import { encodeRequest } from '../support/otlp-protobuf.ts';
import { METRICS_REQUEST } from './metrics-example.ts';
import { createMemorySink, openTestCollector } from './support.ts';

const span = (n: number) => ({ traceId: traceId(n), spanId: spanId(n), name: 'x', startMs: 1, durationMs: 1 });
const REQUEST = tracesRequest([{ service: 'a', items: [span(1), span(2)] }]);
const JSON_BODY = Buffer.from(JSON.stringify(REQUEST));
const JSON_TYPE = 'application/json';
const PROTOBUF_TYPE = 'application/x-protobuf';

async function open(limits = {}, options = {}) {
  const memory = createMemorySink();
  return { memory, collector: await openTestCollector(memory.sink, limits, options) };
}

async function post(url: string, body: Uint8Array, headers: Record<string, string>) {
  const response = await fetch(url, { method: 'POST', headers, body });
  return { status: response.status, headers: response.headers, body: Buffer.from(await response.arrayBuffer()) };
}

describe('an answer', () => {
  it.each([
    ['JSON', JSON_TYPE, JSON_BODY, '{}'],
    ['protobuf', PROTOBUF_TYPE, encodeRequest(REQUEST), ''],
  ])('to %s that is accepted whole leaves partial success unset', async (_name, type, body, expected) => {
    const { collector, memory } = await open();
    await using _ = collector;
    const answer = await post(`${collector.url}/v1/traces`, body, { 'content-type': type });

    expect(answer).toMatchObject({ status: 200 });
    expect(answer.headers.get('content-type')).toBe(type);
    expect(answer.body.toString()).toBe(expected);
    expect(memory.rows('otel_traces')).toHaveLength(2);
  });

  it.each([
    [
      'traces',
      tracesRequest([{ service: 'a', items: [span(1), { ...span(2), traceId: 'abcd' }, { ...span(3), spanId: '' }] }]),
      'rejectedSpans',
      '2',
    ],
    [
      'metrics',
      {
        resourceMetrics: [
          {
            scopeMetrics: [
              { metrics: [{ name: 'g', gauge: { dataPoints: [{ timeUnixNano: '18446744073709551615' }] } }] },
            ],
          },
        ],
      },
      'rejectedDataPoints',
      '1',
    ],
  ])('about %s that are accepted in part says how many were not, and why', async (signal, request, field, count) => {
    const { collector } = await open();
    await using _ = collector;
    const json = await post(`${collector.url}/v1/${signal}`, Buffer.from(JSON.stringify(request)), {
      'content-type': JSON_TYPE,
    });
    const protobuf = await post(`${collector.url}/v1/${signal}`, encodeRequest(request), {
      'content-type': PROTOBUF_TYPE,
    });

    const { partialSuccess } = JSON.parse(json.body.toString());
    expect(partialSuccess).toMatchObject({
      [field]: count,
      errorMessage: expect.stringContaining('rejected; the first:'),
    });
    // ExportTracePartialSuccess: rejected = 1, error_message = 2, inside field 1 of the response.
    expect(protobuf).toMatchObject({ status: 200 });
    const message = Buffer.from(partialSuccess.errorMessage);
    expect(protobuf.body.subarray(0, 2)).toEqual(Buffer.from([0x0a, message.length + 4]));
    expect(protobuf.body.subarray(2)).toEqual(
      Buffer.concat([Buffer.from([0x08, Number(count), 0x12, message.length]), message]),
    );
  });

  it('warns of what was cut, with nothing rejected', async () => {
    const { collector } = await open({ maxValueBytes: 10 });
    await using _ = collector;
    const request = tracesRequest([{ service: 'a', items: [{ ...span(1), attributes: { a: 'x'.repeat(11) } }] }]);
    const { body } = await post(`${collector.url}/v1/traces`, Buffer.from(JSON.stringify(request)), {
      'content-type': JSON_TYPE,
    });

    expect(JSON.parse(body.toString())).toEqual({
      partialSuccess: { rejectedSpans: '0', errorMessage: expect.stringMatching(/^\d+ values or attributes cut/) },
    });
  });
});

describe('a request', () => {
  interface Case {
    readonly path?: string;
    readonly method?: string;
    readonly type?: string;
    readonly coding?: string;
    readonly body?: Uint8Array | null;
  }
  const gzip = gzipSync(JSON_BODY);
  const zstd = zstdCompressSync(JSON_BODY);
  it.each<[string, number, Case]>([
    ['JSON', 200, {}],
    ['JSON with a character set', 200, { type: 'application/json; charset=utf-8' }],
    ['a content type in capitals', 200, { type: 'Application/JSON' }],
    ['protobuf', 200, { type: PROTOBUF_TYPE, body: encodeRequest(REQUEST) }],
    ['an empty protobuf message', 200, { type: PROTOBUF_TYPE, body: new Uint8Array() }],
    ['an empty JSON message', 200, { body: Buffer.from('{}') }],
    ['metrics', 200, { path: '/v1/metrics', body: Buffer.from(JSON.stringify(METRICS_REQUEST)) }],
    ['a query behind the path', 200, { path: '/v1/traces?x=1' }],
    ['gzip', 200, { coding: 'gzip', body: gzip }],
    [
      'gzip of several members',
      200,
      { coding: 'gzip', body: Buffer.concat([gzipSync(JSON_BODY.subarray(0, 50)), gzipSync(JSON_BODY.subarray(50))]) },
    ],
    ['identity', 200, { coding: 'identity' }],
    ['gzip that is cut off', 400, { coding: 'gzip', body: gzip.subarray(0, 60) }],
    [
      'gzip that is damaged',
      400,
      {
        coding: 'gzip',
        body: Buffer.concat([gzip.subarray(0, 30), Buffer.from([1, 2, 3, 4, 5, 6, 7]), gzip.subarray(37)]),
      },
    ],
    ['gzip that is none', 400, { coding: 'gzip' }],
    ['zstd', 200, { coding: 'zstd', body: zstd }],
    ['zstd that is cut off', 400, { coding: 'zstd', body: zstd.subarray(0, 40) }],
    ['zstd that is none', 400, { coding: 'zstd' }],
    ['no JSON', 400, { body: Buffer.from('hello') }],
    ['no protobuf', 400, { type: PROTOBUF_TYPE, body: Buffer.from('hello') }],
    ['JSON said to be protobuf', 400, { type: PROTOBUF_TYPE }],
    ['an unknown path', 404, { path: '/' }],
    ['logs', 404, { path: '/v1/logs' }],
    ['GET', 405, { method: 'GET', body: null }],
    ['PUT', 405, { method: 'PUT' }],
    ['OPTIONS without CORS', 405, { method: 'OPTIONS', body: null }],
    ['text', 415, { type: 'text/plain' }],
    ['an empty content type', 415, { type: '' }],
    ['deflate', 415, { coding: 'deflate' }],
  ])(
    'with %s is answered with %i',
    async (_name, status, { path = '/v1/traces', method = 'POST', type = JSON_TYPE, coding, body = JSON_BODY }) => {
      const { collector } = await open();
      await using _ = collector;
      const response = await fetch(collector.url + path, {
        method,
        headers: { 'content-type': type, ...(coding ? { 'content-encoding': coding } : {}) },
        body,
      });

      expect(response.status).toBe(status);
      const text = Buffer.from(await response.arrayBuffer());
      expect(response.headers.get('content-type')).toBe(type === PROTOBUF_TYPE ? PROTOBUF_TYPE : JSON_TYPE);
      // google.rpc.Status: code = 1, message = 2.
      if (status >= 400 && type === PROTOBUF_TYPE) expect(text[0]).toBe(0x08);
      if (status >= 400 && type !== PROTOBUF_TYPE)
        expect(JSON.parse(text.toString())).toEqual({
          code: expect.any(Number),
          message: expect.stringMatching(/.{10}/),
          ...(status === 400 ? { details: [expect.objectContaining({ fieldViolations: [expect.anything()] })] } : {}),
        });
    },
  );

  it.each<[string, Record<string, number>, Uint8Array, Record<string, string>]>([
    ['a body that is too long', { maxBodyBytes: 1_000 }, Buffer.alloc(1_001, ' '), {}],
    [
      'gzip that unfolds 1000 to 1',
      { maxBodyBytes: 4_000_000 },
      gzipSync(Buffer.alloc(50_000_000)),
      { 'content-encoding': 'gzip' },
    ],
    [
      'gzip of members that unfold',
      { maxBodyBytes: 4_000_000 },
      Buffer.concat(Array(9).fill(gzipSync(Buffer.alloc(500_000)))),
      { 'content-encoding': 'gzip' },
    ],
    [
      'zstd that unfolds 10,000 to 1',
      { maxBodyBytes: 4_000_000 },
      zstdCompressSync(Buffer.alloc(50_000_000)),
      { 'content-encoding': 'zstd' },
    ],
    [
      'gzip that is too long as it is',
      { maxCompressedBytes: 100 },
      gzipSync(JSON_BODY),
      { 'content-encoding': 'gzip' },
    ],
  ])('with %s is answered with 413', async (_name, limits, body, headers) => {
    const { collector } = await open(limits);
    await using _ = collector;
    const answer = await post(`${collector.url}/v1/traces`, body, { 'content-type': JSON_TYPE, ...headers });

    expect(answer.status).toBe(413);
    expect(collector.counters()).toMatchObject({
      receivingBytes: 0,
      queueBytes: 0,
      signals: { traces: { requests: 1, invalid: 1, received: 0 } },
    });
  });

  it('that never ends is answered with 413, and its connection is cut', async () => {
    const { collector } = await open({ maxBodyBytes: 100_000 });
    await using _ = collector;
    const socket = connect(collector.address.port, '127.0.0.1');
    socket.on('error', () => {});
    const closed = new Promise((resolve) => socket.once('close', resolve));
    let received = '';
    socket.on('data', (data) => {
      received += data;
    });
    socket.write(
      'POST /v1/traces HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\nTransfer-Encoding: chunked\r\n\r\n',
    );
    const writing = setInterval(() => socket.write(`4000\r\n${' '.repeat(0x4000)}\r\n`), 1);
    await closed;
    clearInterval(writing);

    expect(received).toMatch(/^HTTP\/1.1 413 /);
  });

  it('whose head never ends is cut, and others are served meanwhile', async () => {
    const { collector } = await open({ headersTimeoutMs: 200 });
    await using _ = collector;
    const slow = connect(collector.address.port, '127.0.0.1');
    slow.resume();
    slow.write('POST /v1/traces HTTP/1.1\r\n');
    const closed = once(slow, 'close');

    expect((await post(`${collector.url}/v1/traces`, JSON_BODY, { 'content-type': JSON_TYPE })).status).toBe(200);
    await closed;
  });

  it('after another on the same connection, without waiting, is answered in order', async () => {
    const { collector, memory } = await open();
    await using _ = collector;
    const socket = connect(collector.address.port, '127.0.0.1');
    const bodies = [1, 2, 3].map((n) => JSON.stringify(tracesRequest([{ service: 'a', items: [span(n)] }])));
    const heads = bodies.map(
      (body) =>
        `POST /v1/traces HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\nContent-Length: ${body.length}\r\n\r\n${body}`,
    );
    socket.write(heads.join(''));
    let received = '';
    for await (const data of socket) {
      received += data;
      if (received.match(/HTTP\/1.1 200/g)?.length === 3) break;
    }

    expect(memory.rows('otel_traces')).toHaveLength(3);
  });
});

describe('web pages', () => {
  const preflight = {
    method: 'OPTIONS',
    headers: { origin: 'https://shop.test', 'access-control-request-method': 'POST' },
  };

  it('of a listed origin may send', async () => {
    const { collector } = await open({}, { corsOrigins: ['https://shop.test'] });
    await using _ = collector;
    const asked = await fetch(`${collector.url}/v1/traces`, preflight);
    const sent = await post(`${collector.url}/v1/traces`, JSON_BODY, {
      'content-type': JSON_TYPE,
      origin: 'https://shop.test',
    });

    expect(asked.status).toBe(204);
    expect(asked.headers.get('access-control-allow-headers')).toContain('content-type');
    for (const { headers } of [asked, sent])
      expect(headers.get('access-control-allow-origin')).toBe('https://shop.test');
    expect(asked.headers.get('access-control-allow-credentials')).toBeNull();
  });

  it.each([[[]], [['https://other.test']]])('of other origins may not, with %j allowed', async (corsOrigins) => {
    const { collector } = await open({}, { corsOrigins });
    await using _ = collector;
    const asked = await fetch(`${collector.url}/v1/traces`, preflight);

    expect(asked.status).toBe(405);
    expect(asked.headers.get('access-control-allow-origin')).toBeNull();
  });
});
