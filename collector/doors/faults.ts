/** What a sender is told when its request could not be taken. */

import { type ErrorCode, HingeError, messageOf } from '../../errors.ts';
import type { Log } from '../../model.ts';
import { LocatedError } from '../located.ts';

const STATUSES: Partial<Readonly<Record<ErrorCode, number>>> = {
  INPUT_INVALID: 400,
  INPUT_UNSUPPORTED: 415,
  INPUT_TOO_LARGE: 413,
  OVERLOADED: 429,
};

export interface Fault {
  /** Of HTTP. 500 would tell the sender to drop its data: whatever is not the sender's fault is 503. */
  readonly status: number;
  readonly message: string;
  /** Of 400, when it is known: which part of the request is wrong, a path or a position. */
  readonly place?: string;
}

/** Writes a fault of the collector itself to the log, and keeps its details from the sender. */
export function faultOf(error: unknown, log: Log): Fault {
  const code = error instanceof HingeError ? error.code : 'INTERNAL';
  if (code === 'INTERNAL') {
    log.error({ err: error }, 'a request failed by a fault in the collector');
    return { status: 503, message: 'a fault in the collector' };
  }
  const fault = { status: STATUSES[code] ?? 503, message: messageOf(error) };
  return error instanceof LocatedError ? { ...fault, place: error.place } : fault;
}

/** Whether the same request may be sent again (OTLP/HTTP, "Failures"). */
export const isRetryable = (status: number): boolean => status === 429 || status === 503;
