/** Which few of all attribute keys matter, known by their numbers in a dictionary. */

import type { LowCardinalityColumn } from '../columns/low-cardinality.ts';

const UNKNOWN = -2;
/** The role of a key that does not matter. */
const NO_ROLE = -1;

export class Roles {
  private readonly keys: LowCardinalityColumn;
  private readonly roleOfKey: ReadonlyMap<string, number>;
  private known = new Int8Array(256).fill(UNKNOWN);

  /** The role of a key is its place in `names`. */
  constructor(keys: LowCardinalityColumn, names: readonly string[]) {
    this.keys = keys;
    this.roleOfKey = new Map(names.map((name, role) => [name, role]));
  }

  of(id: number): number {
    const role = this.known[id] ?? UNKNOWN;
    return role === UNKNOWN ? this.learn(id) : role;
  }

  /** To be called when the dictionary of the keys begins anew. */
  reset(): void {
    this.known.fill(UNKNOWN);
  }

  private learn(id: number): number {
    if (id >= this.known.length) {
      const grown = new Int8Array(Math.max(id + 1, this.known.length * 2)).fill(UNKNOWN);
      grown.set(this.known);
      this.known = grown;
    }
    const role = this.roleOfKey.get(this.keys.textOf(id)) ?? NO_ROLE;
    this.known[id] = role;
    return role;
  }
}
