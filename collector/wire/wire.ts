/** Reads the protobuf wire format (protobuf.dev/programming-guides/encoding) from bytes that nobody vouches for. */

import { HingeError } from '../../errors.ts';

const VARINT = 0;
const FIXED64 = 1;
const LENGTH = 2;
const FIXED32 = 5;
const HALF = 2 ** 32;

export interface WireLimits {
  /** Messages of the kinds that take memory of their own, and fields that are passed over. */
  readonly maxMessages: number;
  /** Attributes of one message whose positions are kept; those beyond are counted as messages, and cut. */
  readonly maxAttributes: number;
  /** Levels of lists and maps inside an attribute value. */
  readonly maxDepth: number;
}

/**
 * A position in the bytes of one request. A message is read as
 * `while (wire.at < end) switch (wire.tag()) { ... default: wire.skip(tag, KNOWN, end) }`, then `wire.close(end)`.
 * What does not fit throws INPUT_INVALID or INPUT_TOO_LARGE.
 */
export class Wire {
  readonly bytes: Uint8Array;
  /** Of these bytes. */
  readonly view: DataView;
  readonly limits: WireLimits;
  at = 0;
  private messages = 0;

  constructor(bytes: Uint8Array, limits: WireLimits) {
    this.bytes = bytes;
    this.limits = limits;
    this.view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  }

  /** Field number times eight plus wire type. */
  tag(): number {
    const tag = this.uint32();
    if (tag < 8) throw invalid('field number 0 does not exist');
    return tag;
  }

  /** Reads a length, and returns where it leads; `end` is where the message ends that is being read. */
  reach(end: number): number {
    const length = this.uint32();
    const to = this.at + length;
    if (to > end) throw truncated();
    return to;
  }

  /** Passes over an embedded message and keeps where it stands. */
  passInto(ranges: Ranges, end: number): void {
    const to = this.reach(end);
    ranges.add(this.at, to);
    this.at = to;
  }

  /** Passes over an attribute, and keeps where it stands unless there are too many: a span may come with millions. */
  passAttribute(ranges: Ranges, end: number): void {
    if (ranges.count < this.limits.maxAttributes) {
      this.passInto(ranges, end);
      return;
    }
    this.count();
    this.at = this.reach(end);
    ranges.count++;
  }

  /** To be called where a message is read to its end. */
  close(end: number): void {
    if (this.at !== end) throw truncated();
  }

  /** Passes over a field that is not wanted; `known` has a bit for each field number that the message does have. */
  skip(tag: number, known: number, end: number): void {
    const field = tag >>> 3;
    const wireType = tag & 7;
    if (field < 32 && ((known >>> field) & 1) === 1)
      throw invalid(`field ${field} has the wrong wire type ${wireType}`);
    this.count();
    if (wireType === VARINT) this.uint32();
    else if (wireType === LENGTH) this.at = this.reach(end);
    else if (wireType === FIXED64) this.at += 8;
    else if (wireType === FIXED32) this.at += 4;
    else throw invalid(`field ${field} has wire type ${wireType}, which proto3 does not have`);
  }

  /** Counts what takes memory, or time that nothing else bounds. */
  count(): void {
    if (++this.messages > this.limits.maxMessages) {
      throw new HingeError(
        'INPUT_TOO_LARGE',
        `more than ${this.limits.maxMessages} messages in one request: send smaller batches`,
      );
    }
  }

  /** The low 32 bits of a varint of up to ten bytes; int32 and enum are `| 0` of it. */
  uint32(): number {
    // Nearly all are of one byte.
    const first = this.bytes[this.at] as number;
    if (first < 128) {
      this.at++;
      return first;
    }
    return this.longUint32();
  }

  private longUint32(): number {
    const { bytes } = this;
    let value = 0;
    for (let shift = 0; shift < 70; shift += 7) {
      const byte = bytes[this.at++] as number;
      if (shift < 32) value |= (byte & 127) << shift;
      if (byte < 128) return value >>> 0;
    }
    throw invalid('a varint is longer than ten bytes, or cut off');
  }

  sint32(): number {
    const zigzag = this.uint32();
    return (zigzag >>> 1) ^ -(zigzag & 1);
  }

  bool(): boolean {
    return this.uint64() !== 0n;
  }

  uint64(): bigint {
    let value = 0n;
    for (let shift = 0n; shift < 70n; shift += 7n) {
      const byte = this.bytes[this.at++] ?? 255;
      value |= BigInt(byte & 127) << shift;
      if (byte < 128) return BigInt.asUintN(64, value);
    }
    throw invalid('a varint is longer than ten bytes, or cut off');
  }

  /** A number where it is exact, a bigint beyond 2^53. */
  int64(): number | bigint {
    const start = this.at;
    const low = this.uint32();
    if (this.at - start <= 4) return low;
    this.at = start;
    const whole = BigInt.asIntN(64, this.uint64());
    const number = Number(whole);
    return Number.isSafeInteger(number) ? number : whole;
  }

  /** Passes over eight bytes and returns where they begin. */
  fixed64(end: number): number {
    const start = this.at;
    if (start + 8 > end) throw truncated();
    this.at = start + 8;
    return start;
  }

  /** The low half of a fixed64 at a position. */
  low(at: number): number {
    return this.view.getUint32(at, true);
  }

  high(at: number): number {
    return this.view.getUint32(at + 4, true);
  }

  doubleAt(at: number): number {
    return this.view.getFloat64(at, true);
  }

  /** An sfixed64 as the nearest double. */
  sfixed64At(at: number): number {
    return this.view.getInt32(at + 4, true) * HALF + this.low(at);
  }

  text(start: number, end: number): string {
    const { buffer, byteOffset } = this.bytes;
    return Buffer.from(buffer, byteOffset + start, end - start).toString('utf8');
  }

  hex(start: number, end: number): string {
    const { buffer, byteOffset } = this.bytes;
    return Buffer.from(buffer, byteOffset + start, end - start).toString('hex');
  }
}

/** Where a text or an embedded message stands; used again for every message. */
export class Slice {
  start = 0;
  end = 0;

  read(wire: Wire, outerEnd: number): void {
    this.end = wire.reach(outerEnd);
    this.start = wire.at;
    wire.at = this.end;
  }

  clear(): void {
    this.start = this.end = 0;
  }
}

/** A fixed64 by its halves; used again for every message. */
export class Fixed64 {
  low = 0;
  high = 0;

  read(wire: Wire, end: number): void {
    const at = wire.fixed64(end);
    this.low = wire.low(at);
    this.high = wire.high(at);
  }

  clear(): void {
    this.low = this.high = 0;
  }
}

/** Positions of elements of a repeated field, used again for every message; of attributes, the first `maxAttributes` of `count`. */
export class Ranges {
  count = 0;
  private starts: Int32Array;
  private ends: Int32Array;

  constructor(capacity = 16) {
    this.starts = new Int32Array(capacity);
    this.ends = new Int32Array(capacity);
  }

  add(start: number, end: number): void {
    if (this.count === this.starts.length) this.grow();
    this.starts[this.count] = start;
    this.ends[this.count++] = end;
  }

  start(index: number): number {
    return this.starts[index] as number;
  }

  end(index: number): number {
    return this.ends[index] as number;
  }

  private grow(): void {
    const starts = new Int32Array(this.count * 2);
    starts.set(this.starts);
    this.starts = starts;
    const ends = new Int32Array(this.count * 2);
    ends.set(this.ends);
    this.ends = ends;
  }
}

/** A mask for `skip`. */
export const fields = (...numbers: readonly number[]): number =>
  numbers.reduce((mask, field) => mask | (1 << field), 0);

const truncated = () => invalid('a field reaches beyond the end of its message');
const invalid = (what: string) => new HingeError('INPUT_INVALID', `not a valid OTLP protobuf message: ${what}`);

export { invalid as invalidWire };
