/** `String`: each value with its length in front. Values are cut at a limit, and the tally are counted. */

import { isUtf8 } from 'node:buffer';
import type { Tally } from '../tally.ts';
import { Bytes } from './bytes.ts';
import type { TextColumn } from './column.ts';

const MAX_LENGTH_BYTES = 5;
/** Shorter texts are copied faster byte by byte than by a call. */
const SHORT = 48;
const HEX_DIGITS = Buffer.from('0123456789abcdef');

export class StringColumn implements TextColumn {
  readonly type = 'String';
  readonly stores: readonly Bytes[];
  /** The values so far, each with its length in front as LEB128. */
  readonly bytes = new Bytes();
  private readonly tally: Tally;

  constructor(tally: Tally) {
    this.tally = tally;
    this.stores = [this.bytes];
  }

  append(source: Uint8Array, start: number, end: number): void {
    const length = end - start;
    if (length > this.tally.maxValueBytes) {
      this.append(source, start, cutEnd(source, start, this.tally));
      return;
    }
    const { bytes } = this;
    const before = bytes.length;
    bytes.reserve(length + MAX_LENGTH_BYTES);
    bytes.putLength(length);
    if (copyText(source, start, end, bytes)) return;
    bytes.length = before;
    this.appendText(mend(source, start, end));
  }

  appendText(text: string): void {
    const encoded = Buffer.from(text);
    this.append(encoded, 0, encoded.length);
  }

  appendInteger(value: number): void {
    if (value < 0 || value > 0x7fffffff) {
      this.appendText(String(value));
      return;
    }
    const { bytes } = this;
    bytes.reserve(11);
    const digits = countDigits(value);
    const { buffer } = bytes;
    let at = bytes.length + digits;
    buffer[bytes.length] = digits;
    bytes.length = at + 1;
    let rest = value;
    do {
      const tenth = (rest / 10) | 0;
      buffer[at--] = 48 + rest - tenth * 10;
      rest = tenth;
    } while (rest > 0);
  }

  /** Bytes as lower-case hex. */
  appendHex(source: Uint8Array, start: number, end: number): void {
    const { bytes } = this;
    const length = (end - start) * 2;
    bytes.reserve(length + MAX_LENGTH_BYTES);
    bytes.putLength(length);
    const { buffer } = bytes;
    let at = bytes.length;
    for (let i = start; i < end; i++) {
      const byte = source[i] as number;
      buffer[at++] = HEX_DIGITS[byte >> 4] as number;
      buffer[at++] = HEX_DIGITS[byte & 15] as number;
    }
    bytes.length = at;
  }

  prefix(): void {}

  data(out: Uint8Array[]): void {
    out.push(this.bytes.view());
  }

  reset(): void {
    this.bytes.length = 0;
  }
}

/** Where a text that is too long is cut: at the limit, or before the character that would be split. */
export function cutEnd(source: Uint8Array, start: number, tally: Tally): number {
  tally.truncated++;
  let end = start + tally.maxValueBytes;
  for (let back = 0; back < 3 && isContinuation(source[end] as number); back++) end--;
  return end;
}

/** A text with U+FFFD in place of what is not UTF-8. */
export function mend(source: Uint8Array, start: number, end: number): string {
  return Buffer.from(source.buffer, source.byteOffset + start, end - start).toString('utf8');
}

/** Whether bytes are valid UTF-8. */
export function isText(source: Uint8Array, start: number, end: number): boolean {
  return isUtf8(source.subarray(start, end));
}

/** Appends the bytes; false when they are not UTF-8. The room must be reserved. */
function copyText(source: Uint8Array, start: number, end: number, to: Bytes): boolean {
  const { buffer } = to;
  let at = to.length;
  to.length += end - start;
  if (end - start > SHORT) {
    const view = source.subarray(start, end);
    buffer.set(view, at);
    return isUtf8(view);
  }
  let highBits = 0;
  for (let i = start; i < end; i++) {
    const byte = source[i] as number;
    highBits |= byte;
    buffer[at++] = byte;
  }
  return highBits < 128 || isText(source, start, end);
}

const isContinuation = (byte: number) => (byte & 0xc0) === 0x80;

function countDigits(value: number): number {
  if (value < 10) return 1;
  if (value < 100) return 2;
  if (value < 1_000) return 3;
  if (value < 10_000) return 4;
  if (value < 100_000) return 5;
  return value < 1_000_000 ? 6 : String(value).length;
}
