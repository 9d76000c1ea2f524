/** Bytes, and 32-bit numbers, that grow at their end. Appending is the innermost loop of the collector: nothing is allocated per call. */

import type { Store } from './column.ts';

const FIRST_CAPACITY = 1 << 12;
/** Fewer bytes are copied faster one by one than by a call. */
const SHORT_BYTES = 48;

export class Bytes implements Store {
  readonly bytesPerElement = 1;
  length = 0;
  buffer: Buffer = Buffer.allocUnsafeSlow(FIRST_CAPACITY);

  /** Makes room for so many more bytes. */
  reserve(bytes: number): void {
    const needed = this.length + bytes;
    if (needed <= this.buffer.length) return;
    const grown = Buffer.allocUnsafeSlow(Math.max(needed, this.buffer.length * 2));
    this.buffer.copy(grown, 0, 0, this.length);
    this.buffer = grown;
  }

  append(source: Uint8Array, start: number, end: number): void {
    this.reserve(end - start);
    const { buffer } = this;
    if (end - start > SHORT_BYTES) {
      buffer.set(source.subarray(start, end), this.length);
      this.length += end - start;
      return;
    }
    let at = this.length;
    for (let i = start; i < end; i++) buffer[at++] = source[i] as number;
    this.length = at;
  }

  view(): Uint8Array {
    return this.buffer.subarray(0, this.length);
  }

  /** A length as ClickHouse and protobuf write it: LEB128. The room must be reserved. */
  putLength(value: number): void {
    let rest = value;
    while (rest > 127) {
      this.buffer[this.length++] = (rest & 127) | 128;
      rest >>>= 7;
    }
    this.buffer[this.length++] = rest;
  }
}

export class Integers implements Store {
  readonly bytesPerElement = 4;
  length = 0;
  values: Uint32Array = new Uint32Array(FIRST_CAPACITY);

  reserve(count: number): void {
    const needed = this.length + count;
    if (needed <= this.values.length) return;
    const grown = new Uint32Array(Math.max(needed, this.values.length * 2));
    grown.set(this.values.subarray(0, this.length));
    this.values = grown;
  }

  push(value: number): void {
    if (this.length === this.values.length) this.reserve(1);
    this.values[this.length++] = value;
  }
}
