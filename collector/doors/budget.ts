/** Counts bytes that are held in memory, and says no above a limit. */

import { HingeError } from '../../errors.ts';

export interface Budget {
  readonly usedBytes: number;
  /** Throws OVERLOADED (retryable) when it does not fit; what is larger than the whole budget fits when nothing else is held. */
  take(bytes: number): void;
  give(bytes: number): void;
}

export function createBudget(limitBytes: number, what: string): Budget {
  let usedBytes = 0;
  return {
    get usedBytes() {
      return usedBytes;
    },
    take(bytes) {
      if (usedBytes > 0 && usedBytes + bytes > limitBytes) {
        throw new HingeError('OVERLOADED', `${what} hold ${usedBytes} of ${limitBytes} bytes: send it again later`, {
          retryable: true,
        });
      }
      usedBytes += bytes;
    },
    give(bytes) {
      usedBytes -= bytes;
    },
  };
}
