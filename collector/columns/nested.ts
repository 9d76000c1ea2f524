/** Columns of columns: `Array`, the parts of a `Nested`, and `Map`. */

import { Integers } from './bytes.ts';
import type { Column, TextColumn } from './column.ts';
import type { LowCardinalityColumn } from './low-cardinality.ts';

/** For each row, how many elements all rows up to it have together. The parts of one `Nested` share theirs. */
export class Offsets {
  readonly ends = new Integers();

  /** Ends a row of so many elements. */
  endRow(elements: number): void {
    const { length, values } = this.ends;
    this.ends.push(length === 0 ? elements : (values[length - 1] as number) + elements);
  }

  /** As UInt64. */
  data(out: Uint8Array[]): void {
    const { length, values } = this.ends;
    const wide = new Uint32Array(length * 2);
    for (let i = 0; i < length; i++) wide[2 * i] = values[i] as number;
    out.push(new Uint8Array(wide.buffer));
  }
}

export class ArrayColumn<Inner extends Column> implements Column {
  readonly inner: Inner;
  readonly stores;
  private readonly offsets: Offsets;

  constructor(inner: Inner, offsets: Offsets = new Offsets()) {
    this.inner = inner;
    this.offsets = offsets;
    this.stores = [offsets.ends, ...inner.stores];
  }

  /** Ends a row of so many elements; for all parts of a `Nested`. */
  endRow(elements: number): void {
    this.offsets.endRow(elements);
  }

  get type(): string {
    return `Array(${this.inner.type})`;
  }

  prefix(out: Uint8Array[]): void {
    this.inner.prefix(out);
  }

  data(out: Uint8Array[]): void {
    this.offsets.data(out);
    this.inner.data(out);
  }

  reset(): void {
    this.offsets.ends.length = 0;
    this.inner.reset();
  }
}

/** `Map(LowCardinality(String), ...)`, on the wire an array of keys and one of values. */
export class MapColumn<Values extends TextColumn> implements Column {
  readonly keys: LowCardinalityColumn;
  readonly values: Values;
  readonly stores;
  private readonly offsets = new Offsets();

  constructor(keys: LowCardinalityColumn, values: Values) {
    this.keys = keys;
    this.values = values;
    this.stores = [this.offsets.ends, ...keys.stores, ...values.stores];
  }

  get type(): string {
    return `Map(${this.keys.type}, ${this.values.type})`;
  }

  /** Entries of all rows so far, the open one included. */
  get entries(): number {
    return this.keys.stores[0]?.length ?? 0;
  }

  /** Rows so far. */
  get rows(): number {
    return this.offsets.ends.length;
  }

  endRow(elements: number): void {
    this.offsets.endRow(elements);
  }

  /** The value of a key among entries; empty when it is not there. */
  find(this: MapColumn<LowCardinalityColumn>, key: string, from: number, to: number): string {
    const id = this.keys.idOfText(key);
    for (let entry = from; entry < to; entry++) {
      if (this.keys.idAt(entry) === id) return this.values.textOf(this.values.idAt(entry));
    }
    return '';
  }

  /** Appends one row of entries that are there already. */
  repeat(this: MapColumn<LowCardinalityColumn>, from: number, to: number): void {
    this.keys.repeat(from, to);
    this.values.repeat(from, to);
    this.endRow(to - from);
  }

  prefix(out: Uint8Array[]): void {
    this.keys.prefix(out);
    this.values.prefix(out);
  }

  data(out: Uint8Array[]): void {
    this.offsets.data(out);
    this.keys.data(out);
    this.values.data(out);
  }

  reset(): void {
    this.offsets.ends.length = 0;
    this.keys.reset();
    this.values.reset();
  }
}
