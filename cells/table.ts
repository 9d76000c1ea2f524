/** Rows of counts and histograms as columns: numbers in typed arrays, what identifies a row as numbers of dictionaries. */

import type { Histogram } from '../model.ts';
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
  #length = 0;
  #key = new Uint32Array(FIRST_ROWS);
  #process = new Uint32Array(FIRST_ROWS);
  #slotMs = new Float64Array(FIRST_ROWS);
  readonly #counts: Float64Array[];
  /** Where each histogram lies in the pack. */
  #starts: Uint32Array;
  #ends: Uint32Array;
  #histograms = 0;

  constructor({ key, counts, histograms }: Shape<Key>) {
    this.keys = new Dictionary(key);
    this.#histogramsPerRow = histograms;
    this.#counts = Array.from({ length: counts }, () => new Float64Array(FIRST_ROWS));
    this.#starts = new Uint32Array(FIRST_ROWS * histograms);
    this.#ends = new Uint32Array(FIRST_ROWS * histograms);
  }

  get length(): number {
    return this.#length;
  }

  /** Returns the number of the row. */
  append({ key, process, slotMs }: Place, counts: readonly number[]): number {
    const row = this.#length;
    this.#reserve(row + 1);
    this.#key[row] = key;
    this.#process[row] = process;
    this.#slotMs[row] = slotMs;
    for (let index = 0; index < this.#counts.length; index++) (this.#counts[index] ?? NONE)[row] = counts[index] ?? 0;
    this.#length += 1;
    return row;
  }

  appendRows({ keys, processes, slotsMs, counts }: Rows): void {
    this.#reserve(this.#length + keys.length);
    this.#key.set(keys, this.#length);
    this.#process.set(processes, this.#length);
    this.#slotMs.set(slotsMs, this.#length);
    for (const [index, column] of this.#counts.entries()) column.set(counts[index] ?? NONE, this.#length);
    this.#length += keys.length;
  }

  /** The next histogram of the rows that were appended. */
  pack(histogram: Histogram): void {
    const { buckets, counts, length = buckets.length } = entriesOf(histogram);
    this.packPart(buckets, counts, 0, length);
  }

  /** Likewise, from a part of longer arrays; see `Pack.add`. */
  packPart(buckets: ArrayLike<number>, counts: ArrayLike<number>, from: number, until: number): void {
    this.#starts[this.#histograms] = this.#pack.add(buckets, counts, from, until);
    this.#ends[this.#histograms] = this.#pack.end;
    this.#histograms += 1;
  }

  /** Gives back what was reserved and is not used. */
  trim(): this {
    this.#resize(this.#length);
    return this;
  }

  keyOf(row: number): number {
    return this.#key[row] ?? 0;
  }

  processOf(row: number): number {
    return this.#process[row] ?? 0;
  }

  slotMsOf(row: number): number {
    return this.#slotMs[row] ?? 0;
  }

  countOf(row: number, index: number): number {
    return (this.#counts[index] ?? NONE)[row] ?? 0;
  }

  histogramOf(row: number, index: number): PackedHistogram {
    const at = row * this.#histogramsPerRow + index;
    return this.#pack.histogram(this.#starts[at] ?? 0, this.#ends[at] ?? 0);
  }

  #reserve(rows: number): void {
    if (rows > this.#key.length) this.#resize(Math.max(rows, Math.ceil(1.5 * this.#key.length)));
  }

  #resize(rows: number): void {
    this.#key = resized(this.#key, new Uint32Array(rows));
    this.#process = resized(this.#process, new Uint32Array(rows));
    this.#slotMs = resized(this.#slotMs, new Float64Array(rows));
    for (const [index, column] of this.#counts.entries()) this.#counts[index] = resized(column, new Float64Array(rows));
    this.#starts = resized(this.#starts, new Uint32Array(rows * this.#histogramsPerRow));
    this.#ends = resized(this.#ends, new Uint32Array(rows * this.#histogramsPerRow));
  }
}

const FIRST_ROWS = 64;
const NONE = new Float64Array(0);

function resized<T extends Uint32Array | Float64Array>(from: T, into: T): T {
  into.set(from.subarray(0, into.length));
  return into;
}
