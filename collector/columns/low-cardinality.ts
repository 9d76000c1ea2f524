/** `LowCardinality(String)`: a dictionary of the block's own, and for each row the number of its entry. */

import type { Tally } from '../tally.ts';
import { Integers } from './bytes.ts';
import type { TextColumn } from './column.ts';
import { Dictionary } from './dictionary.ts';
import { uint64 } from './native.ts';
import { cutEnd } from './strings.ts';
import { viewOf } from './words.ts';

/** SerializationLowCardinality: keys version, and the flags "has additional keys" and "needs update of the dictionary". */
const VERSION = uint64(1);
const FLAGS = (1 << 9) | (1 << 10);

export class LowCardinalityColumn implements TextColumn {
  readonly type = 'LowCardinality(String)';
  readonly stores: readonly Integers[];
  private readonly ids = new Integers();
  private readonly dictionary: Dictionary;
  private readonly tally: Tally;

  /** `admits` is asked about every text that is new to the dictionary; those it refuses become one, and are counted. */
  constructor(tally: Tally, admits?: (text: string) => boolean) {
    this.tally = tally;
    this.dictionary = new Dictionary(
      admits &&
        ((text) => {
          const isAdmitted = admits(text);
          if (!isAdmitted) tally.truncated++;
          return isAdmitted;
        }),
    );
    this.stores = [this.ids];
  }

  /** Entries of the dictionary, the empty one included. */
  get distinct(): number {
    return this.dictionary.size;
  }

  get dictionaryBytes(): number {
    return this.dictionary.byteLength;
  }

  append(source: DataView, start: number, end: number): void {
    this.ids.push(this.idOf(source, start, end));
  }

  appendText(text: string): void {
    this.ids.push(this.idOfText(text));
  }

  appendInteger(value: number): void {
    this.appendText(String(value));
  }

  /** Appends a value that is in the dictionary already. */
  appendId(id: number): void {
    this.ids.push(id);
  }

  /** Appends the values from one row up to another once more. */
  repeat(from: number, to: number): void {
    this.ids.reserve(to - from);
    const { values } = this.ids;
    let at = this.ids.length;
    for (let i = from; i < to; i++) values[at++] = values[i] as number;
    this.ids.length = at;
  }

  idAt(row: number): number {
    return this.ids.values[row] as number;
  }

  textOf(id: number): string {
    return this.dictionary.textOf(id);
  }

  idOf(source: DataView, start: number, end: number): number {
    if (end - start > this.tally.maxValueBytes)
      return this.dictionary.intern(source, start, cutEnd(source, start, this.tally));
    return this.dictionary.intern(source, start, end);
  }

  idOfText(text: string): number {
    const encoded = viewOf(Buffer.from(text));
    return this.idOf(encoded, 0, encoded.byteLength);
  }

  prefix(out: Uint8Array[]): void {
    out.push(VERSION);
  }

  data(out: Uint8Array[]): void {
    const { length } = this.ids;
    if (length === 0) return;
    const { size } = this.dictionary;
    const width = size <= 1 << 8 ? 0 : size <= 1 << 16 ? 1 : 2;
    out.push(uint64(FLAGS | width), uint64(size), this.dictionary.entries(), uint64(length), this.narrow(width));
  }

  reset(): void {
    this.ids.length = 0;
    this.dictionary.reset();
  }

  /** The numbers in 1, 2 or 4 bytes each. */
  private narrow(width: 0 | 1 | 2): Uint8Array {
    const ids = this.ids.values.subarray(0, this.ids.length);
    if (width === 0) return Uint8Array.from(ids);
    const { buffer, byteOffset, byteLength } = width === 1 ? Uint16Array.from(ids) : ids;
    return new Uint8Array(buffer, byteOffset, byteLength);
  }
}
