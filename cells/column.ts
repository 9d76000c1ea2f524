/** A growing column of numbers, in pages: arrays that are thrown away for larger ones come back to the machine late or never. */

/** Numbers of a page. Only the first page is moved when it grows, so that few numbers take little. */
const PAGE_BITS = 14;
const PAGE = 2 ** PAGE_BITS;
const FIRST = 64;

/** Of 32-bit whole numbers, until another one comes. */
type Page = Uint32Array | Float64Array;

/** Append only. */
export class Column {
  readonly #pages: Page[] = [];
  #length = 0;

  get length(): number {
    return this.#length;
  }

  /** 0 where there is none. */
  at(index: number): number {
    return this.#pages[index >>> PAGE_BITS]?.[index & (PAGE - 1)] ?? 0;
  }

  push(value: number): void {
    const [index, used] = [this.#length >>> PAGE_BITS, this.#length & (PAGE - 1)];
    const page = pageFor(value, used, this.#pages[index] ?? new Uint32Array(index === 0 ? FIRST : PAGE));
    page[used] = value;
    this.#pages[index] = page;
    this.#length += 1;
  }

  append(values: ArrayLike<number>): void {
    for (let index = 0; index < values.length; index++) this.push(values[index] ?? 0);
  }
}

/** The same page, or a copy of it that has room for the number and holds its kind. */
function pageFor(value: number, used: number, page: Page): Page {
  const Kind = page instanceof Float64Array || value >>> 0 !== value ? Float64Array : Uint32Array;
  const hasRoom = used < page.length;
  if (hasRoom && page instanceof Kind) return page;
  const copy = new Kind(hasRoom ? page.length : 2 * page.length);
  copy.set(page);
  return copy;
}
