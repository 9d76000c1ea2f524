import { createServer, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';
import { describe, expect, it } from 'vitest';
import { quantile, requestAt, startTraffic, type Tally } from '../../demo/traffic.ts';
import { until } from './shop.ts';

async function openServer(answer: (response: ServerResponse, n: number) => void) {
  let requests = 0;
  const server = createServer((request, response) => {
    request.resume();
    answer(response, requests++);
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    requests: () => requests,
    async [Symbol.asyncDispose]() {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}

const total = (tally: Tally, key: 'sent' | 'answered' | 'failed'): number =>
  Object.values(tally).reduce((sum, route) => sum + route[key], 0);

describe('the customers', () => {
  it('order in three of five requests, evenly', () => {
    const orders = Array.from({ length: 50 }, (_, n) => requestAt(n).method === 'POST');
    expect(orders.filter(Boolean)).toHaveLength(30);
    for (let n = 0; n + 5 <= 50; n++) expect(orders.slice(n, n + 5).filter(Boolean)).toHaveLength(3);
  });

  it('keep coming at their rate while nothing is answered: the loop is open', async () => {
    const gate = Promise.withResolvers<void>();
    await using server = await openServer((response) => void gate.promise.then(() => response.end('{}')));
    const traffic = startTraffic({ perSecond: 200, targets: () => [server.url] });
    await until(() => server.requests() >= 60);
    gate.resolve();
    await traffic[Symbol.asyncDispose]();
    const tally = traffic.take();
    expect(total(tally, 'sent')).toBeGreaterThanOrEqual(60);
    expect(total(tally, 'answered')).toBe(total(tally, 'sent'));
  });

  it('count each request once, as answered or failed', async () => {
    await using server = await openServer((response, n) => {
      response.statusCode = n % 4 === 0 ? 502 : 200;
      response.end('{}');
    });
    const traffic = startTraffic({ perSecond: 400, targets: () => [server.url] });
    await until(() => server.requests() >= 80);
    await traffic[Symbol.asyncDispose]();
    const tally = traffic.take();
    expect(total(tally, 'sent')).toBe(server.requests());
    expect(total(tally, 'answered') + total(tally, 'failed')).toBe(total(tally, 'sent'));
    expect(total(tally, 'failed')).toBe(Math.ceil(server.requests() / 4));
  });

  it('measure from the moment a request was due, so that a hiccup of their own counts', async () => {
    await using server = await openServer((response) => response.end('{}'));
    const traffic = startTraffic({ perSecond: 100, targets: () => [server.url] });
    await until(() => server.requests() >= 5);
    const blockedUntil = performance.now() + 300;
    while (performance.now() < blockedUntil);
    await until(() => server.requests() >= 40);
    await traffic[Symbol.asyncDispose]();
    const slowest = Object.values(traffic.take()).map(({ latenciesMs }) => quantile(latenciesMs, 1));
    expect(Math.max(...slowest)).toBeGreaterThan(250);
  });

  it('fail when nobody is in service, and go on', async () => {
    const traffic = startTraffic({ perSecond: 200, targets: () => [] });
    await sleep(100);
    await traffic[Symbol.asyncDispose]();
    const tally = traffic.take();
    expect(total(tally, 'failed')).toBe(total(tally, 'sent'));
    expect(total(tally, 'sent')).toBeGreaterThan(0);
  });
});

describe('the nearest-rank quantile', () => {
  it.each([
    [[1, 2, 3, 4], 0.5, 2],
    [[1, 2, 3, 4], 0.95, 4],
    [[1, 2, 3, 4], 0, 1],
    [[7], 0.99, 7],
    [[], 0.5, Number.NaN],
  ])('of %j at %d is %d', (values, p, expected) => {
    expect(quantile(values, p)).toBe(expected);
  });
});
