/** Writes the protobuf wire format (protobuf.dev/programming-guides/encoding). */

import { Bytes } from '../columns/bytes.ts';

const VARINT = 0;
const FIXED64 = 1;
const LENGTH = 2;
/** Room for the length of a message whose end is not known yet: a varint may have leading zeros. */
const LENGTH_BYTES = 5;
const MAX_VARINT_BYTES = 10;
const NO_DIGIT = 255;
const HEX_DIGITS = Uint8Array.from({ length: 256 }, (_, byte) => {
  const digit = Number.parseInt(String.fromCharCode(byte), 16);
  return Number.isNaN(digit) ? NO_DIGIT : digit;
});

export class WireWriter {
  private readonly out = new Bytes();

  /** Begins an embedded message; what it returns is to be given to `close`. */
  open(field: number): number {
    this.tag(field, LENGTH);
    const at = this.out.length;
    this.out.reserve(LENGTH_BYTES);
    this.out.length += LENGTH_BYTES;
    return at;
  }

  close(at: number): void {
    const { buffer, length } = this.out;
    let rest = length - at - LENGTH_BYTES;
    for (let i = 0; i < LENGTH_BYTES; i++) {
      buffer[at + i] = (rest & 127) | (i < LENGTH_BYTES - 1 ? 128 : 0);
      rest >>>= 7;
    }
  }

  bytes(field: number, source: DataView, start: number, end: number): void {
    this.tag(field, LENGTH);
    this.out.reserve(LENGTH_BYTES);
    this.out.putLength(end - start);
    this.out.append(source, start, end);
  }

  /** Writes hex digits as bytes; false, and nothing written, when they are none or half a byte is missing. */
  hex(field: number, source: DataView, start: number, end: number): boolean {
    if ((end - start) % 2 !== 0) return false;
    for (let i = start; i < end; i++) if (HEX_DIGITS[source.getUint8(i)] === NO_DIGIT) return false;
    this.tag(field, LENGTH);
    this.out.reserve(LENGTH_BYTES + (end - start) / 2);
    this.out.putLength((end - start) / 2);
    const { buffer } = this.out;
    for (let i = start; i < end; i += 2) {
      const high = HEX_DIGITS[source.getUint8(i)] as number;
      buffer[this.out.length++] = (high << 4) | (HEX_DIGITS[source.getUint8(i + 1)] as number);
    }
    return true;
  }

  varint(field: number, value: bigint): void {
    this.tag(field, VARINT);
    this.out.reserve(MAX_VARINT_BYTES);
    let rest = BigInt.asUintN(64, value);
    while (rest > 127n) {
      this.out.buffer[this.out.length++] = Number(rest & 127n) | 128;
      rest >>= 7n;
    }
    this.out.buffer[this.out.length++] = Number(rest);
  }

  /** Of a whole number from 0 to 2^31. */
  smallVarint(field: number, value: number): void {
    this.tag(field, VARINT);
    this.out.reserve(LENGTH_BYTES);
    this.out.putLength(value);
  }

  /** Of a whole number from 0 to 2^53. */
  smallFixed64(field: number, value: number): void {
    this.tag(field, FIXED64);
    this.out.reserve(8);
    this.out.buffer.writeUInt32LE(value >>> 0, this.out.length);
    this.out.length = this.out.buffer.writeUInt32LE(Math.floor(value / 2 ** 32), this.out.length + 4);
  }

  fixed64(field: number, value: bigint): void {
    this.tag(field, FIXED64);
    this.out.reserve(8);
    this.out.length = this.out.buffer.writeBigUInt64LE(BigInt.asUintN(64, value), this.out.length);
  }

  double(field: number, value: number): void {
    this.tag(field, FIXED64);
    this.out.reserve(8);
    this.out.length = this.out.buffer.writeDoubleLE(value, this.out.length);
  }

  finish(): Uint8Array {
    return this.out.contents();
  }

  private tag(field: number, wireType: number): void {
    this.out.reserve(LENGTH_BYTES);
    this.out.putLength(field * 8 + wireType);
  }
}
