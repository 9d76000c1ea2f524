/** Reads the protobuf wire format (protobuf.dev/programming-guides/encoding) from bytes that nobody vouches for. */

import { HingeError } from '../errors.ts';

const VARINT = 0;
const FIXED64 = 1;
const LENGTH = 2;
const FIXED32 = 5;

/** How to read each field of a message into its target, by field number; a field without an entry is skipped. */
export type Fields<T> = Readonly<Record<number, (cursor: Cursor, target: T) => void>>;

export interface CursorLimits {
  readonly maxMessages: number;
  readonly maxDepth: number;
}

/**
 * A position in the bytes of one message. Reading past the end of the message that is being read, a wire type that does
 * not fit the field, too many messages or too deep a nesting throw INPUT_INVALID or INPUT_TOO_LARGE.
 */
export class Cursor {
  private readonly bytes: Buffer;
  private readonly limits: CursorLimits;
  private position = 0;
  private end: number;
  private wireType = VARINT;
  private field = 0;
  private messages = 0;
  private depth = 0;

  constructor(bytes: Uint8Array, limits: CursorLimits) {
    this.bytes = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
    this.limits = limits;
    this.end = bytes.byteLength;
  }

  /** Reads the rest of the current message into the target. */
  fields<T>(fields: Fields<T>, target: T): T {
    while (this.position < this.end) {
      const tag = this.varint32();
      this.field = tag >>> 3;
      this.wireType = tag & 7;
      if (this.field === 0) throw invalid('field number 0 does not exist');
      const read = fields[this.field];
      if (read === undefined) this.skip();
      else read(this, target);
    }
    return target;
  }

  /** Reads an embedded message into the target. */
  message<T>(fields: Fields<T>, target: T): T {
    this.count();
    const outerEnd = this.end;
    this.end = this.enter();
    this.fields(fields, target);
    this.end = outerEnd;
    return target;
  }

  /** As `message`, for messages that hold themselves: their nesting is limited. */
  nested<T>(fields: Fields<T>, target: T): T {
    if (++this.depth > this.limits.maxDepth) {
      throw invalid(`attribute values are nested deeper than ${this.limits.maxDepth} levels`);
    }
    this.message(fields, target);
    this.depth--;
    return target;
  }

  /** Reads an embedded message twice: fields come in any order, and the second pass needs what the first one found. */
  twice<T>(first: Fields<T>, target: T, second: Fields<null>): void {
    const start = this.position;
    this.message(first, target);
    this.position = start;
    this.wireType = LENGTH;
    this.message(second, null);
  }

  string(): string {
    const end = this.enter();
    const text = this.bytes.toString('utf8', this.position, end);
    this.position = end;
    return text;
  }

  hex(): string {
    const end = this.enter();
    const text = this.bytes.toString('hex', this.position, end);
    this.position = end;
    return text;
  }

  /** A view of the bytes, not a copy. */
  raw(): Uint8Array {
    const end = this.enter();
    const bytes = this.bytes.subarray(this.position, end);
    this.position = end;
    return bytes;
  }

  bool(): boolean {
    this.expect(VARINT);
    return this.varint64() !== 0n;
  }

  /** int32, uint32 and enum; longer encodings are cut to 32 bits, as protobuf asks. */
  int32(): number {
    this.expect(VARINT);
    return this.varint32() | 0;
  }

  uint32(): number {
    this.expect(VARINT);
    return this.varint32();
  }

  sint32(): number {
    this.expect(VARINT);
    const zigzag = this.varint32();
    return (zigzag >>> 1) ^ -(zigzag & 1);
  }

  /** A number where it is exact, a bigint beyond 2^53. */
  int64(): number | bigint {
    this.expect(VARINT);
    return narrow(BigInt.asIntN(64, this.varint64()));
  }

  fixed64(): bigint {
    return this.bytes.readBigUInt64LE(this.fixed(FIXED64, 8));
  }

  sfixed64(): bigint {
    return this.bytes.readBigInt64LE(this.fixed(FIXED64, 8));
  }

  double(): number {
    return this.bytes.readDoubleLE(this.fixed(FIXED64, 8));
  }

  /** Appends a repeated number, which may come packed or one by one. */
  repeated<T>(wireType: 'varint' | 'fixed64', values: T[], read: (cursor: Cursor) => T): void {
    if (this.wireType !== LENGTH) {
      values.push(read(this));
      return;
    }
    const end = this.enter();
    const outerEnd = this.end;
    this.end = end;
    this.wireType = wireType === 'varint' ? VARINT : FIXED64;
    while (this.position < end) {
      this.count();
      values.push(read(this));
    }
    this.end = outerEnd;
  }

  uint64(): bigint {
    this.expect(VARINT);
    return this.varint64();
  }

  private count(): void {
    if (++this.messages > this.limits.maxMessages) {
      throw tooLarge(`more than ${this.limits.maxMessages} messages in one request: send smaller batches`);
    }
  }

  private skip(): void {
    if (this.wireType === VARINT) this.varint32();
    else if (this.wireType === LENGTH) this.position = this.enter();
    else if (this.wireType === FIXED64) this.advance(8);
    else if (this.wireType === FIXED32) this.advance(4);
    else throw invalid(`field ${this.field} has wire type ${this.wireType}, which proto3 does not have`);
  }

  private expect(wireType: number): void {
    if (this.wireType !== wireType) {
      throw invalid(`field ${this.field} has wire type ${this.wireType} instead of ${wireType}`);
    }
  }

  /** Reads a length and returns where it ends. */
  private enter(): number {
    this.expect(LENGTH);
    const length = this.varint32();
    const end = this.position + length;
    if (end > this.end) throw truncated(this.field);
    return end;
  }

  private fixed(wireType: number, bytes: number): number {
    this.expect(wireType);
    return this.advance(bytes);
  }

  private advance(bytes: number): number {
    const start = this.position;
    if (start + bytes > this.end) throw truncated(this.field);
    this.position = start + bytes;
    return start;
  }

  /** The low 32 bits of a varint of up to ten bytes. */
  private varint32(): number {
    let value = 0;
    for (let shift = 0; shift < 70; shift += 7) {
      const byte = this.bytes[this.advance(1)] ?? 0;
      if (shift < 32) value |= (byte & 127) << shift;
      if (byte < 128) return value >>> 0;
    }
    throw invalid('a varint is longer than ten bytes');
  }

  private varint64(): bigint {
    let value = 0n;
    for (let shift = 0n; shift < 70n; shift += 7n) {
      const byte = this.bytes[this.advance(1)] ?? 0;
      value |= BigInt(byte & 127) << shift;
      if (byte < 128) return BigInt.asUintN(64, value);
    }
    throw invalid('a varint is longer than ten bytes');
  }
}

function narrow(value: bigint): number | bigint {
  const number = Number(value);
  return Number.isSafeInteger(number) ? number : value;
}

const truncated = (field: number) => invalid(`field ${field} reaches beyond the end of its message`);
const invalid = (what: string) => new HingeError('INPUT_INVALID', `not a valid OTLP protobuf message: ${what}`);
const tooLarge = (what: string) => new HingeError('INPUT_TOO_LARGE', what);
