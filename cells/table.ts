/** Rows of counts and histograms as columns: numbers in typed arrays, what identifies a row as numbers of dictionaries. */

import type { Histogram } from '../model.ts';
import { Dictionary, type Texts } from './dictionary.ts';
import { entriesOf, Pack, PackedHistogram } from './packed.ts';

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

/** Append only; of each row first its place and counts, then its histograms one by one. */
export class Table<Key extends Texts<Key>> {
  readonly keys: Dictionary<Key>;
  readonly processes = new Dictionary<Process>(['build', 'variant', 'instance']);
  readonly #pack = new Pack();
  readonly #shape: Shape<Key>;
  #length = 0;
  #key = new Uint32Array(FIRST_ROWS);
  #process = new Uint32Array(FIRST_ROWS);
  #slotMs = new Float64Array(FIRST_ROWS);
  #counts: Float64Array;
  /** Where each histogram ends in the pack; it starts where the one before it ends. */
  #ends: Uint32Array;
  #histograms = 0;

  constructor(shape: Shape<Key>) {
    this.keys = new Dictionary(shape.key);
    this.#shape = shape;
    this.#counts = new Float64Array(FIRST_ROWS * shape.counts);
    this.#ends = new Uint32Array(FIRST_ROWS * shape.histograms);
  }

  get length(): number {
    return this.#length;
  }

  /** Returns the number of the row. */
  append({ key, process, slotMs }: Place, counts: readonly number[]): number {
    const row = this.#length++;
    if (row === this.#key.length) this.#resize(Math.ceil(1.5 * row));
    this.#key[row] = key;
    this.#process[row] = process;
    this.#slotMs[row] = slotMs;
    for (let index = 0; index < this.#shape.counts; index++)
      this.#counts[row * this.#shape.counts + index] = counts[index] ?? 0;
    return row;
  }

  /** The next histogram of the row that was appended last. */
  pack(histogram: Histogram): void {
    const { buckets, counts, length = buckets.length } = entriesOf(histogram);
    this.packPart(buckets, counts, 0, length);
  }

  /** Likewise, from a part of longer arrays; see `Pack.add`. */
  packPart(buckets: ArrayLike<number>, counts: ArrayLike<number>, from: number, until: number): void {
    this.#pack.add(buckets, counts, from, until);
    this.#ends[this.#histograms++] = this.#pack.length;
  }

  /** Gives back what was reserved and is not used. */
  trim(): this {
    this.#resize(this.#length);
    this.#pack.trim();
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
    return this.#counts[row * this.#shape.counts + index] ?? 0;
  }

  histogramOf(row: number, index: number): PackedHistogram {
    const at = row * this.#shape.histograms + index;
    return new PackedHistogram(this.#pack, at === 0 ? 0 : (this.#ends[at - 1] ?? 0), this.#ends[at] ?? 0);
  }

  #resize(rows: number): void {
    const { counts, histograms } = this.#shape;
    this.#key = resized(this.#key, new Uint32Array(rows));
    this.#process = resized(this.#process, new Uint32Array(rows));
    this.#slotMs = resized(this.#slotMs, new Float64Array(rows));
    this.#counts = resized(this.#counts, new Float64Array(rows * counts));
    this.#ends = resized(this.#ends, new Uint32Array(rows * histograms));
  }
}

const FIRST_ROWS = 16;

function resized<T extends Uint32Array | Float64Array>(from: T, into: T): T {
  into.set(from.subarray(0, into.length));
  return into;
}
