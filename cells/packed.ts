/** Reading packed histograms, and any others the same way. */

import type { Histogram } from '../model.ts';

/** The buckets of one histogram and their counts: the first `length` of each array, all of it where there is none. */
interface Entries {
  readonly buckets: ArrayLike<number>;
  readonly counts: ArrayLike<number>;
  readonly length?: number;
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

  /** Into arrays with room for `size` buckets; returns how many there are. */
  unpack(buckets: Int32Array, counts: Float64Array): number {
    const [bytes, end] = [this.#bytes, this.#end];
    let [length, bucket] = [0, 0];
    for (let at = this.#start; at < end; ) {
      const byte = bytes[at++] ?? 0;
      let step = byte >>> 3;
      let count = byte & 7;
      if (step === 0) {
        step = signedOf(longNumber(bytes, at));
        at = afterNumber(bytes, at);
      }
      if (count === 0) {
        count = longNumber(bytes, at);
        at = afterNumber(bytes, at);
      }
      // Whole to the engine as well, which then keeps it in a register.
      bucket = (bucket + step) | 0;
      buckets[length] = bucket;
      counts[length] = count;
      length += 1;
    }
    return length;
  }
}

const signedOf = (value: number): number => (value % 2 === 0 ? value / 2 : -(value + 1) / 2);

function longNumber(bytes: Uint8Array, start: number): number {
  let value = 0;
  for (let [at, scale] = [start, 1]; ; at++, scale *= 0x80) {
    const byte = bytes[at] ?? 0;
    value += (byte & 0x7f) * scale;
    if (byte < 0x80) return value;
  }
}

function afterNumber(bytes: Uint8Array, within: number): number {
  let at = within;
  while ((bytes[at++] ?? 0) >= 0x80);
  return at;
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
