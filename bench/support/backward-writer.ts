/** Writes protobuf from its last byte to its first, so that the length of a message is known when it is written. */

const FIRST_BYTES = 1 << 20;

/** Fields of a message are written in descending order, elements of a list last to first. */
export class BackwardWriter {
  #bytes = Buffer.allocUnsafe(FIRST_BYTES);
  #at = FIRST_BYTES;

  /** Bytes written so far: a place in the finished message, counted from its end. */
  get written(): number {
    return this.#bytes.length - this.#at;
  }

  /** A field of wire type 0; `value` is a whole number from 0 to 2^53. */
  varint(field: number, value: number): void {
    this.#varint(value);
    this.#varint(field * 8);
  }

  fixed32(field: number, value: number): void {
    this.#room(4);
    this.#bytes.writeUInt32LE(value, this.#at);
    this.#varint(field * 8 + 5);
  }

  /** `value` is a whole number from 0 to 2^53. */
  fixed64(field: number, value: number): void {
    this.fixed64Bytes(value);
    this.#varint(field * 8 + 1);
  }

  /** Without a tag: an element of a packed list. */
  fixed64Bytes(value: number): void {
    this.#room(8);
    this.#bytes.writeUInt32LE(value % 2 ** 32, this.#at);
    this.#bytes.writeUInt32LE(Math.floor(value / 2 ** 32), this.#at + 4);
  }

  double(field: number, value: number): void {
    this.doubleBytes(value);
    this.#varint(field * 8 + 1);
  }

  doubleBytes(value: number): void {
    this.#room(8);
    this.#bytes.writeDoubleLE(value, this.#at);
  }

  text(field: number, text: string): void {
    const length = Buffer.byteLength(text);
    this.#room(length);
    this.#bytes.write(text, this.#at, length, 'utf8');
    this.#lengthAndTag(field, length);
  }

  bytes(field: number, bytes: Uint8Array): void {
    this.#room(bytes.length);
    this.#bytes.set(bytes, this.#at);
    this.#lengthAndTag(field, bytes.length);
  }

  /** A message, or a packed list: whatever `write` writes. */
  message(field: number, write: () => void): void {
    const before = this.written;
    write();
    this.#lengthAndTag(field, this.written - before);
  }

  /** A copy of what was written; the writer begins anew. */
  finish(): Buffer {
    const bytes = Buffer.from(this.#bytes.subarray(this.#at));
    this.#at = this.#bytes.length;
    return bytes;
  }

  #lengthAndTag(field: number, length: number): void {
    this.#varint(length);
    this.#varint(field * 8 + 2);
  }

  #varint(value: number): void {
    const length = value < 128 ? 1 : Math.floor(Math.log2(value) / 7) + 1;
    this.#room(length);
    let rest = value;
    for (let index = 0; index < length; index++) {
      this.#bytes[this.#at + index] = (rest % 128) | (index + 1 < length ? 128 : 0);
      rest = Math.floor(rest / 128);
    }
  }

  /** Moves back by `count` bytes, growing at the front. */
  #room(count: number): void {
    while (this.#at < count) {
      const larger = Buffer.allocUnsafe(this.#bytes.length * 2);
      this.#bytes.copy(larger, this.#bytes.length);
      this.#at += this.#bytes.length;
      this.#bytes = larger;
    }
    this.#at -= count;
  }
}
