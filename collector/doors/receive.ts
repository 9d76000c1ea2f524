/** One export request from its first byte to its answer, in flat steps: admit, read, decode, commit, answer. */

import type { IncomingMessage } from 'node:http';
import type { Log } from '../../model.ts';
import { countAnswer, newSignalCounters } from '../counters.ts';
import type { Encoding, Intake } from '../intake.ts';
import type { Limits } from '../limits.ts';
import { type Admission, admit } from './admit.ts';
import { type Answer, failureAnswer, successAnswer } from './answers.ts';
import { type Authorize, denialOf } from './authorize.ts';
import { type Room, readBody } from './body.ts';
import { createBudget } from './budget.ts';
import { corsHeaders, preflightAnswer } from './cors.ts';
import { faultOf, isRetryable } from './faults.ts';
import { createMemory } from './memory.ts';

export interface ReceiverOptions {
  readonly limits: Limits;
  readonly intake: Intake;
  readonly authorize: Authorize;
  readonly corsOrigins: readonly string[];
  readonly log: Log;
  /** Whether requests are still taken. */
  readonly isOpen: () => boolean;
}

export interface Receiver {
  /** Never rejects; undefined when nobody is left to answer. */
  receive(request: IncomingMessage): Promise<Answer | undefined>;
  receivingBytes(): number;
}

const CLOSING = { status: 503, message: 'the collector is closing' };

type Admitted = Extract<Admission, { encoding: Encoding }>;

/** Of memory for bodies that is kept between them. */
const KEPT_BODY_BYTES = 32 * 2 ** 20;

export function createReceiver(options: ReceiverOptions): Receiver {
  const { limits, corsOrigins } = options;
  const budget = createBudget(limits.maxReceivingBytes, 'requests that are being read');
  const room: Room = { budget, memory: createMemory(KEPT_BODY_BYTES) };
  const { signals } = options.intake;

  const receiveAdmitted = async (request: IncomingMessage, admitted: Admitted): Promise<Answer | undefined> => {
    const counters = signals[admitted.signal];
    const denied = denialOf(options.authorize(request.headers.authorization));
    if (denied !== undefined) {
      return failureAnswer(denied, admitted.encoding, { 'www-authenticate': 'Bearer' });
    }
    if (!options.isOpen()) return failureAnswer(CLOSING, admitted.encoding, retryAfter(limits));
    try {
      return await take(request, admitted, options, room);
    } catch (error) {
      if (request.errored !== null && !request.complete) {
        counters.aborted++;
        return undefined;
      }
      return failureOf(error, admitted.encoding, options);
    }
  };

  return {
    receivingBytes: () => budget.usedBytes,
    async receive(request) {
      const path = (request.url ?? '').split('?', 1)[0] ?? '';
      const head = { method: request.method ?? '', path, headers: request.headers };
      const preflight = preflightAnswer(head, corsOrigins);
      const admission = preflight === undefined ? admit(head, limits.maxBodyBytes) : { answer: preflight };
      const counters = admission.signal === undefined ? newSignalCounters() : signals[admission.signal];
      counters.requests++;
      const answer = 'answer' in admission ? admission.answer : await receiveAdmitted(request, admission);
      if (answer === undefined) return undefined;
      countAnswer(counters, answer.status);
      return { ...answer, headers: { ...answer.headers, ...corsHeaders(head.headers.origin, corsOrigins) } };
    },
  };
}

/** Reads the body and hands it on; throws what is wrong. */
async function take(
  request: IncomingMessage,
  { signal, encoding, compression }: Admitted,
  { limits, intake }: ReceiverOptions,
  room: Room,
): Promise<Answer> {
  intake.checkRoom();
  const startMs = performance.now();
  using body = await readBody(request, compression, limits, room);
  const onRead = () => body[Symbol.dispose]();
  const waitedMs = performance.now() - startMs;
  const { rejected, message } = await intake.take(signal, encoding, body.bytes, { onRead, waitedMs });
  return successAnswer(signal, encoding, rejected, message);
}

function failureOf(error: unknown, encoding: Encoding, { limits, log }: ReceiverOptions): Answer {
  const fault = faultOf(error, log);
  return failureAnswer(fault, encoding, isRetryable(fault.status) ? retryAfter(limits) : {});
}

const retryAfter = (limits: Limits) => ({ 'retry-after': String(limits.retryAfterSeconds) });
