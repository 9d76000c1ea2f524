/** Many connections, slow, idle or busy: others are served, nothing is lost, and what does not send is let go. */

import { Agent, request } from 'node:http';
import { connect, type Socket } from 'node:net';
import { expect, it, onTestFinished } from 'vitest';
import { postJson, spanId, traceId, tracesRequest } from '../support/otlp.ts';
import { createMemorySink, openTestCollector } from './support.ts';

const requestOf = (n: number) =>
  tracesRequest([
    { service: 'a', items: [{ traceId: traceId(n), spanId: spanId(n), name: 'x', startMs: 1, durationMs: 1 }] },
  ]);
const numbers = (count: number) => Array.from({ length: count }, (_, n) => n + 1);
const ANSWER = /HTTP\/1.1 \d+/g;
const HEAD = 'POST /v1/traces HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\n';

function rawRequest(n: number): string {
  const body = JSON.stringify(requestOf(n));
  return `${HEAD}Content-Length: ${body.length}\r\n\r\n${body}`;
}

async function open(limits = {}) {
  const memory = createMemorySink();
  const collector = await openTestCollector(memory.sink, limits);
  onTestFinished(() => collector[Symbol.asyncDispose]());
  return { collector, stored: () => memory.rows('otel_traces').map((row) => Number(`0x${row.SpanId}`)) };
}

/** Sockets that are connected. */
async function dial(port: number, count: number) {
  const sockets = await Promise.all(
    numbers(count).map(
      () =>
        new Promise<Socket>((resolve) => {
          const socket = connect(port, '127.0.0.1', () => resolve(socket));
          socket.on('error', () => {});
        }),
    ),
  );
  onTestFinished(() => {
    for (const socket of sockets) socket.destroy();
  });
  return sockets;
}

/** What a socket receives until it is closed. */
function untilClosed(socket: Socket): Promise<string> {
  let received = '';
  socket.on('data', (data) => {
    received += data;
  });
  return new Promise((resolve) => socket.once('close', () => resolve(received)));
}

const statusOf = async (url: string, n: number) => (await postJson(`${url}/v1/traces`, requestOf(n))).status;

it('2,000 idle connections do not keep others from being served', async () => {
  const { collector, stored } = await open();
  const idle = await dial(collector.address.port, 2_000);

  expect(await Promise.all(numbers(50).map((n) => statusOf(collector.url, n)))).toEqual(Array(50).fill(200));
  expect(idle.filter((socket) => !socket.destroyed)).toHaveLength(2_000);
  expect(stored()).toHaveLength(50);
});

it('idle connections are let go by the header timeout', async () => {
  const { collector } = await open({ headersTimeoutMs: 100 });
  const idle = await dial(collector.address.port, 200);

  await Promise.all(idle.map(untilClosed));
  expect(await statusOf(collector.url, 1)).toBe(200);
});

it('500 connections whose heads come letter by letter are cut by the header timeout, and others are served meanwhile', async () => {
  const { collector, stored } = await open({ headersTimeoutMs: 1_000 });
  const slow = await dial(collector.address.port, 500);
  const closed = Promise.all(slow.map(untilClosed));
  for (const socket of slow) socket.write(HEAD);
  const dripping = setInterval(() => {
    for (const socket of slow) socket.write('X');
  }, 50);
  onTestFinished(() => clearInterval(dripping));

  expect(await Promise.all(numbers(50).map((n) => statusOf(collector.url, n)))).toEqual(Array(50).fill(200));
  expect(new Set((await closed).map((received) => received.split('\r\n', 1)[0]))).toEqual(
    new Set(['HTTP/1.1 408 Request Timeout']),
  );
  expect(stored()).toHaveLength(50);
});

it('200 connections whose bodies come letter by letter are cut, and others are served meanwhile', async () => {
  const { collector, stored } = await open({ headersTimeoutMs: 500, requestTimeoutMs: 1_000 });
  const slow = await dial(collector.address.port, 200);
  const closed = Promise.all(slow.map(untilClosed));
  for (const socket of slow) socket.write(rawRequest(1).slice(0, -100));
  const dripping = setInterval(() => {
    for (const socket of slow) socket.write(' ');
  }, 50);
  onTestFinished(() => clearInterval(dripping));

  expect(await Promise.all(numbers(50).map((n) => statusOf(collector.url, n)))).toEqual(Array(50).fill(200));

  await closed;
  expect(stored()).toHaveLength(50);
  expect(collector.counters()).toMatchObject({
    receivingBytes: 0,
    signals: { traces: { aborted: 200, accepted: 50 } },
  });
});

it('500 requests on one connection, without waiting for answers, are each answered and stored once', async () => {
  const { collector, stored } = await open();
  const [socket] = await dial(collector.address.port, 1);
  socket?.write(numbers(500).map(rawRequest).join(''));
  let received = '';
  for await (const data of socket ?? []) {
    received += data;
    if (received.match(ANSWER)?.length === 500) break;
  }

  expect(received.match(ANSWER)).toEqual(Array(500).fill('HTTP/1.1 200'));
  expect(stored().toSorted((a, b) => a - b)).toEqual(numbers(500));
});

it.each([
  ['on connections of their own', 500],
  ['over 20 connections that are kept', 20],
])('500 requests at once, %s, are each answered and stored once', async (_, maxSockets) => {
  const { collector, stored } = await open();
  const agent = new Agent({ keepAlive: true, maxSockets });
  onTestFinished(() => agent.destroy());
  const answers = await Promise.all(numbers(500).map((n) => send(collector.url, agent, n)));

  expect(answers.filter(({ status }) => status !== 200)).toEqual([]);
  expect(new Set(answers.map(({ port }) => port)).size).toBeLessThanOrEqual(maxSockets);
  expect(stored().toSorted((a, b) => a - b)).toEqual(numbers(500));
});

/** The status of the answer, and the port of ours that the request left from. */
function send(url: string, agent: Agent, n: number): Promise<{ status: number | undefined; port: number | undefined }> {
  return new Promise((resolve, reject) => {
    const headers = { 'content-type': 'application/json' };
    const sent = request(`${url}/v1/traces`, { agent, method: 'POST', headers }, (response) => {
      const port = response.socket.localPort;
      response.resume().once('end', () => resolve({ status: response.statusCode, port }));
    });
    sent.once('error', reject).end(JSON.stringify(requestOf(n)));
  });
}
