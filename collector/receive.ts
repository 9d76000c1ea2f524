/** One export request from its first byte to its answer, in flat steps: admit, read, decode, commit, answer. */

import type { IncomingMessage } from 'node:http';
import { type ErrorCode, HingeError, messageOf } from '../errors.ts';
import type { Log } from '../model.ts';
import { type Admission, admit } from './admit.ts';
import { type Answer, failureAnswer, successAnswer } from './answers.ts';
import { readBody } from './body.ts';
import { type Budget, createBudget } from './budget.ts';
import type { Committer } from './commit.ts';
import { corsHeaders, preflightAnswer } from './cors.ts';
import { countAnswer, newSignalCounters, type SignalCounters } from './counters.ts';
import { decode, type Encoding, type Signal } from './decode.ts';
import type { Limits } from './limits.ts';

export interface ReceiverOptions {
  readonly limits: Limits;
  readonly committer: Committer;
  readonly corsOrigins: readonly string[];
  readonly log: Log;
  /** Whether requests are still taken. */
  readonly isOpen: () => boolean;
}

export interface Receiver {
  /** Never rejects; undefined when nobody is left to answer. */
  receive(request: IncomingMessage): Promise<Answer | undefined>;
  readonly signals: Readonly<Record<Signal, SignalCounters>>;
  receivingBytes(): number;
}

type Admitted = Extract<Admission, { encoding: Encoding }>;

const STATUSES: Partial<Readonly<Record<ErrorCode, number>>> = {
  INPUT_INVALID: 400,
  INPUT_UNSUPPORTED: 415,
  INPUT_TOO_LARGE: 413,
  OVERLOADED: 429,
};

export function createReceiver(options: ReceiverOptions): Receiver {
  const { limits, corsOrigins } = options;
  const budget = createBudget(limits.maxReceivingBytes, 'requests that are being read');
  const signals = { traces: newSignalCounters(), metrics: newSignalCounters() };
  const storeWatch = createStoreWatch(options.log);

  const receiveAdmitted = async (request: IncomingMessage, admitted: Admitted): Promise<Answer | undefined> => {
    const counters = signals[admitted.signal];
    if (!options.isOpen()) return failureAnswer(503, admitted.encoding, 'the collector is closing', retryAfter(limits));
    try {
      const answer = await store(request, admitted, options, budget, counters);
      storeWatch(undefined);
      return answer;
    } catch (error) {
      if (request.errored !== null && !request.complete) {
        counters.aborted++;
        return undefined;
      }
      storeWatch(error);
      return failureOf(error, admitted.encoding, options);
    }
  };

  return {
    signals,
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

/** Reads, decodes and commits; throws what is wrong. */
async function store(
  request: IncomingMessage,
  { signal, encoding, gzip }: Admitted,
  { limits, committer }: ReceiverOptions,
  budget: Budget,
  counters: SignalCounters,
): Promise<Answer> {
  if (committer.counters().queueBytes >= limits.maxBytesInFlight) throw overloaded();
  const decoded = await readAndDecode();
  counters.received += decoded.accepted + decoded.rejected;
  await within(committer.add(decoded.chunks), limits.commitTimeoutMs);
  counters.accepted += decoded.accepted;
  counters.rejected += decoded.rejected;
  counters.truncated += decoded.truncated;
  return successAnswer(signal, encoding, decoded.rejected, decoded.message);

  async function readAndDecode() {
    using body = await readBody(request, gzip, limits, budget);
    return decode(signal, encoding, body.bytes, limits);
  }
}

function failureOf(error: unknown, encoding: Encoding, { limits, log }: ReceiverOptions): Answer {
  const code = error instanceof HingeError ? error.code : 'INTERNAL';
  if (code === 'INTERNAL') log.error({ err: error }, 'a request failed by a fault in the collector');
  // 500 would tell the sender to drop its data: whatever is not the sender's fault is 503.
  const status = STATUSES[code] ?? 503;
  const retry = status === 429 || status === 503 ? retryAfter(limits) : {};
  return failureAnswer(status, encoding, code === 'INTERNAL' ? 'a fault in the collector' : messageOf(error), retry);
}

const retryAfter = (limits: Limits) => ({ 'retry-after': String(limits.retryAfterSeconds) });

/** Says once that the store went away and once that it is back, not with every request. */
function createStoreWatch(log: Log): (error: unknown) => void {
  let away = false;
  return (error) => {
    const failed =
      error instanceof HingeError && (error.code === 'STORE_UNAVAILABLE' || error.code === 'STORE_REFUSED');
    if (failed && !away) log.warn({ err: error }, 'telemetry cannot be committed; senders are asked to send it again');
    if (error === undefined && away) log.info({}, 'telemetry is committed again');
    if (failed || error === undefined) away = failed;
  };
}

async function within(promise: Promise<void>, timeoutMs: number): Promise<void> {
  const { promise: timeout, reject } = Promise.withResolvers<never>();
  const timer = setTimeout(() => reject(tooSlow(timeoutMs)), timeoutMs);
  try {
    await Promise.race([promise, timeout]);
  } finally {
    clearTimeout(timer);
  }
}

const overloaded = () =>
  new HingeError('OVERLOADED', 'too many rows wait for the store: send it again later', { retryable: true });

const tooSlow = (timeoutMs: number) =>
  new HingeError('STORE_UNAVAILABLE', `the store did not commit within ${timeoutMs} ms: send it again`, {
    retryable: true,
  });
