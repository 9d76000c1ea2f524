/** Small bodies that unfold to very large ones: refused before they are unfolded, while others are served. */

import { gzipSync, zstdCompressSync } from 'node:zlib';
import { expect, it, onTestFinished } from 'vitest';
import { DEFAULT_LIMITS } from '../../collector/limits.ts';
import { postJson, spanId, traceId, tracesRequest } from '../support/otlp.ts';
import { readStatus } from '../support/rpc-status.ts';
import { createMemorySink, openTestCollector } from './support.ts';

const MIB = 2 ** 20;
const RESOURCE_EXHAUSTED = 8;
const GOOD = tracesRequest([
  { service: 'a', items: [{ traceId: traceId(1), spanId: spanId(1), name: 'x', startMs: 1, durationMs: 1 }] },
]);

/** The same member again and again, in no more bytes than may be sent. */
function members(member: Uint8Array): Uint8Array {
  const count = Math.floor(DEFAULT_LIMITS.maxCompressedBytes / member.length);
  return Buffer.alloc(count * member.length).fill(member);
}

async function open() {
  const memory = createMemorySink();
  const collector = await openTestCollector(memory.sink);
  onTestFinished(() => collector[Symbol.asyncDispose]());
  const post = async (body: Uint8Array, coding: string) => {
    const headers = { 'content-type': 'application/x-protobuf', 'content-encoding': coding };
    const response = await fetch(`${collector.url}/v1/traces`, { method: 'POST', headers, body });
    return { status: response.status, body: Buffer.from(await response.arrayBuffer()) };
  };
  return { memory, collector, post };
}

it.each<[string, string, () => Uint8Array]>([
  ['gzip of one member, 1000 to 1', 'gzip', () => gzipSync(Buffer.alloc(200 * MIB))],
  ['gzip of 20,000 members, each 1000 to 1', 'gzip', () => members(gzipSync(Buffer.alloc(MIB)))],
  ['gzip of 700,000 small members', 'gzip', () => members(gzipSync(Buffer.alloc(1_000)))],
  ['zstd, 30,000 to 1', 'zstd', () => zstdCompressSync(Buffer.alloc(200 * MIB))],
])('%s: 413 with no more than 64 MiB unfolded, and another sender is answered meanwhile', async (_, coding, make) => {
  const { memory, collector, post } = await open();
  const bomb = make();
  let mostBytes = 0;
  const order: string[] = [];
  const refused = post(bomb, coding).finally(() => order.push('bomb'));
  while (mostBytes === 0) mostBytes = await receivingBytes();
  const taken = postJson(`${collector.url}/v1/traces`, GOOD).finally(() => order.push('good'));
  while (order.length < 2) mostBytes = Math.max(mostBytes, await receivingBytes());

  expect((await taken).status).toBe(200);
  const { status, body } = await refused;
  expect(status).toBe(413);
  expect(readStatus(body)).toEqual({
    code: RESOURCE_EXHAUSTED,
    message: expect.stringContaining('after decompression'),
  });
  expect(order).toEqual(['good', 'bomb']);
  expect(mostBytes).toBeLessThanOrEqual(DEFAULT_LIMITS.maxBodyBytes);
  expect(memory.rows('otel_traces')).toHaveLength(1);
  expect(collector.counters()).toMatchObject({
    receivingBytes: 0,
    signals: { traces: { requests: 2, invalid: 1, accepted: 1 } },
  });

  async function receivingBytes(): Promise<number> {
    await new Promise(setImmediate);
    return collector.counters().receivingBytes;
  }
});

it('gzip of a million empty members is an empty request', async () => {
  const { post } = await open();

  expect(await post(members(gzipSync('')), 'gzip')).toMatchObject({ status: 200 });
});
