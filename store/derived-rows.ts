/** Blocks of derived rows into a table: what identifies a row by number, its counts and histograms as they come. */

import type { Dictionary, Texts as TextsOf } from '../cells/dictionary.ts';
import type { Process, Table } from '../cells/table.ts';
import type { Block } from './native/blocks.ts';
import { tuplesOf } from './native/tuples.ts';

/** The column of each field. */
type ColumnsOf<T> = Readonly<Record<keyof T, string>>;

export interface RowShape<Key> {
  readonly key: ColumnsOf<Key>;
  /** The counts of a row, in the table's order. */
  readonly counts: (block: Block) => (row: number) => readonly number[];
  /** Columns of buckets and of their counts, in the table's order. */
  readonly histograms: readonly (readonly [buckets: string, counts: string])[];
}

const PROCESS: ColumnsOf<Process> = { build: 'build', variant: 'variant', instance: 'instance' };

export function appendBlock<Key extends TextsOf<Key>>(table: Table<Key>, block: Block, shape: RowShape<Key>): void {
  const keys = idsIn(block, table.keys, shape.key);
  const processes = idsIn(block, table.processes, PROCESS);
  const slots = block.numbers('slot');
  const countsAt = shape.counts(block);
  const histograms = shape.histograms.map(([buckets, counts]) => [block.lists(buckets), block.lists(counts)] as const);
  for (let row = 0; row < block.rows; row++) {
    const place = { key: keys[row] ?? 0, process: processes[row] ?? 0, slotMs: 1000 * (slots[row] ?? 0) };
    table.append(place, countsAt(row));
    for (const [buckets, counts] of histograms) {
      const [from, until] = [row === 0 ? 0 : (buckets.ends[row - 1] ?? 0), buckets.ends[row] ?? 0];
      if (counts.ends[row] !== until) throw new Error('a histogram has not as many counts as buckets');
      table.packPart(buckets.values, counts.values, from, until);
    }
  }
}

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
