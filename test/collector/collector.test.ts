/** The life of the collector: opening, closing under load, senders that go away. */

import { once } from 'node:events';
import { createServer } from 'node:http';
import { connect, type Socket } from 'node:net';
import { describe, expect, it } from 'vitest';
import { openCollector } from '../../collector/collector.ts';
import { postJson, spanId, traceId, tracesRequest } from '../support/otlp.ts';
import { createMemorySink, openTestCollector, silentLog } from './support.ts';

const request = (n: number) =>
  tracesRequest([
    { service: 'a', items: [{ traceId: traceId(n), spanId: spanId(n), name: 'x', startMs: 1, durationMs: 1 }] },
  ]);
const status = async (response: Promise<Response>) => (await response).status;

function rawRequest(n: number): string {
  const body = JSON.stringify(request(n));
  return `POST /v1/traces HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\nContent-Length: ${body.length}\r\n\r\n${body}`;
}

async function readUntil(socket: Socket, pattern: RegExp): Promise<string> {
  let received = '';
  for await (const data of socket.iterator({ destroyOnReturn: false })) {
    received += data;
    if (pattern.test(received)) break;
  }
  return received;
}

describe('opening', () => {
  it('takes a free port for 0 and says which', async () => {
    await using collector = await openTestCollector(createMemorySink().sink);

    expect(collector.address).toEqual({ host: '127.0.0.1', port: expect.any(Number) });
    expect(await status(postJson(`${collector.url}/v1/traces`, request(1)))).toBe(200);
  });

  it('at a port in use names the port and the setting', async () => {
    const other = createServer().listen(0, '127.0.0.1');
    await once(other, 'listening');
    const { port } = other.address() as { port: number };
    const opening = openCollector({ host: '127.0.0.1', port, sink: createMemorySink().sink, log: silentLog });

    await expect(opening).rejects.toMatchObject({
      code: 'PORT_IN_USE',
      message: expect.stringMatching(new RegExp(`port ${port} .*collector\\.port`)),
    });
    other.close();
  });

  it('at an address that is not here names the settings', async () => {
    const opening = openCollector({ host: '192.0.2.1', port: 0, sink: createMemorySink().sink, log: silentLog });

    await expect(opening).rejects.toMatchObject({
      code: 'CONFIG_INVALID',
      message: expect.stringContaining('collector.host'),
    });
  });
});

describe('closing', () => {
  it('waits until what was taken is committed and answered', async () => {
    const memory = createMemorySink();
    const collector = await openTestCollector(memory.sink);
    memory.hold();
    const answers = [1, 2, 3].map((n) => status(postJson(`${collector.url}/v1/traces`, request(n))));
    await memory.held(1);
    while (collector.counters().signals.traces.received < 3) await new Promise(setImmediate);
    const closing = collector[Symbol.asyncDispose]();
    memory.release();
    await closing;

    expect(await Promise.all(answers)).toEqual([200, 200, 200]);
    expect(memory.rows('otel_traces')).toHaveLength(3);
    await expect(postJson(`${collector.url}/v1/traces`, request(4))).rejects.toThrow();
  });

  it('answers 503 to what comes on an open connection, and lets go of it', async () => {
    const memory = createMemorySink();
    const collector = await openTestCollector(memory.sink);
    memory.hold();
    const taken = status(postJson(`${collector.url}/v1/traces`, request(1)));
    await memory.held(1);
    const socket = connect(collector.address.port, '127.0.0.1');
    const late = rawRequest(2);
    socket.write(late.slice(0, 40));
    await once(socket, 'connect');
    await status(fetch(`${collector.url}/v1/traces`));
    const closing = collector[Symbol.asyncDispose]();
    socket.write(late.slice(40));
    const received = await readUntil(socket, /}$/);
    memory.release();
    await closing;

    expect(received).toMatch(/^HTTP\/1.1 503 [\s\S]*retry-after: 1[\s\S]*connection: close/i);
    expect(await taken).toBe(200);
    expect(memory.rows('otel_traces')).toHaveLength(1);
    socket.destroy();
  });

  it('does not wait for ever for a store that hangs', async () => {
    const memory = createMemorySink();
    const collector = await openTestCollector(memory.sink, { drainMs: 50 });
    memory.hold();
    const answer = postJson(`${collector.url}/v1/traces`, request(1)).catch((error: Error) => error);
    await memory.held(1);
    await collector[Symbol.asyncDispose]();

    expect(await answer).toBeInstanceOf(Error);
    memory.release();
  });
});

describe('a sender that goes away', () => {
  it('while its rows are committed leaves them stored and counted', async () => {
    const memory = createMemorySink();
    await using collector = await openTestCollector(memory.sink);
    memory.hold();
    const socket = connect(collector.address.port, '127.0.0.1');
    socket.write(rawRequest(1));
    await memory.held(1);
    socket.destroy();
    await once(socket, 'close');
    memory.release();
    while (collector.counters().signals.traces.accepted < 1) await new Promise(setImmediate);

    expect(memory.rows('otel_traces')).toHaveLength(1);
    expect(collector.counters()).toMatchObject({
      queueBytes: 0,
      receivingBytes: 0,
      signals: { traces: { requests: 1, received: 1, accepted: 1, aborted: 0 } },
    });
  });

  it('in the middle of its body leaves nothing but a count', async () => {
    const memory = createMemorySink();
    await using collector = await openTestCollector(memory.sink);
    const socket = connect(collector.address.port, '127.0.0.1');
    socket.write(rawRequest(1).slice(0, -20));
    while (collector.counters().receivingBytes === 0) await new Promise(setImmediate);
    socket.destroy();
    while (collector.counters().signals.traces.aborted < 1) await new Promise(setImmediate);

    expect(memory.blocks).toEqual([]);
    expect(collector.counters()).toMatchObject({
      queueBytes: 0,
      receivingBytes: 0,
      signals: { traces: { requests: 1, received: 0 } },
    });
  });
});

it('answers 300 requests at once, each after its commit, in far fewer inserts', async () => {
  const memory = createMemorySink();
  await using collector = await openTestCollector(memory.sink, { maxDelayMs: 20 });
  const answers = Array.from({ length: 300 }, (_, n) => status(postJson(`${collector.url}/v1/traces`, request(n + 1))));

  expect(new Set(await Promise.all(answers))).toEqual(new Set([200]));
  expect(new Set(memory.rows('otel_traces').map((row) => row.SpanId)).size).toBe(300);
  expect(memory.rows('otel_traces')).toHaveLength(300);
  expect(memory.blocks.length).toBeLessThan(100);
});
