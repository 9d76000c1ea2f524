/** More than the limits allow, and a store that is away: refusals that senders may repeat, and nothing lost. */

import { connect } from 'node:net';
import { describe, expect, it } from 'vitest';
import { HingeError } from '../../errors.ts';
import { postJson, spanId, traceId, tracesRequest } from '../support/otlp.ts';
import { createMemorySink, openTestCollector } from './support.ts';

const span = (n: number) => ({ traceId: traceId(n), spanId: spanId(n), name: 'x', startMs: 1, durationMs: 1 });
const REQUEST = tracesRequest([{ service: 'a', items: [span(1), span(2)] }]);

async function open(limits = {}) {
  const memory = createMemorySink();
  const collector = await openTestCollector(memory.sink, limits);
  return { memory, collector, send: () => postJson(`${collector.url}/v1/traces`, REQUEST) };
}

describe('over the limits', () => {
  it('requests are refused with 429 without waiting, and taken again after the commit', async () => {
    const { collector, memory, send } = await open({ maxBytesInFlight: 1 });
    await using _ = collector;
    memory.hold();
    const first = send();
    await memory.held(1);

    // Answered while the first request still waits for its commit.
    const refused = await send();
    expect(refused.status).toBe(429);
    expect(refused.headers.get('retry-after')).toBe('1');

    memory.release();
    expect((await first).status).toBe(200);
    expect((await send()).status).toBe(200);
    expect(collector.counters()).toMatchObject({
      queueBytes: 0,
      signals: { traces: { requests: 3, accepted: 4, refused: 1 } },
    });
  });

  it('bodies that arrive slowly are counted while they arrive', async () => {
    const { collector, send } = await open({ maxReceivingBytes: 1_000 });
    await using _ = collector;
    const slow = connect(collector.address.port, '127.0.0.1');
    slow.on('error', () => {});
    slow.write(
      `POST /v1/traces HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\nContent-Length: 2000\r\n\r\n${' '.repeat(900)}`,
    );
    while (collector.counters().receivingBytes < 900) await new Promise(setImmediate);

    expect((await send()).status).toBe(429);

    slow.destroy();
    while (collector.counters().receivingBytes > 0) await new Promise(setImmediate);
    expect((await send()).status).toBe(200);
    expect(collector.counters().signals.traces).toMatchObject({ requests: 3, aborted: 1, refused: 1, accepted: 2 });
  });
});

describe('a store that is away', () => {
  it.each([
    ['retryable', new HingeError('STORE_UNAVAILABLE', 'no connection', { retryable: true })],
    ['refused', new HingeError('STORE_REFUSED', 'no table')],
    ['unknown', new Error('socket hang up')],
  ])('is 503 with Retry-After, never 500: %s', async (_name, error) => {
    const { collector, memory, send } = await open();
    await using _ = collector;
    memory.hold();
    const answer = send();
    await memory.held(1);
    memory.release(error);

    expect((await answer).status).toBe(503);
    expect((await answer).headers.get('retry-after')).toBe('1');
    expect(collector.counters()).toMatchObject({
      queueBytes: 0,
      failedCommits: 1,
      signals: { traces: { received: 2, accepted: 0, refused: 1 } },
    });
  });

  it('that does not answer is 503 well before the senders give up', async () => {
    const { collector, memory, send } = await open({ commitTimeoutMs: 50, drainMs: 50 });
    await using _ = collector;
    memory.hold();
    const answer = await send();
    memory.release();

    expect(answer.status).toBe(503);
    expect(await answer.text()).toContain('did not commit within 50 ms');
  });
});
