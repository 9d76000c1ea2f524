/** Histograms as bytes, one after the other: the step from bucket to bucket and the count, in one byte together in most cases. */

import { BYTES_PER_ENTRY, putEntry } from './entry.ts';
import { PackedHistogram } from './packed.ts';

/** Bytes of a page. Pages are not moved when more are needed; only the first grows, so that few histograms take little. */
const PAGE = 1 << 20;
const FIRST_BYTES = 1024;

/** Histograms that were packed: append only. How a bucket is written: entry.ts. */
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
      at = putEntry(bytes, at, (bucket - before) | 0, counts[index] ?? 0);
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
