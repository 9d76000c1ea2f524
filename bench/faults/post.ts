/** One attempt to deliver a request, and what came of it, a broken connection included. */

import { once } from 'node:events';
import { type Agent, type IncomingMessage, request } from 'node:http';

export interface Answer {
  /** Undefined when there was none: refused, reset, or not within the time of an exporter. */
  readonly status: number | undefined;
  readonly retryAfter: string | undefined;
}

/** What exporters wait (OTLP exporter specification). */
const TIMEOUT_MS = 10_000;
const NO_ANSWER: Answer = { status: undefined, retryAfter: undefined };

export async function post(agent: Agent, url: string, bytes: Buffer, timeoutMs = TIMEOUT_MS): Promise<Answer> {
  const headers = { 'content-type': 'application/x-protobuf', 'content-length': bytes.length };
  const attempt = request(`${url}/v1/traces`, { agent, method: 'POST', headers });
  const timer = setTimeout(() => attempt.destroy(new Error('no answer in time')), timeoutMs);
  try {
    attempt.end(bytes);
    const [answer] = (await once(attempt, 'response')) as [IncomingMessage];
    for await (const _ of answer);
    return { status: answer.statusCode, retryAfter: answer.headers['retry-after'] };
  } catch {
    return NO_ANSWER;
  } finally {
    clearTimeout(timer);
  }
}
