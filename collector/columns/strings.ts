/** `String`: each value with its length in front. Values are cut at a limit, and the tally are counted. */

import { isUtf8 } from 'node:buffer';
import type { Tally } from '../tally.ts';
import { Bytes, LONG } from './bytes.ts';
import type { TextColumn } from './column.ts';
import { bytesOf, copyWords, HIGH_BITS, viewOf } from './words.ts';

const MAX_LENGTH_BYTES = 5;
/** Of each byte the two digits, as they stand in memory. */
const HEX_DIGITS = Uint16Array.from({ length: 256 }, (_, byte) =>
  Buffer.from(byte.toString(16).padStart(2, '0')).readUInt16LE(),
);

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

  append(source: DataView, start: number, end: number): void {
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
    const length = Buffer.byteLength(text);
    if (length > this.tally.maxValueBytes) {
      this.append(viewOf(Buffer.from(text)), 0, length);
      return;
    }
    const { bytes } = this;
    bytes.reserve(length + MAX_LENGTH_BYTES);
    bytes.putLength(length);
    bytes.length += bytes.buffer.write(text, bytes.length);
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
  appendHex(source: DataView, start: number, end: number): void {
    const { bytes } = this;
    const length = (end - start) * 2;
    bytes.reserve(length + MAX_LENGTH_BYTES);
    bytes.putLength(length);
    const { view } = bytes;
    for (let at = start; at < end; at++, bytes.length += 2) {
      view.setUint16(bytes.length, HEX_DIGITS[source.getUint8(at)] as number, true);
    }
  }

  prefix(): void {}

  data(out: Uint8Array[]): void {
    out.push(this.bytes.contents());
  }

  reset(): void {
    this.bytes.length = 0;
  }
}

/** Where a text that is too long is cut: at the limit, or before the character that would be split. */
export function cutEnd(source: DataView, start: number, tally: Tally): number {
  tally.truncated++;
  let end = start + tally.maxValueBytes;
  for (let back = 0; back < 3 && isContinuation(source.getUint8(end)); back++) end--;
  return end;
}

/** A text with U+FFFD in place of what is not UTF-8. */
export function mend(source: DataView, start: number, end: number): string {
  return bytesOf(source, start, end).toString('utf8');
}

/** Whether bytes are valid UTF-8. */
export function isText(source: DataView, start: number, end: number): boolean {
  return isUtf8(bytesOf(source, start, end));
}

/** Appends the bytes; false when they are not UTF-8. The room must be reserved. */
function copyText(source: DataView, start: number, end: number, to: Bytes): boolean {
  const at = to.length;
  to.length += end - start;
  if (end - start > LONG) {
    const bytes = bytesOf(source, start, end);
    to.buffer.set(bytes, at);
    return isUtf8(bytes);
  }
  const isAscii = (copyWords(source, start, end, to.view, at) & HIGH_BITS) === 0;
  return isAscii || isText(source, start, end);
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
