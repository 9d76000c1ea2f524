/** Blocks of derived rows into a table: what identifies a row by number, its counts and histograms as they come. */

import type { Dictionary, Texts as TextsOf } from '../cells/dictionary.ts';
import type { Process, Table } from '../cells/table.ts';
import type { Block } from './native/blocks.ts';
import type { Lists, Numbers } from './native/columns.ts';
import { tuplesOf } from './native/tuples.ts';

/** The column of each field. */
type ColumnsOf<T> = Readonly<Record<keyof T, string>>;

export interface RowShape<Key> {
  readonly key: ColumnsOf<Key>;
  /** The counts of all rows, in the table's order. */
  readonly counts: (block: Block) => readonly Numbers[];
  /** Columns of buckets and of their counts, in the table's order. */
  readonly histograms: readonly (readonly [buckets: string, counts: string])[];
}

const PROCESS: ColumnsOf<Process> = { build: 'build', variant: 'variant', instance: 'instance' };

export function appendBlock<Key extends TextsOf<Key>>(table: Table<Key>, block: Block, shape: RowShape<Key>): void {
  table.appendRows({
    keys: idsIn(block, table.keys, shape.key),
    processes: idsIn(block, table.processes, PROCESS),
    slotsMs: Float64Array.from(block.numbers('slot'), (seconds) => 1000 * seconds),
    counts: shape.counts(block),
  });
  const histograms = shape.histograms.map(([buckets, counts]) => ({
    buckets: block.lists(buckets),
    counts: block.lists(counts),
  }));
  for (let row = 0; row < block.rows; row++) {
    for (const { buckets, counts } of histograms) {
      const [from, until] = [startOf(buckets, row), buckets.ends[row] ?? 0];
      if (counts.ends[row] !== until) throw new Error('a histogram has not as many counts as buckets');
      table.packPart(buckets.values, counts.values, from, until);
    }
  }
}

const startOf = ({ ends }: Lists, row: number): number => (row === 0 ? 0 : (ends[row - 1] ?? 0));

/** The number, in the dictionary, of what each row has in these columns. */
function idsIn<T extends TextsOf<T>>(block: Block, dictionary: Dictionary<T>, columns: ColumnsOf<T>): Uint32Array {
  const fields = (Object.keys(columns) as (keyof T)[]).map((field) => ({ field, own: block.texts(columns[field]) }));
  const { ids, examples } = tuplesOf(
    fields.map(({ own }) => own),
    block.rows,
  );
  const known = examples.map((row) => {
    const named = fields.map(({ field, own }) => [field, own.texts[own.codes[row] ?? 0] ?? '']);
    return dictionary.idOf(Object.fromEntries(named) as T);
  });
  return ids.map((id) => known[id] ?? 0);
}
