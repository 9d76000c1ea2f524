/** Reading packed histograms, and any others the same way. */

import type { Histogram } from '../model.ts';
import { afterNumber, isWholeEntry, numberAt, stepAt } from './entry.ts';

/** The buckets of one histogram and their counts: the first `length` of each array, all of it where there is none. */
interface Entries {
  readonly buckets: ArrayLike<number>;
  readonly counts: ArrayLike<number>;
  readonly length?: number;
}

/** Sums of counts by bucket, of several rows side by side. */
export interface Sums {
  /** Of a bucket and a row, at (bucket - from) * rows + row. */
  readonly values: Float64Array;
  readonly from: number;
  /** Buckets that have a place. */
  readonly places: number;
  readonly rows: number;
  /** The places that hold anything lie within. */
  low: number;
  high: number;
}

/** A histogram in a pack. `buckets` and `counts` are new arrays whenever they are asked for: loops go over `entriesOf`. */
export class PackedHistogram implements Histogram {
  readonly #bytes: Uint8Array;
  readonly #start: number;
  readonly #end: number;

  constructor(bytes: Uint8Array, start: number, end: number) {
    this.#bytes = bytes;
    this.#start = start;
    this.#end = end;
  }

  get buckets(): readonly number[] {
    return listOf(entriesOf(this).buckets, unpacked.length);
  }

  get counts(): readonly number[] {
    return listOf(entriesOf(this).counts, unpacked.length);
  }

  /** Bytes, and buckets at most. */
  get size(): number {
    return this.#end - this.#start;
  }

  /**
   * Into arrays with room for `size` buckets; returns how many there are. Nearly all are one byte, and have a loop of their own, in
   * which nothing is called: so the arrays stay at hand.
   */
  unpack(buckets: Int32Array, counts: Float64Array): number {
    const [bytes, end] = [this.#bytes, this.#end];
    let [at, length, bucket] = [this.#start, 0, 0];
    while (at < end) {
      let byte = bytes[at++] ?? 0;
      while (isWholeEntry(byte)) {
        bucket = (bucket + (byte >>> 3)) | 0;
        buckets[length] = bucket;
        counts[length++] = byte & 7;
        if (at === end) return length;
        byte = bytes[at++] ?? 0;
      }
      let step = byte >>> 3;
      if (step === 0) {
        step = stepAt(bytes, at);
        at = afterNumber(bytes, at);
      }
      bucket = (bucket + step) | 0;
      buckets[length] = bucket;
      counts[length] = byte & 7;
      if ((byte & 7) === 0) {
        counts[length] = numberAt(bytes, at);
        at = afterNumber(bytes, at);
      }
      length += 1;
    }
    return length;
  }

  /** Adds its counts to one row, without arrays in between. Returns whether every bucket had a place: if not, the sums are worth nothing. */
  addTo(sums: Sums, row: number): boolean {
    const [bytes, end] = [this.#bytes, this.#end];
    const { values, rows } = sums;
    let [at, place, low, high] = [this.#start, -sums.from, this.#lowIn(sums), sums.high];
    while (at < end) {
      let byte = bytes[at++] ?? 0;
      while (isWholeEntry(byte) && at < end) {
        place = (place + (byte >>> 3)) | 0;
        const to = Math.imul(place, rows) + row;
        values[to] = (values[to] ?? 0) + (byte & 7);
        byte = bytes[at++] ?? 0;
      }
      // What comes now, the last or one with a number of its own, may step down: so far it only went up.
      high = Math.max(high, place);
      let [step, count] = [byte >>> 3, byte & 7];
      if (step === 0) {
        step = stepAt(bytes, at);
        at = afterNumber(bytes, at);
      }
      if (count === 0) {
        count = numberAt(bytes, at);
        at = afterNumber(bytes, at);
      }
      place = (place + step) | 0;
      low = Math.min(low, place);
      high = Math.max(high, place);
      if (low < 0 || high >= sums.places) return false;
      const to = Math.imul(place, rows) + row;
      values[to] = (values[to] ?? 0) + count;
    }
    sums.low = low;
    sums.high = high;
    return true;
  }

  /** The first step is from bucket 0, and mostly a number of its own; where it is not, all that follows lies above. */
  #lowIn({ low, from }: Sums): number {
    const isNearZero = this.#start < this.#end && isWholeEntry(this.#bytes[this.#start] ?? 0);
    return isNearZero ? Math.min(low, -from) : low;
  }
}

/** The histogram that was unpacked last, in arrays that are used again and again. */
const unpacked = { buckets: new Int32Array(256), counts: new Float64Array(256), length: 0 };

function unpack(histogram: PackedHistogram): Entries {
  if (histogram.size > unpacked.buckets.length) {
    unpacked.buckets = new Int32Array(2 * histogram.size);
    unpacked.counts = new Float64Array(2 * histogram.size);
  }
  unpacked.length = histogram.unpack(unpacked.buckets, unpacked.counts);
  return unpacked;
}

/** The first `length` of them. */
export function listOf(values: ArrayLike<number>, length: number): number[] {
  const list = new Array<number>(length);
  for (let index = 0; index < length; index++) list[index] = values[index] ?? 0;
  return list;
}

/** Good until the entries of another histogram are asked for. */
export const entriesOf = (histogram: Histogram): Entries =>
  histogram instanceof PackedHistogram ? unpack(histogram) : histogram;
