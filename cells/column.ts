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
  /** The last of them, and whether it holds 32-bit whole numbers alone. */
  #page: Page = new Uint32Array(0);
  #isShort = true;
  #length = 0;

  get length(): number {
    return this.#length;
  }

  /** 0 where there is none. */
  at(index: number): number {
    return this.#pages[index >>> PAGE_BITS]?.[index & (PAGE - 1)] ?? 0;
  }

  push(value: number): void {
    const used = this.#length & (PAGE - 1);
    const isFull = used === 0 || used === this.#page.length;
    if (isFull || (this.#isShort && value >>> 0 !== value)) this.#makeRoom(used, value);
    this.#page[used] = value;
    this.#length += 1;
  }

  append(values: ArrayLike<number>): void {
    for (let index = 0; index < values.length; index++) this.push(values[index] ?? 0);
  }

  /** For one number after `used` ones on the last page, or on a new one. */
  #makeRoom(used: number, value: number): void {
    const index = this.#length >>> PAGE_BITS;
    const isNew = used === 0;
    this.#isShort = (isNew || this.#isShort) && value >>> 0 === value;
    const Kind = this.#isShort ? Uint32Array : Float64Array;
    const room = index === 0 ? Math.max(FIRST, used === this.#page.length ? 2 * used : this.#page.length) : PAGE;
    const page = new Kind(room);
    if (!isNew) page.set(this.#page);
    this.#page = page;
    this.#pages[index] = page;
  }
}
