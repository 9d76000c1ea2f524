/** Telemetry is taken in no, one or several threads alike: stored, counted, refused and drained the same. */

import { createServer } from 'node:net';
import { describe, expect, it, onTestFinished } from 'vitest';
import { openConfiguredTaking } from '../../../commands/serve/open-taking.ts';
import { type Config, loadConfig } from '../../../config.ts';
import { HingeError } from '../../../errors.ts';
import type { Log } from '../../../model.ts';
import { silentLog, useEngine } from '../../support/engine.ts';
import { postJson, spanId, traceId, tracesRequest } from '../../support/otlp.ts';

const tests = useEngine();

const REQUESTS = 40;
const SPANS = 25;

function config(...assignments: string[]): Config {
  const all = ['collector.port=0', 'collector.grpcPort=0', `store.database=${tests.database}`, ...assignments];
  return loadConfig({ environment: {}, assignments: all });
}

async function open(threads: number, assignments: string[] = [], log: Log = silentLog) {
  await tests.freshStore();
  const asked = config(`collector.threads=${threads}`, ...assignments);
  const taking = await openConfiguredTaking(asked, tests.engine.connection, log);
  onTestFinished(() => taking[Symbol.asyncDispose]());
  return { ...taking, url: `http://${taking.address.host}:${taking.address.port}/v1/traces` };
}

const request = (number: number) => {
  const id = (i: number) => number * SPANS + i + 1;
  const span = (i: number) => ({
    traceId: traceId(id(i)),
    spanId: spanId(id(i)),
    name: 'GET /',
    startMs: 1_000,
    durationMs: 1,
  });
  return tracesRequest([{ service: 'cart', items: Array.from({ length: SPANS }, (_, i) => span(i)) }]);
};

async function storedSpans(): Promise<number> {
  await using store = await tests.freshStore({ database: tests.database });
  return (await store.status()).spans;
}

describe.each([0, 1, 3])('%i threads', (threads) => {
  it('store and count what was acknowledged', async () => {
    const taking = await open(threads);
    const answers = await Promise.all(Array.from({ length: REQUESTS }, (_, i) => postJson(taking.url, request(i))));
    const bad = await postJson(taking.url, { resourceSpans: 'none' });

    expect(answers.map(({ status }) => status)).toEqual(Array(REQUESTS).fill(200));
    expect(bad.status).toBe(400);
    expect(await storedSpans()).toBe(REQUESTS * SPANS);
    const { signals, queueBytes, commits } = await taking.counters();
    expect(signals.traces).toMatchObject({ requests: REQUESTS + 1, accepted: REQUESTS * SPANS, invalid: 1 });
    expect(queueBytes).toBe(0);
    expect(commits).toBeGreaterThan(0);
  });

  it('commit what is under way before they close', async () => {
    const taking = await open(threads);
    const answers = Array.from({ length: REQUESTS }, (_, i) => postJson(taking.url, request(i)));
    // Watched from the start: a connection that the close cuts off may say so before the close is done.
    const settled = Promise.allSettled(answers);
    await answers[0];
    await taking[Symbol.asyncDispose]();

    const outcomes = await settled;
    const acknowledged = outcomes.filter((each) => each.status === 'fulfilled' && each.value.ok).length;
    expect(await storedSpans()).toBe(acknowledged * SPANS);
  });

  it('say that the port is in use', async () => {
    const other = createServer().listen(0, '127.0.0.1');
    onTestFinished(() => void other.close());
    await new Promise((resolve) => other.once('listening', resolve));
    const { port } = other.address() as { port: number };

    const opening = open(threads, [`collector.port=${port}`]);
    await expect(opening).rejects.toBeInstanceOf(HingeError);
    await expect(opening).rejects.toMatchObject({
      code: 'PORT_IN_USE',
      message: expect.stringContaining(`port ${port}`),
    });
  });

  it('log through the logger of the process', async () => {
    const lines: string[] = [];
    const log = { ...silentLog, info: (_: object, text: string) => lines.push(text) };
    await open(threads, [], log);
    expect(lines).toContain('takes OTLP');
  });
});

it('several threads do not share their port with another Hinge', async () => {
  const first = await open(2);
  await expect(open(2, [`collector.port=${first.address.port}`])).rejects.toMatchObject({ code: 'PORT_IN_USE' });
});
