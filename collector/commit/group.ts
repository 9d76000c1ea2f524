/** Rows that will be one insert, and the promise of it. */

import { createHash } from 'node:crypto';
import { crc32 } from 'node:zlib';
import type { InsertBlock } from '../../model.ts';
import type { Rows } from '../rows.ts';

export interface Group<R extends Rows = Rows> {
  readonly rows: R;
  /** Settles with the insert; to be awaited by every request with rows in it. */
  readonly committed: Promise<void>;
  settle(error: Error | undefined): void;
}

export function createGroup<R extends Rows>(rows: R): Group<R> {
  const { promise, resolve, reject } = Promise.withResolvers<void>();
  // A request that gave up waiting must not make a failed insert an unhandled rejection.
  promise.catch(() => {});
  return {
    rows,
    committed: promise,
    settle: (error) => (error === undefined ? resolve() : reject(error)),
  };
}

/** The token depends on the content alone: the same rows sent again in the same group are written once. */
export function blockOf({ rows: { block } }: Group): InsertBlock {
  const body = block.body();
  const { table, partition, rows } = block;
  return { table, format: 'Native', partition, rows, body, token: tokenOf(body) };
}

/**
 * A hash of the checksums and lengths of all pieces, a few for each column: a fifth of the time that hashing all bytes takes.
 * Groups that differ, differ in the ids and times of their rows, and so in many checksums at once.
 */
export function tokenOf(body: readonly Uint8Array[]): string {
  const sums = Uint32Array.from(body.flatMap((piece) => [crc32(piece), piece.length]));
  return createHash('sha256').update(sums).digest('hex');
}
