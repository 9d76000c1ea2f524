/** Gives equal texts one number: the dictionary of a `LowCardinality` column. A hash table with open addressing over bytes. */

import { OTHER } from '../census.ts';
import { Bytes } from './bytes.ts';
import { isText, mend } from './strings.ts';
import { areEqual, hashOf, viewOf } from './words.ts';

const FIRST_ENTRIES = 1 << 8;
/** Beyond so many collisions a text gets a new number: a sender may have chosen them, and the table must stay fast. */
const MAX_PROBES = 64;
const EMPTY = -1;
const OTHER_TEXT = viewOf(Buffer.from(OTHER));

export class Dictionary {
  /** Entry 0 is the empty text. */
  size = 1;
  private readonly texts = new Bytes();
  private ends = new Uint32Array(FIRST_ENTRIES);
  private hashes = new Int32Array(FIRST_ENTRIES);
  private table = new Int32Array(FIRST_ENTRIES * 4).fill(EMPTY);
  /** By entry, the one that came after it the last time: texts come in the same order again and again, as keys of attributes do. */
  private followers = new Uint32Array(FIRST_ENTRIES);
  private previous = 0;
  private readonly admits: ((text: string) => boolean) | undefined;

  /** `admits` is asked about every new text; one entry stands for all that it refuses. */
  constructor(admits?: (text: string) => boolean) {
    this.admits = admits;
  }

  /** Bytes that the entries take when written. */
  get byteLength(): number {
    return this.texts.length + this.size;
  }

  /** The number of a text, a new one when it was not seen before. */
  intern(source: DataView, start: number, end: number): number {
    if (start === end) return 0;
    const guess = this.followers[this.previous] as number;
    if (this.isEqual(guess, source, start, end)) {
      this.previous = guess;
      return guess;
    }
    const id = this.find(source, start, end);
    this.followers[this.previous] = id;
    this.previous = id;
    return id;
  }

  private find(source: DataView, start: number, end: number): number {
    const hash = hashOf(source, start, end);
    const { table } = this;
    const mask = table.length - 1;
    let slot = hash & mask;
    for (let probe = 0; probe < MAX_PROBES; probe++, slot = (slot + 1) & mask) {
      const id = table[slot] as number;
      if (id === EMPTY) break;
      if (this.hashes[id] === hash && this.isEqual(id, source, start, end)) return id;
    }
    return this.add(source, start, end, hash);
  }

  textOf(id: number): string {
    return this.texts.buffer.toString('utf8', this.startOf(id), this.ends[id]);
  }

  /** All entries, each with its length in front. */
  entries(): Uint8Array {
    const out = new Bytes();
    out.reserve(this.texts.length + this.size * 5);
    for (let id = 0; id < this.size; id++) {
      const [start, end] = [this.startOf(id), this.ends[id] as number];
      out.putLength(end - start);
      out.append(this.texts.view, start, end);
    }
    return out.contents();
  }

  reset(): void {
    this.size = 1;
    this.texts.length = 0;
    this.table.fill(EMPTY);
    this.followers.fill(0);
    this.previous = 0;
  }

  private startOf(id: number): number {
    return id === 0 ? 0 : (this.ends[id - 1] as number);
  }

  private isEqual(id: number, source: DataView, start: number, end: number): boolean {
    const from = this.startOf(id);
    const length = (this.ends[id] as number) - from;
    return length === end - start && areEqual(this.texts.view, from, source, start, length);
  }

  private add(source: DataView, start: number, end: number, hash: number): number {
    if (!isText(source, start, end)) {
      const mended = viewOf(Buffer.from(mend(source, start, end)));
      return this.find(mended, 0, mended.byteLength);
    }
    if (!this.isAdmitted(mend(source, start, end))) return this.find(OTHER_TEXT, 0, OTHER_TEXT.byteLength);
    if (this.size === this.ends.length) this.grow();
    const { texts } = this;
    texts.append(source, start, end);
    const id = this.size++;
    this.ends[id] = texts.length;
    this.hashes[id] = hash;
    this.place(id, hash);
    return id;
  }

  private isAdmitted(text: string): boolean {
    return this.admits === undefined || text === OTHER || this.admits(text);
  }

  private place(id: number, hash: number): void {
    const mask = this.table.length - 1;
    let slot = hash & mask;
    for (let probe = 0; this.table[slot] !== EMPTY; probe++) {
      if (probe === MAX_PROBES) return;
      slot = (slot + 1) & mask;
    }
    this.table[slot] = id;
  }

  private grow(): void {
    const ends = new Uint32Array(this.size * 2);
    ends.set(this.ends);
    this.ends = ends;
    const followers = new Uint32Array(this.size * 2);
    followers.set(this.followers);
    this.followers = followers;
    const hashes = new Int32Array(this.size * 2);
    hashes.set(this.hashes);
    this.hashes = hashes;
    this.table = new Int32Array(this.size * 8).fill(EMPTY);
    for (let id = 1; id < this.size; id++) this.place(id, this.hashes[id] as number);
  }
}
