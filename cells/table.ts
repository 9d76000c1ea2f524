/** Rows of counts and histograms as columns; what identifies a row is a number of a dictionary. */

import type { Histogram } from '../model.ts';
import { Column } from './column.ts';
import { Dictionary, type Texts } from './dictionary.ts';
import { Pack } from './pack.ts';
import { entriesOf, type PackedHistogram } from './packed.ts';

/** Which process counted: an instance with its build and the flag variants in force. */
export interface Process {
  readonly build: string;
  readonly variant: string;
  readonly instance: string;
}

interface Shape<Key> {
  /** What tells two keys apart, in the order in which they are sorted. */
  readonly key: readonly (keyof Key)[];
  /** Numbers, and histograms, of one row. */
  readonly counts: number;
  readonly histograms: number;
}

/** Whose row it is and when, by the numbers that the table's dictionaries give. */
export interface Place {
  readonly key: number;
  readonly process: number;
  readonly slotMs: number;
}

/** Many rows at once, as columns. */
export interface Rows {
  /** By row: the numbers that the dictionaries give. */
  readonly keys: Uint32Array;
  readonly processes: Uint32Array;
  readonly slotsMs: ArrayLike<number>;
  /** Each count of all rows. */
  readonly counts: readonly ArrayLike<number>[];
}

/** Append only; first the places and counts of rows, then their histograms one by one. */
export class Table<Key extends Texts<Key>> {
  readonly keys: Dictionary<Key>;
  readonly processes = new Dictionary<Process>(['build', 'variant', 'instance']);
  readonly #pack = new Pack();
  readonly #histogramsPerRow: number;
  readonly #key = new Column();
  readonly #process = new Column();
  readonly #slotMs = new Column();
  readonly #counts: readonly Column[];
  /** Where each histogram lies in the pack. */
  readonly #starts = new Column();
  readonly #ends = new Column();

  constructor({ key, counts, histograms }: Shape<Key>) {
    this.keys = new Dictionary(key);
    this.#histogramsPerRow = histograms;
    this.#counts = Array.from({ length: counts }, () => new Column());
  }

  get length(): number {
    return this.#key.length;
  }

  /** Returns the number of the row. */
  append({ key, process, slotMs }: Place, counts: readonly number[]): number {
    const row = this.length;
    this.#key.push(key);
    this.#process.push(process);
    this.#slotMs.push(slotMs);
    for (const [index, column] of this.#counts.entries()) column.push(counts[index] ?? 0);
    return row;
  }

  appendRows({ keys, processes, slotsMs, counts }: Rows): void {
    this.#key.append(keys);
    this.#process.append(processes);
    this.#slotMs.append(slotsMs);
    for (const [index, column] of this.#counts.entries()) column.append(counts[index] ?? NONE);
  }

  /** The next histogram of the rows that were appended. */
  pack(histogram: Histogram): void {
    const { buckets, counts, length = buckets.length } = entriesOf(histogram);
    this.packPart(buckets, counts, 0, length);
  }

  /** Likewise, from a part of longer arrays; see `Pack.add`. */
  packPart(buckets: ArrayLike<number>, counts: ArrayLike<number>, from: number, until: number): void {
    this.#starts.push(this.#pack.add(buckets, counts, from, until));
    this.#ends.push(this.#pack.end);
  }

  keyOf(row: number): number {
    return this.#key.at(row);
  }

  processOf(row: number): number {
    return this.#process.at(row);
  }

  slotMsOf(row: number): number {
    return this.#slotMs.at(row);
  }

  countOf(row: number, index: number): number {
    return this.#counts[index]?.at(row) ?? 0;
  }

  histogramOf(row: number, index: number): PackedHistogram {
    const at = row * this.#histogramsPerRow + index;
    return this.#pack.histogram(this.#starts.at(at), this.#ends.at(at));
  }
}

const NONE: readonly number[] = [];
