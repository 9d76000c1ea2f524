/** Histograms as bytes, one after the other: the step from bucket to bucket and the count, each a byte in most cases. */

import type { Histogram } from '../model.ts';

/** Bytes of a page. Pages are not moved when more are needed; only the first grows, so that few histograms take little. */
const PAGE = 1 << 20;
const FIRST_BYTES = 1024;
/** A step takes five bytes at most, a count up to 2^53 eight. */
const BYTES_PER_ENTRY = 13;

/** Histograms that were packed: append only. Numbers have seven bits a byte, the low ones first (LEB128); a step's sign is its lowest bit. */
export class Pack {
  readonly #pages: Uint8Array[] = [];
  #end = 0;

  /** Where the histogram that was added last ends; page by page, PAGE apart. */
  get end(): number {
    return this.#end;
  }

  /**
   * `buckets`: whole numbers of 32 bits; `counts`: whole and not negative; those from `from` up to `until` are taken. Returns where
   * the histogram starts.
   */
  add(buckets: ArrayLike<number>, counts: ArrayLike<number>, from = 0, until = buckets.length): number {
    if (from === until) return this.#end;
    const bytes = this.#pageFor((until - from) * BYTES_PER_ENTRY);
    const start = this.#end;
    const first = start % PAGE;
    let at = first;
    let before = 0;
    for (let index = from; index < until; index++) {
      const bucket = buckets[index] ?? 0;
      const count = counts[index] ?? 0;
      const step = bucket - before;
      const signed = step < 0 ? -2 * step - 1 : 2 * step;
      if (signed < 0x80) bytes[at++] = signed;
      else at = putLong(bytes, at, signed);
      if (count < 0x80) bytes[at++] = count;
      else at = putLong(bytes, at, count);
      before = bucket;
    }
    this.#end = start + at - first;
    return start;
  }

  histogram(start: number, end: number): PackedHistogram {
    const page = Math.floor(start / PAGE);
    return new PackedHistogram(this.#pages[page] ?? NO_BYTES, start - page * PAGE, end - page * PAGE);
  }

  /** The page that `#end` lies in then, with room for so many bytes: a histogram never goes over the end of its page. */
  #pageFor(room: number): Uint8Array {
    const [page, used] = [Math.floor(this.#end / PAGE), this.#end % PAGE];
    const present = this.#pages[page];
    if (present !== undefined && used + room <= present.length) return present;
    const isGrowing = page === 0 && (present?.length ?? 0) < PAGE;
    if (isGrowing && used + room <= PAGE) return this.#growFirst(used + room);
    const next = new Uint8Array(Math.max(PAGE, room));
    this.#end = this.#pages.length * PAGE;
    this.#pages.push(next);
    // One that is longer than a page takes the numbers of several.
    while (this.#pages.length * PAGE < this.#end + next.length) this.#pages.push(NO_BYTES);
    return next;
  }

  #growFirst(room: number): Uint8Array {
    const larger = new Uint8Array(Math.min(PAGE, Math.max(FIRST_BYTES, 2 * room)));
    larger.set(this.#pages[0] ?? NO_BYTES);
    this.#pages[0] = larger;
    return larger;
  }
}

const NO_BYTES = new Uint8Array(0);

/** Returns where the number ends. */
function putLong(bytes: Uint8Array, start: number, value: number): number {
  let [at, rest] = [start, value];
  for (; rest >= 0x80; rest = Math.floor(rest / 0x80)) bytes[at++] = (rest % 0x80) | 0x80;
  bytes[at++] = rest;
  return at;
}

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
    return Array.from(entriesOf(this).buckets).slice(0, unpacked.length);
  }

  get counts(): readonly number[] {
    return Array.from(entriesOf(this).counts).slice(0, unpacked.length);
  }

  pour(sink: Sink): void {
    const bytes = this.#bytes;
    let bucket = 0;
    for (let at = this.#start; at < this.#end; ) {
      const step = bytes[at++] ?? 0;
      let move = (step >>> 1) ^ -(step & 1);
      if (step >= 0x80) {
        move = signedOf(longNumber(bytes, at - 1));
        at = afterNumber(bytes, at);
      }
      let count = bytes[at++] ?? 0;
      if (count >= 0x80) {
        count = longNumber(bytes, at - 1);
        at = afterNumber(bytes, at);
      }
      // Whole to the engine as well, which then keeps it in a register.
      bucket = (bucket + move) | 0;
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
