/** gRPC calls that are packed wrongly or that nobody waits for any more, over real connections. */

import { once } from 'node:events';
import { connect } from 'node:http2';
import { gzipSync } from 'node:zlib';
import { Client, credentials, Metadata, type ServiceError, status } from '@grpc/grpc-js';
import { expect, it, onTestFinished } from 'vitest';
import { spanId, traceId, tracesRequest } from '../support/otlp.ts';
import { encodeRequest } from '../support/otlp-protobuf.ts';
import { call, TRACES } from './grpc-call.ts';
import { createMemorySink, openTestCollector } from './support.ts';

const REQUEST = encodeRequest(
  tracesRequest([
    {
      service: 'a',
      items: [1, 2].map((n) => ({ traceId: traceId(n), spanId: spanId(n), name: 'x', startMs: 1, durationMs: 1 })),
    },
  ]),
);

async function open() {
  const memory = createMemorySink();
  const collector = await openTestCollector(memory.sink, {}, { grpcPort: 0 });
  const address = `127.0.0.1:${collector.address.grpcPort}`;
  const client = new Client(address, credentials.createInsecure());
  onTestFinished(async () => {
    client.close();
    await collector[Symbol.asyncDispose]();
  });
  return { memory, collector, client, url: `http://${address}` };
}

/** One message as it travels, said to be compressed, by bare HTTP/2; the gRPC status of the answer. */
async function packed(url: string, encoding: string, message: Uint8Array): Promise<number> {
  const session = connect(url);
  onTestFinished(() => session.close());
  const stream = session.request({
    ':method': 'POST',
    ':path': TRACES,
    'content-type': 'application/grpc',
    te: 'trailers',
    'grpc-encoding': encoding,
  });
  const seen: Record<string, unknown> = {};
  for (const part of ['response', 'trailers']) stream.on(part, (headers: object) => Object.assign(seen, headers));
  const head = Buffer.alloc(5);
  head[0] = 1;
  head.writeUInt32BE(message.length, 1);
  stream.end(Buffer.concat([head, message]));
  stream.resume();
  await once(stream, 'close');
  return Number(seen['grpc-status']);
}

it.each<[string, string, () => Uint8Array, number]>([
  ['gzip', 'gzip', () => gzipSync(REQUEST), status.OK],
  ['an encoding that is not known', 'br', () => REQUEST, status.UNIMPLEMENTED],
  ['gzip that unfolds to 200 MiB', 'gzip', () => gzipSync(Buffer.alloc(200 * 2 ** 20)), status.RESOURCE_EXHAUSTED],
])('a message packed by %s', async (_, encoding, message, expected) => {
  const { memory, client, url } = await open();

  expect(await packed(url, encoding, message())).toBe(expected);
  expect(memory.rows('otel_traces')).toHaveLength(expected === status.OK ? 2 : 0);
  expect((await call(client, TRACES, REQUEST)).code).toBe(status.OK);
});

it.each([
  ['was cancelled', status.CANCELLED],
  ['ran out of its deadline', status.DEADLINE_EXCEEDED],
])('a call that %s while its rows are committed is stored whole, and the next one is answered', async (_, code) => {
  const { memory, collector, client } = await open();
  memory.hold();
  const { promise, resolve } = Promise.withResolvers<ServiceError | null>();
  const asIs = (bytes: Buffer) => bytes;
  const deadline = code === status.CANCELLED ? Number.POSITIVE_INFINITY : Date.now() + 1_000;
  const sent = client.makeUnaryRequest(TRACES, asIs, asIs, Buffer.from(REQUEST), new Metadata(), { deadline }, resolve);
  await memory.held(1);
  if (code === status.CANCELLED) sent.cancel();

  expect(await promise).toMatchObject({ code });
  memory.release();
  expect((await call(client, TRACES, REQUEST)).code).toBe(status.OK);
  expect(memory.rows('otel_traces')).toHaveLength(4);
  expect(collector.counters()).toMatchObject({ queueBytes: 0, signals: { traces: { requests: 2, accepted: 4 } } });
});
