/** Distinct records of text, numbered in order of first sight: so that a million rows share a few hundred of them. */

export type Texts<T> = Readonly<Record<keyof T, string>>;

export class Dictionary<T extends Texts<T>> {
  readonly #fields: readonly (keyof T)[];
  readonly #entries: T[] = [];
  readonly #ids = new Map<string, number>();
  /** What was asked for last: rows that follow each other share much. */
  #last = 0;

  /** `fields`: what tells two records apart, in the order in which they are sorted. */
  constructor(fields: readonly (keyof T)[]) {
    this.#fields = fields;
  }

  get size(): number {
    return this.#entries.length;
  }

  at(id: number): T {
    const entry = this.#entries[id];
    if (entry === undefined) throw new RangeError(`there is no record ${id} among ${this.size}`);
    return entry;
  }

  /** The number of a record; other properties than the fields are left out. */
  idOf(record: T): number {
    const last = this.#entries[this.#last];
    if (last !== undefined && this.#fields.every((field) => last[field] === record[field])) return this.#last;
    const text = JSON.stringify(this.#fields.map((field) => record[field]));
    this.#last = this.#ids.get(text) ?? this.#add(text, record);
    return this.#last;
  }

  #add(text: string, record: T): number {
    this.#ids.set(text, this.size);
    const entry: Partial<T> = {};
    for (const field of this.#fields) entry[field] = record[field];
    return this.#entries.push(entry as T) - 1;
  }

  /** By number: the place of each record in the order of some fields; equal ones share a place. */
  ranks(fields: readonly (keyof T)[] = this.#fields): Uint32Array {
    const compare = (one: T, other: T) => {
      const field = fields.find((each) => one[each] !== other[each]);
      if (field === undefined) return 0;
      return one[field] < other[field] ? -1 : 1;
    };
    const ids = Array.from(this.#entries.keys()).sort((one, other) => compare(this.at(one), this.at(other)));
    const ranks = new Uint32Array(this.size);
    ids.forEach((id, index) => {
      const before = ids[index - 1];
      const isEqual = before !== undefined && compare(this.at(before), this.at(id)) === 0;
      ranks[id] = before === undefined ? 0 : (ranks[before] ?? 0) + (isEqual ? 0 : 1);
    });
    return ranks;
  }
}
