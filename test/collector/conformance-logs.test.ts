/** Hinge takes no logs: a sender of all signals is told so once a request, in its own encoding, and its spans and metrics are taken as ever. */

import { once } from 'node:events';
import { Agent, type IncomingMessage, request } from 'node:http';
import { buffer } from 'node:stream/consumers';
import { gzipSync } from 'node:zlib';
import { Client, credentials, status } from '@grpc/grpc-js';
import { describe, expect, it, onTestFinished } from 'vitest';
import { exampleJson, exampleProtobuf } from '../support/otlp-schema.ts';
import { readStatus } from '../support/rpc-status.ts';
import { call, LOGS, TRACES } from './grpc-call.ts';
import { createMemorySink, openTestCollector } from './support.ts';

const JSON_TYPE = 'application/json';
const PROTOBUF_TYPE = 'application/x-protobuf';
const TOLD = 'nothing is taken at /v1/logs: Hinge takes traces and metrics, at /v1/traces and /v1/metrics';
const NOT_FOUND = 5;

async function open() {
  const memory = createMemorySink();
  const collector = await openTestCollector(memory.sink, {}, { grpcPort: 0 });
  onTestFinished(() => collector[Symbol.asyncDispose]());
  return { memory, collector };
}

/** Over the agent's one connection. */
async function post(agent: Agent, url: string, body: Uint8Array, headers: Readonly<Record<string, string>>) {
  const sent = request(url, { method: 'POST', agent, headers: { ...headers, 'content-length': body.length } });
  sent.end(body);
  const [response] = (await once(sent, 'response')) as [IncomingMessage];
  return {
    status: response.statusCode,
    type: response.headers['content-type'],
    body: await buffer(response),
    reused: sent.reusedSocket,
  };
}

describe.each(['logs', 'events'] as const)('%s.json', (name) => {
  it.each<[string, Uint8Array, Readonly<Record<string, string>>, (body: Buffer) => unknown]>([
    ['JSON', exampleJson(name), { 'content-type': JSON_TYPE }, (body) => JSON.parse(body.toString())],
    [
      'JSON with gzip',
      gzipSync(exampleJson(name)),
      { 'content-type': JSON_TYPE, 'content-encoding': 'gzip' },
      (body) => JSON.parse(body.toString()),
    ],
    ['protobuf', exampleProtobuf('logs', name), { 'content-type': PROTOBUF_TYPE }, readStatus],
    ['protobuf of 3 MB', Buffer.alloc(3_000_000), { 'content-type': PROTOBUF_TYPE }, readStatus],
  ])('by %s is answered with 404 and why, and its connection goes on with spans', async (_, logs, headers, read) => {
    const { memory, collector } = await open();
    const agent = new Agent({ keepAlive: true, maxSockets: 1 });
    onTestFinished(() => agent.destroy());
    const spans = exampleProtobuf('traces', 'trace');

    for (const reused of [false, true]) {
      const refused = await post(agent, `${collector.url}/v1/logs`, logs, headers);
      const taken = await post(agent, `${collector.url}/v1/traces`, spans, { 'content-type': PROTOBUF_TYPE });

      expect(refused).toMatchObject({ status: 404, type: headers['content-type'], reused });
      expect(read(refused.body)).toEqual({ code: NOT_FOUND, message: TOLD });
      expect(taken).toMatchObject({ status: 200, body: Buffer.alloc(0), reused: true });
    }
    expect(memory.rows('otel_traces')).toHaveLength(2);
    expect(collector.counters().signals.traces).toMatchObject({ requests: 2, accepted: 2, invalid: 0 });
  });
});

it('logs by gRPC are UNIMPLEMENTED, which is final, and the channel goes on with spans', async () => {
  const { memory, collector } = await open();
  const client = new Client(`127.0.0.1:${collector.address.grpcPort}`, credentials.createInsecure());
  onTestFinished(() => client.close());

  expect(await call(client, LOGS, exampleProtobuf('logs', 'logs'))).toMatchObject({
    code: status.UNIMPLEMENTED,
    details: expect.stringContaining('LogsService'),
  });
  expect(await call(client, TRACES, exampleProtobuf('traces', 'trace'))).toMatchObject({ code: status.OK });
  expect(memory.rows('otel_traces')).toHaveLength(1);
});
