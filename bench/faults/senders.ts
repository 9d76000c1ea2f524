/** Senders as OTLP wants them: each sends a request again until it is acknowledged, and the driver keeps the books. */

import { Agent } from 'node:http';
import { setTimeout as sleep } from 'node:timers/promises';
import type { NumberedBody } from './numbered-bodies.ts';
import { type Answer, post } from './post.ts';

export interface Attempt extends Answer {
  readonly number: number;
  readonly startMs: number;
  readonly endMs: number;
}

export interface SendersOptions {
  /** Where to send; undefined while there is nothing to send to, or nothing shall be sent. */
  readonly url: () => string | undefined;
  readonly senders: number;
  readonly makeBody: () => NumberedBody;
  readonly signal: AbortSignal;
  /** Requests are numbered from here on. @default 1 */
  readonly firstNumber?: number;
  /** How long after a failed attempt the same request is sent again. @default 50 */
  readonly againAfterMs?: number;
  /** How long a sender waits for the answer. @default 10 000, as exporters do */
  readonly timeoutMs?: number;
  readonly onAttempt?: (attempt: Attempt) => void;
}

export interface Senders {
  readonly books: Books;
  /** Begins nothing new, and resolves when what was begun is acknowledged, or after a minute. */
  finish(): Promise<void>;
}

/** All numbers are of requests. */
export interface Books {
  readonly spansPerRequest: number;
  /** How often each was sent. */
  readonly sent: ReadonlyMap<number, number>;
  readonly acknowledged: ReadonlySet<number>;
  /** Answers by status; `none` for connections that were refused, cut or silent. */
  readonly answers: ReadonlyMap<string, number>;
}

const PATIENCE_MS = 60_000;

export function startSenders(options: SendersOptions): Senders {
  const { signal, againAfterMs = 50 } = options;
  const agent = new Agent({ keepAlive: true, maxSockets: options.senders });
  const bodies = Array.from({ length: options.senders }, options.makeBody);
  const sent = new Map<number, number>();
  const acknowledged = new Set<number>();
  const answers = new Map<string, number>();
  let next = options.firstNumber ?? 1;
  let until = Number.POSITIVE_INFINITY;
  const isOver = () => signal.aborted || performance.now() > until;

  const attempt = async (url: string, number: number, bytes: Buffer): Promise<boolean> => {
    sent.set(number, (sent.get(number) ?? 0) + 1);
    const startMs = performance.now();
    const answer = await post(agent, url, bytes, options.timeoutMs);
    options.onAttempt?.({ ...answer, number, startMs, endMs: performance.now() });
    const name = answer.status === undefined ? 'none' : String(answer.status);
    answers.set(name, (answers.get(name) ?? 0) + 1);
    return answer.status === 200;
  };
  const deliver = async (number: number, bytes: Buffer): Promise<void> => {
    while (!isOver()) {
      const url = options.url();
      if (url !== undefined && (await attempt(url, number, bytes))) {
        acknowledged.add(number);
        return;
      }
      await sleep(url === undefined ? 5 : againAfterMs);
    }
  };
  const sender = async (body: NumberedBody): Promise<void> => {
    while (!isOver() && until === Number.POSITIVE_INFINITY) {
      const number = next++;
      body.renumber(number);
      await deliver(number, body.bytes);
    }
  };
  const ended = Promise.all(bodies.map(sender));
  return {
    books: { spansPerRequest: bodies[0]?.spans ?? 0, sent, acknowledged, answers },
    async finish() {
      until = performance.now() + PATIENCE_MS;
      await ended;
      agent.destroy();
    },
  };
}

/** `200: 31, 503: 2, none: 4`. */
export function answersOf({ answers }: Books): string {
  return [...answers]
    .sort(([a], [b]) => a.localeCompare(b))
    .map(([name, count]) => `${name}: ${count}`)
    .join(', ');
}
