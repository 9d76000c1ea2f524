/** Distinct records of text, numbered in order of first sight: so that a million rows share a few hundred of them. */

export type Texts<T> = Readonly<Record<keyof T, string>>;

/** What follows a text, one level a field; below the last one the number of the record. */
interface Branch {
  readonly branches: Map<string, Branch>;
  id: number | null;
}

export class Dictionary<T extends Texts<T>> {
  readonly #fields: readonly (keyof T)[];
  readonly #entries: T[] = [];
  readonly #root: Branch = { branches: new Map(), id: null };

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
    let branch = this.#root;
    for (const field of this.#fields) {
      branch = branch.branches.get(record[field]) ?? grown(branch, record[field]);
    }
    branch.id ??= this.#add(record);
    return branch.id;
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

function grown({ branches }: Branch, text: string): Branch {
  const branch: Branch = { branches: new Map(), id: null };
  branches.set(text, branch);
  return branch;
}
