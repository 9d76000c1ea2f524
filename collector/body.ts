/** Reads the body of a request, decompressed, and never holds more of it than allowed. */

import type { IncomingMessage } from 'node:http';
import { pipeline } from 'node:stream/promises';
import { createGunzip } from 'node:zlib';
import { HingeError, messageOf } from '../errors.ts';
import type { Budget } from './budget.ts';

export interface BodyLimits {
  readonly maxCompressedBytes: number;
  readonly maxBodyBytes: number;
}

export interface ReceivedBody extends Disposable {
  readonly bytes: Uint8Array;
}

/**
 * Takes from the budget as bytes arrive; disposing gives them back. The request itself is left alive when reading stops
 * early, so that it can still be answered.
 *
 * @throws HingeError INPUT_TOO_LARGE, INPUT_INVALID for bad gzip, OVERLOADED from the budget; what the socket threw when the
 * client went away.
 */
export async function readBody(
  request: IncomingMessage,
  gzip: boolean,
  limits: BodyLimits,
  budget: Budget,
): Promise<ReceivedBody> {
  const pieces: Uint8Array[] = [];
  let held = 0;
  const giveBack = () => {
    budget.give(held);
    held = 0;
  };
  const collect = async (source: AsyncIterable<Uint8Array>) => {
    for await (const piece of counted(source, gzip ? limits.maxBodyBytes : Number.POSITIVE_INFINITY, 'decompressed')) {
      budget.take(piece.length);
      held += piece.length;
      pieces.push(piece);
    }
  };
  const maxSentBytes = gzip ? limits.maxCompressedBytes : limits.maxBodyBytes;
  const sent = counted(request.iterator({ destroyOnReturn: false }), maxSentBytes, 'sent');
  try {
    if (gzip) await pipeline(sent, createGunzip(), collect);
    else await collect(sent);
  } catch (error) {
    giveBack();
    throw isZlibError(error) ? badGzip(error) : error;
  }
  return { bytes: Buffer.concat(pieces), [Symbol.dispose]: giveBack };
}

async function* counted(
  source: AsyncIterable<Uint8Array>,
  limitBytes: number,
  what: string,
): AsyncGenerator<Uint8Array, void, undefined> {
  let bytes = 0;
  for await (const piece of source) {
    bytes += piece.length;
    if (bytes > limitBytes) {
      throw new HingeError(
        'INPUT_TOO_LARGE',
        `the body has more than ${limitBytes} bytes (${what}): send smaller batches`,
      );
    }
    yield piece;
  }
}

function isZlibError(error: unknown): boolean {
  return error instanceof Error && 'code' in error && typeof error.code === 'string' && error.code.startsWith('Z_');
}

const badGzip = (cause: unknown) =>
  new HingeError('INPUT_INVALID', `the body is not valid gzip (${messageOf(cause)}): it may have been cut off`, {
    cause,
  });
