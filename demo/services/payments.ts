/** A payment provider that is not ours: it throttles, fails now and then, and sends us no telemetry. */
import { once } from 'node:events';
import { createServer, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';
import { createRandom, drawMs } from './random.ts';
import { createTokenBucket } from './token-bucket.ts';

const SERVICE_TIME = { medianMs: 60, sigma: 0.4, slowShare: 0.02, slowMs: 80, maxMs: 900 };
/** Share of the charges that the provider fails with 503. */
const UNAVAILABLE_SHARE = 0.012;

/** What the provider lets through at once, in seconds of its rate. */
const BURST_SECONDS = 0.5;

const perSecond = Number(process.env.CHARGES_PER_SECOND ?? 50);
const random = createRandom(`${process.env.SEED ?? '1'} payments`);
const bucket = createTokenBucket(perSecond, perSecond * BURST_SECONDS, performance.now());

function answer(response: ServerResponse, status: number, headers: Record<string, string> = {}): void {
  response.writeHead(status, { 'content-type': 'application/json', ...headers });
  response.end(JSON.stringify({ charged: status === 201 }));
}

async function charge(response: ServerResponse): Promise<void> {
  const waitMs = bucket.take(performance.now());
  if (waitMs > 0) return answer(response, 429, { 'retry-after': String(Math.ceil(waitMs / 1_000)) });
  const unavailable = random() < UNAVAILABLE_SHARE;
  await sleep(Math.round(drawMs(SERVICE_TIME, random)));
  answer(response, unavailable ? 503 : 201);
}

const server = createServer((incoming, response) => {
  incoming.resume();
  void charge(response);
});
process.once('disconnect', () => process.exit(0));
process.once('SIGTERM', () => process.exit(0));
server.listen(0, '127.0.0.1');
await once(server, 'listening');
process.send?.({ kind: 'listening', url: `http://127.0.0.1:${(server.address() as AddressInfo).port}` });
