/** Reads the body of a request, decompressed, and never holds more of it than allowed. */

import type { IncomingMessage } from 'node:http';
import type { Transform } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { createGunzip, createZstdDecompress } from 'node:zlib';
import { HingeError, messageOf } from '../../errors.ts';
import type { Budget } from './budget.ts';
import type { Memory } from './memory.ts';

export interface BodyLimits {
  readonly maxCompressedBytes: number;
  readonly maxBodyBytes: number;
}

export type Compression = 'none' | 'gzip' | 'zstd';

/** Where bodies go: how much of it there may be, and the memory itself. */
export interface Room {
  readonly budget: Budget;
  readonly memory: Memory;
}

/** Disposing it gives its memory back: its bytes must not be read any more. It may be disposed twice. */
export interface ReceivedBody extends Disposable {
  readonly bytes: Uint8Array;
}

/** Streams: they work beside the event loop, and stop when what comes out of them is too much. */
const DECOMPRESSORS: Readonly<Record<Exclude<Compression, 'none'>, () => Transform>> = {
  gzip: () => createGunzip(),
  zstd: () => createZstdDecompress(),
};

/** More than this is not set aside on a sender's word. */
const MAX_PROMISED_BYTES = 1 << 20;

/**
 * Takes from the room as bytes arrive; disposing gives it back. The request itself is left alive when reading stops
 * early, so that it can still be answered.
 *
 * @throws HingeError INPUT_TOO_LARGE, INPUT_INVALID for bad compression, OVERLOADED from the budget; what the socket threw when the
 * client went away.
 */
export async function readBody(
  request: IncomingMessage,
  compression: Compression,
  limits: BodyLimits,
  room: Room,
): Promise<ReceivedBody> {
  const promised = compression !== 'none' ? 0 : Number(request.headers['content-length'] ?? 0);
  const body = new Collected(room, limits.maxBodyBytes, Math.min(promised, MAX_PROMISED_BYTES));
  try {
    if (compression === 'none') await readInto(body, request);
    else await decompressInto(body, request, DECOMPRESSORS[compression](), limits);
  } catch (error) {
    body[Symbol.dispose]();
    throw isZlibError(error) ? cannotDecompress(compression, error) : error;
  }
  return body;
}

/** Bytes in one piece of memory that grows. */
class Collected implements ReceivedBody {
  private readonly room: Room;
  private readonly maxBytes: number;
  private buffer: Buffer | undefined;
  private length = 0;
  private held = 0;

  constructor(room: Room, maxBytes: number, capacity: number) {
    this.room = room;
    this.maxBytes = maxBytes;
    this.buffer = room.memory.take(capacity);
  }

  get bytes(): Uint8Array {
    return this.whole().subarray(0, this.length);
  }

  append(piece: Uint8Array): void {
    const needed = this.length + piece.length;
    if (needed > this.maxBytes) throw tooLarge(this.maxBytes);
    this.room.budget.take(piece.length);
    this.held += piece.length;
    this.reserve(needed).set(piece, this.length);
    this.length = needed;
  }

  [Symbol.dispose](): void {
    this.room.budget.give(this.held);
    this.held = 0;
    if (this.buffer !== undefined) this.room.memory.give(this.buffer);
    this.buffer = undefined;
  }

  private reserve(needed: number): Buffer {
    const buffer = this.whole();
    if (needed <= buffer.length) return buffer;
    const grown = this.room.memory.take(Math.max(needed, buffer.length * 2));
    buffer.copy(grown, 0, 0, this.length);
    this.room.memory.give(buffer);
    this.buffer = grown;
    return grown;
  }

  private whole(): Buffer {
    if (this.buffer === undefined) throw new Error('the body was given back');
    return this.buffer;
  }
}

/** By events: iterating costs several turns of the event loop a piece. */
function readInto(body: Collected, request: IncomingMessage): Promise<void> {
  const { promise, resolve, reject } = Promise.withResolvers<void>();
  const onData = (piece: Uint8Array) => {
    try {
      body.append(piece);
    } catch (error) {
      // It flows on, and what still comes is dropped, so that the sender gets to read the answer.
      request.off('data', onData);
      reject(error);
    }
  };
  request.on('data', onData);
  request.once('end', resolve);
  request.once('error', reject);
  request.once('close', () => reject(new Error('the connection was closed before the end of the body')));
  return promise;
}

async function decompressInto(
  body: Collected,
  request: IncomingMessage,
  decompressor: Transform,
  limits: BodyLimits,
): Promise<void> {
  let sentBytes = 0;
  const counted = async function* () {
    for await (const piece of request.iterator({ destroyOnReturn: false })) {
      sentBytes += piece.length;
      if (sentBytes > limits.maxCompressedBytes) throw tooLarge(limits.maxCompressedBytes, 'sent');
      yield piece;
    }
  };
  await pipeline(counted, decompressor, async (pieces: AsyncIterable<Uint8Array>) => {
    for await (const piece of pieces) body.append(piece);
  });
}

const tooLarge = (limitBytes: number, which = 'after decompression') =>
  new HingeError('INPUT_TOO_LARGE', `the body has more than ${limitBytes} bytes (${which}): send smaller batches`);

function isZlibError(error: unknown): boolean {
  return error instanceof Error && 'code' in error && typeof error.code === 'string' && /^Z(STD)?_/.test(error.code);
}

const cannotDecompress = (compression: Compression, cause: unknown) =>
  new HingeError(
    'INPUT_INVALID',
    `the body is not valid ${compression} (${messageOf(cause)}): it may have been cut off`,
    {
      cause,
    },
  );
