/** Acknowledged means stored, and counted once: over kill -9 of Hinge under load, with senders that send again. */

import { setTimeout as delay } from 'node:timers/promises';
import { describe, expect, it } from 'vitest';
import type { Report } from '../../model.ts';
import { scratchFolder, serveHinge } from '../support/hinge.ts';
import { postJson, type SpanInput, spanId, traceId, tracesRequest } from '../support/otlp.ts';

/** A hundred are the business of `npm run test:faults`. */
const KILLS = 6;
const SENDERS = 4;
const SPANS_PER_REQUEST = 200;
const MINUTE_MS = 60_000;

/** A small generator of known numbers: the moments of the kills are the same in every run. */
function randomFrom(seed: number): () => number {
  let state = seed;
  return () => {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0;
    return state / 2 ** 32;
  };
}

/** Half of the spans lie before the upgrade, half after it. */
function request(number: number, upgradeMs: number) {
  const spans = Array.from({ length: SPANS_PER_REQUEST }, (_, index): SpanInput => {
    const id = number * SPANS_PER_REQUEST + index + 1;
    const offsetMs = (2 + (id % 40)) * MINUTE_MS;
    return {
      traceId: traceId(id),
      spanId: spanId(id),
      name: 'GET /cart',
      startMs: index % 2 === 0 ? upgradeMs - offsetMs : upgradeMs + offsetMs,
      durationMs: 20 + (id % 17),
    };
  });
  return tracesRequest([
    { service: 'cart', attributes: { 'service.instance.id': `cart-${number % 3}` }, items: spans },
  ]);
}

describe('kill -9 under load', () => {
  it(`loses no acknowledged span and counts none twice, ${KILLS} times`, { timeout: 240_000 }, async () => {
    using folder = scratchFolder();
    const settings = [
      'store.slotSeconds=60',
      'store.sealDelaySeconds=1',
      'store.horizonSeconds=5',
      'analysis.warmupSeconds=0',
    ];
    const argv = ['collector.port=0', 'collector.grpcPort=0', 'api.port=0', ...settings].flatMap((each) => [
      '--set',
      each,
    ]);
    const start = () => serveHinge(['--data', folder.path, ...argv]);
    const random = randomFrom(7);
    let hinge = await start();
    const upgrade = await (await postJson(`${hinge.apiUrl}/api/v1/upgrades`, { name: 'kill', changed: [] })).json();
    const { startedMs } = upgrade as { startedMs: number };
    await postJson(`${hinge.apiUrl}/api/v1/upgrades/kill/finish`, {});

    let next = 0;
    let stopped = false;
    let acknowledged = 0;
    let sentAgain = 0;
    const sender = async () => {
      while (!stopped) {
        sentAgain += await sendUntilAcknowledged(() => hinge.otlpUrl, request(next++, startedMs));
        acknowledged += 1;
      }
    };
    const senders = Array.from({ length: SENDERS }, sender);
    for (let kill = 0; kill < KILLS; kill += 1) {
      await delay(50 + random() * 700);
      await hinge.end('SIGKILL');
      hinge = await start();
    }
    stopped = true;
    await Promise.all(senders);

    // The candidate ends with the slot of the newest span: one span later than all others lets it hold them all.
    const sentinel: SpanInput = {
      traceId: traceId(1),
      spanId: spanId(2 ** 40),
      name: 'last',
      startMs: startedMs + 50 * MINUTE_MS,
      durationMs: 1,
    };
    await postJson(`${hinge.otlpUrl}/v1/traces`, tracesRequest([{ service: 'cart', items: [sentinel] }]));
    const report = (await (await fetch(`${hinge.apiUrl}/api/v1/upgrades/kill/report?format=json`)).json()) as Report;
    const half = (acknowledged * SPANS_PER_REQUEST) / 2;
    expect(sentAgain).toBeGreaterThan(0);
    expect(acknowledged).toBeGreaterThan(KILLS);
    expect(report.health.calls).toEqual({ baseline: half, candidate: half });
    await hinge.end('SIGTERM');
  });
});

/** As an exporter does: sends the same body again until it is acknowledged; gives how often it was sent again. */
async function sendUntilAcknowledged(url: () => string, body: object): Promise<number> {
  for (let again = 0; ; again += 1) {
    const response = await postJson(`${url()}/v1/traces`, body).catch(() => undefined);
    if (response?.status === 200) return again;
    await delay(50);
  }
}
