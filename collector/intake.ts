/** What becomes of the bytes of one export request, whichever door it came through: translated, added, committed, counted. */

import { HingeError } from '../errors.ts';
import type { Log } from '../model.ts';
import type { Committer } from './commit/commit.ts';
import { newSignalCounters, type SignalCounters } from './counters.ts';
import { REQUESTS } from './json/schema.ts';
import { type Translated, translate } from './json/translate.ts';
import type { Limits } from './limits.ts';
import { unlocated } from './located.ts';
import type { Outcome } from './request.ts';
import type { Signal } from './transcode.ts';
import { runInTurns } from './turns.ts';

export type Encoding = 'protobuf' | 'json';

export interface IntakeOptions {
  readonly limits: Limits;
  readonly committer: Committer;
  readonly log: Log;
}

export interface Intake {
  readonly signals: Readonly<Record<Signal, SignalCounters>>;
  /** Throws OVERLOADED when so much waits already that a request need not even be read. */
  checkRoom(): void;
  /**
   * Returns once every accepted item is committed. Its bytes are not read any more once `onRead` was called, which is long
   * before that; when it throws, `onRead` may not have been called.
   * @throws HingeError INPUT_INVALID, INPUT_TOO_LARGE, OVERLOADED, STORE_UNAVAILABLE, STORE_REFUSED
   */
  take(signal: Signal, encoding: Encoding, body: Uint8Array, more?: Taking): Promise<Outcome>;
}

interface Taking {
  readonly onRead?: () => void;
  /** How long its sender had waited already. @default 0 */
  readonly waitedMs?: number;
}

/** Of the time for a commit, what a request has that took all of it to arrive. */
const LEAST_SHARE = 1 / 4;

export function createIntake({ limits, committer, log }: IntakeOptions): Intake {
  const signals = { traces: newSignalCounters(), metrics: newSignalCounters() };
  const storeWatch = createStoreWatch(log);

  const take: Intake['take'] = async (signal, encoding, body, { onRead, waitedMs = 0 } = {}) => {
    const counters = signals[signal];
    const startMs = performance.now();
    const { wire, unknownName }: Translated =
      encoding === 'json'
        ? await runInTurns(translate(REQUESTS[signal], body, limits))
        : { wire: body, unknownName: undefined };
    const { outcome, committed } = await committer.add(signal, wire).catch((error: unknown) => {
      // A place in the translation is none that the sender of JSON knows.
      throw encoding === 'json' ? unlocated(error) : error;
    });
    onRead?.();
    counters.received += outcome.accepted + outcome.rejected;
    // The sender waits since it began to send; where many come at once, to be read takes its time as well.
    const leftMs = limits.commitTimeoutMs - waitedMs - (performance.now() - startMs);
    const timeoutMs = Math.max(LEAST_SHARE * limits.commitTimeoutMs, leftMs);
    await within(committed, timeoutMs, () => tooSlow(limits.commitTimeoutMs));
    counters.accepted += outcome.accepted;
    counters.rejected += outcome.rejected;
    counters.truncated += outcome.truncated;
    const isEmpty = outcome.accepted + outcome.rejected === 0;
    return isEmpty && unknownName !== undefined ? { ...outcome, message: passedOver(signal, unknownName) } : outcome;
  };

  return {
    signals,
    checkRoom() {
      if (committer.counters().queueBytes >= limits.maxBytesInFlight) throw overloaded();
    },
    async take(signal, encoding, body, more) {
      try {
        const outcome = await take(signal, encoding, body, more);
        storeWatch(undefined);
        return outcome;
      } catch (error) {
        storeWatch(error);
        throw error;
      }
    },
  };
}

/** A sender of names that are older than OTLP 1.0, or in snake_case, would believe that all is well. */
function passedOver(signal: Signal, name: string): string {
  const [items, names] =
    signal === 'traces'
      ? ['spans', 'resourceSpans, scopeSpans and spans']
      : ['metrics', 'resourceMetrics, scopeMetrics and metrics'];
  return `no ${items} in the request: "${name.slice(0, 40)}" is no name of OTLP/JSON, which has ${names}`;
}

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

async function within(promise: Promise<void>, timeoutMs: number, error: () => HingeError): Promise<void> {
  const { promise: timeout, reject } = Promise.withResolvers<never>();
  const timer = setTimeout(() => reject(error()), timeoutMs);
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
