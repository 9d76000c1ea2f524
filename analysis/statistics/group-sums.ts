/** Sums of several groups of histograms side by side: what the groups have in one bucket stands in a row. */

import { entriesOf, PackedHistogram, type Sums } from '../../cells/packed.ts';
import type { Histogram } from '../../model.ts';
import type { CumulativeTable } from './cumulative.ts';
import { DENSE, DENSE_FROM } from './dense-sums.ts';

/** Groups at most: no endpoint has more clusters. */
const MOST_ROWS = 32;

/** In an array that is used again and again. Each group is one row of the table that is taken. */
export class GroupSums implements Sums {
  readonly values = new Float64Array(DENSE * MOST_ROWS);
  readonly from = DENSE_FROM;
  readonly places = DENSE;
  rows = 0;
  low = DENSE;
  high = -1;
  #isWhole = true;

  /** From nothing, with so many rows. */
  start(rows: number): void {
    // Where a bucket had no place, nobody knows what was written before.
    if (this.#isWhole) this.values.fill(0, this.low * this.rows, (this.high + 1) * this.rows);
    else this.values.fill(0);
    [this.rows, this.low, this.high, this.#isWhole] = [rows, DENSE, -1, rows <= MOST_ROWS];
  }

  add(row: number, histogram: Histogram): void {
    if (!this.#isWhole) return;
    this.#isWhole =
      histogram instanceof PackedHistogram ? histogram.addTo(this, row) : this.#addEntries(row, histogram);
  }

  #addEntries(row: number, histogram: Histogram): boolean {
    const { buckets, counts, length = buckets.length } = entriesOf(histogram);
    for (let index = 0; index < length; index++) {
      const place = (buckets[index] ?? 0) - DENSE_FROM;
      // Out of the array, or no whole number, as the bounds of a metric may be.
      if (place >>> 0 !== place || place >= DENSE) return false;
      const at = place * this.rows + row;
      this.values[at] = (this.values[at] ?? 0) + (counts[index] ?? 0);
      this.low = Math.min(this.low, place);
      this.high = Math.max(this.high, place);
    }
    return true;
  }

  /** Of the buckets that have calls. Null where a bucket or a row has no place in the arrays. */
  take(): CumulativeTable | null {
    if (!this.#isWhole) return null;
    const { values, rows } = this;
    const called = this.#called();
    const counts = new Float64Array(called.length * rows);
    for (let column = 0, to = 0; column < called.length; column++) {
      const at = (called[column] ?? 0) * rows;
      for (let row = 0; row < rows; row++, to++)
        counts[to] = (to < rows ? 0 : (counts[to - rows] ?? 0)) + (values[at + row] ?? 0);
    }
    return { buckets: called.map((place) => place + DENSE_FROM), rows, counts };
  }

  /** Places with calls in any row. */
  #called(): number[] {
    const { values, rows } = this;
    const called: number[] = [];
    for (let place = this.low; place <= this.high; place++) {
      let at = place * rows;
      const end = at + rows;
      while (at < end && values[at] === 0) at += 1;
      if (at < end) called.push(place);
    }
    return called;
  }
}
