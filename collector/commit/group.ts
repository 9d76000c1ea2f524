/** Rows that will be one insert, and the promise of it. */

import { createHash } from 'node:crypto';
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

/** The token is a hash of the content: the same rows sent again in the same group are written once. */
export function blockOf({ rows: { block } }: Group): InsertBlock {
  const body = block.body();
  const hash = createHash('sha256');
  for (const piece of body) hash.update(piece);
  const { table, partition, rows } = block;
  return { table, format: 'Native', partition, rows, body, token: hash.digest('hex') };
}
