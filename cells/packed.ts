/** Reading packed histograms, and any others the same way. */

import type { Histogram } from '../model.ts';

/** Takes the buckets of a histogram one by one. */
export interface Sink {
  add(bucket: number, count: number): void;
}

/** The buckets of one histogram and their counts: the first `length` of each array, all of it where there is none. */
interface Entries {
  readonly buckets: ArrayLike<number>;
  readonly counts: ArrayLike<number>;
  readonly length?: number;
}

/** A histogram in a pack. `buckets` and `counts` are new arrays whenever they are asked for: loops go over `entriesOf` or `pour`. */
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

  pour(sink: Sink): void {
    const bytes = this.#bytes;
    let bucket = 0;
    for (let at = this.#start; at < this.#end; ) {
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
      sink.add(bucket, count);
    }
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

class Unpacked implements Sink, Entries {
  buckets = new Int32Array(256);
  counts = new Float64Array(256);
  length = 0;

  add(bucket: number, count: number): void {
    if (this.length === this.buckets.length) this.#grow();
    this.buckets[this.length] = bucket;
    this.counts[this.length] = count;
    this.length += 1;
  }

  #grow(): void {
    const [buckets, counts] = [new Int32Array(2 * this.length), new Float64Array(2 * this.length)];
    buckets.set(this.buckets);
    counts.set(this.counts);
    [this.buckets, this.counts] = [buckets, counts];
  }
}

/** The histogram that was unpacked last. */
const unpacked = new Unpacked();

/** The first `length` of them. */
function listOf(values: ArrayLike<number>, length: number): number[] {
  const list = new Array<number>(length);
  for (let index = 0; index < length; index++) list[index] = values[index] ?? 0;
  return list;
}

/** Good until the entries of another histogram are asked for. */
export function entriesOf(histogram: Histogram): Entries {
  if (!(histogram instanceof PackedHistogram)) return histogram;
  unpacked.length = 0;
  histogram.pour(unpacked);
  return unpacked;
}

/** Hands all buckets of a histogram to a sink. */
export function pour(histogram: Histogram, sink: Sink): void {
  if (histogram instanceof PackedHistogram) {
    histogram.pour(sink);
    return;
  }
  const { buckets, counts } = histogram;
  for (let index = 0; index < buckets.length; index++) sink.add(buckets[index] ?? 0, counts[index] ?? 0);
}
