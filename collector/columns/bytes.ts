/** Bytes, and 32-bit numbers, that grow at their end. Appending is the innermost loop of the collector: nothing is allocated per call. */

import type { Store } from './column.ts';
import { bytesOf, copyWords, viewOf } from './words.ts';

const FIRST_CAPACITY = 1 << 12;
/** More bytes are copied faster by a call. */
export const LONG = 160;

export class Bytes implements Store {
  readonly bytesPerElement = 1;
  length = 0;
  buffer: Buffer = Buffer.allocUnsafeSlow(FIRST_CAPACITY);
  /** Of the buffer. */
  view: DataView = viewOf(this.buffer);

  /** Makes room for so many more bytes. */
  reserve(bytes: number): void {
    const needed = this.length + bytes;
    if (needed <= this.buffer.length) return;
    const grown = Buffer.allocUnsafeSlow(Math.max(needed, this.buffer.length * 2));
    this.buffer.copy(grown, 0, 0, this.length);
    this.buffer = grown;
    this.view = viewOf(grown);
  }

  append(source: DataView, start: number, end: number): void {
    this.reserve(end - start);
    if (end - start > LONG) this.buffer.set(bytesOf(source, start, end), this.length);
    else copyWords(source, start, end, this.view, this.length);
    this.length += end - start;
  }

  contents(): Uint8Array {
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
