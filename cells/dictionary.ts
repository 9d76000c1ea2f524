/** Distinct records of text, numbered in order of first sight: so that a million rows share a few hundred of them. */

export type Texts<T> = Readonly<Record<keyof T, string>>;

/** More texts than memory holds: a node of the tree and a text make one number. */
const MOST_TEXTS = 2 ** 26;

export class Dictionary<T extends Texts<T>> {
  readonly #fields: readonly (keyof T)[];
  readonly #entries: T[] = [];
  readonly #texts = new Map<string, number>();
  /** A tree with one level a field: by node and text the next node, below the last one the number of the record. */
  readonly #branches = new Map<number, number>();
  #nodes = 0;

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
    let node = 0;
    for (const [level, field] of this.#fields.entries()) {
      const branch = node * MOST_TEXTS + this.#textOf(record[field]);
      const next = this.#branches.get(branch);
      node = next ?? (level === this.#fields.length - 1 ? this.#add(record) : ++this.#nodes);
      if (next === undefined) this.#branches.set(branch, node);
    }
    return node;
  }

  #textOf(text: string): number {
    const known = this.#texts.get(text);
    if (known === undefined) this.#texts.set(text, this.#texts.size);
    return known ?? this.#texts.size - 1;
  }

  #add(record: T): number {
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
