/** Keeps sets of columns that were used, because their memory is worth keeping, and makes new ones. */

import type { TelemetryTable } from '../../model.ts';
import type { Rows, RowsKind } from '../rows.ts';
import type { Tally } from '../tally.ts';

/** One is being filled while another is on its way. */
const KEPT_PER_TABLE = 2;

export interface Shelf {
  /** An empty set of rows for a day. */
  take<R extends Rows>(kind: RowsKind<R>, day: bigint): R;
  giveBack<R extends Rows>(kind: RowsKind<R>, rows: R): void;
}

export function createShelf(tally: Tally): Shelf {
  const kept = new Map<TelemetryTable, Rows[]>();
  return {
    take<R extends Rows>(kind: RowsKind<R>, day: bigint): R {
      // What lies on a table's shelf is of its kind.
      const rows = (kept.get(kind.table)?.pop() as R | undefined) ?? kind.create(tally);
      rows.openDay(day);
      return rows;
    },
    giveBack(kind, rows) {
      const others = kept.get(kind.table) ?? [];
      kept.set(kind.table, others);
      if (others.length < KEPT_PER_TABLE) others.push(rows);
    },
  };
}
