/** Posts over HTTP/1.1 connections that stay open. */

import { once } from 'node:events';
import { Agent, type IncomingMessage, request } from 'node:http';
import type { Outcome, Send } from './load.ts';

export interface HttpSender extends Disposable {
  readonly send: Send;
}

export interface HttpTarget {
  /** With its path and query. */
  readonly url: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly connections: number;
}

/** Statuses after which OTLP tells a client to send again. */
const AGAIN: readonly (number | undefined)[] = [429, 502, 503, 504];

export function createHttpSender({ url, headers, connections }: HttpTarget): HttpSender {
  const agent = new Agent({ keepAlive: true, maxSockets: connections });
  const send: Send = async (bytes): Promise<Outcome> => {
    const post = request(url, { agent, method: 'POST', headers: { ...headers, 'content-length': bytes.length } });
    post.end(bytes);
    const [answer] = (await once(post, 'response')) as [IncomingMessage];
    const text = await readText(answer);
    if (answer.statusCode === 200) return 'done';
    if (AGAIN.includes(answer.statusCode)) return 'again';
    throw new Error(`${url} answered ${answer.statusCode}: ${text.slice(0, 500)}`);
  };
  return { send, [Symbol.dispose]: () => agent.destroy() };
}

async function readText(answer: IncomingMessage): Promise<string> {
  let text = '';
  for await (const chunk of answer.setEncoding('utf8')) text += String(chunk);
  return text;
}
