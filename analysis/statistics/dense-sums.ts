/** Sums of histograms over all buckets that durations have, one place each. */

import { entriesOf, listOf } from '../../cells/packed.ts';
import type { Histogram } from '../../model.ts';

/** Buckets from here on, so many, have a place in arrays of sums: more than durations from a nanosecond to a day need. */
export const DENSE_FROM = -4096;
export const DENSE = 12_288;

/** Adds histograms up in arrays that are used again and again. Nothing depends on what a bucket holds: that nobody could foresee. */
export class DenseSums {
  readonly #sums = new Float64Array(DENSE);
  /** 1 where there is a bucket: one that is empty is there all the same. */
  readonly #present = new Uint8Array(DENSE);
  /** What is taken, before its length is known. */
  readonly #buckets = new Int32Array(DENSE);
  readonly #counts = new Float64Array(DENSE);
  #low = DENSE;
  #high = -1;
  #isWhole = true;

  add(histogram: Histogram): void {
    const { buckets, counts, length = buckets.length } = entriesOf(histogram);
    const [sums, present] = [this.#sums, this.#present];
    let [low, high] = [this.#low, this.#high];
    for (let index = 0; index < length; index++) {
      const at = (buckets[index] ?? 0) - DENSE_FROM;
      const sum = sums[at];
      // Out of the array, or no whole number, as the bounds of a metric may be.
      if (sum === undefined) {
        this.#isWhole = false;
        continue;
      }
      sums[at] = sum + (counts[index] ?? 0);
      present[at] = 1;
      low = Math.min(low, at);
      high = Math.max(high, at);
    }
    [this.#low, this.#high] = [low, high];
  }

  /** And starts from nothing again. Null where a bucket has no place in the arrays. */
  take(): Histogram | null {
    const length = this.#gather();
    const merged = { buckets: listOf(this.#buckets, length), counts: listOf(this.#counts, length) };
    return this.#startAgain() ? merged : null;
  }

  /** Returns whether every bucket had a place. */
  #startAgain(): boolean {
    this.#sums.fill(0, this.#low, this.#high + 1);
    this.#present.fill(0, this.#low, this.#high + 1);
    const isWhole = this.#isWhole;
    [this.#low, this.#high, this.#isWhole] = [DENSE, -1, true];
    return isWhole;
  }

  /** Returns how many buckets there are. */
  #gather(): number {
    let length = 0;
    for (let at = this.#low; at <= this.#high; at++) {
      this.#buckets[length] = at + DENSE_FROM;
      this.#counts[length] = this.#sums[at] ?? 0;
      length += this.#present[at] ?? 0;
    }
    return length;
  }
}
