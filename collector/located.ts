/** Input that is wrong at a place that is known. */

import { HingeError } from '../errors.ts';

export class LocatedError extends HingeError {
  /** A path such as `resourceSpans[0].scopeSpans[0].spans[7].kind`, or `byte 17`. */
  readonly place: string;

  constructor(error: HingeError, place: string) {
    super(error.code, error.message, { cause: error });
    this.place = place;
  }
}

/** The same error with its place when it is INPUT_INVALID, any other as it is. */
export function located(error: unknown, place: string): unknown {
  const isInvalid = error instanceof HingeError && error.code === 'INPUT_INVALID';
  return isInvalid ? new LocatedError(error, place) : error;
}

/** For what was found at a place that means nothing to the sender. */
export const unlocated = (error: unknown): unknown => (error instanceof LocatedError ? error.cause : error);
