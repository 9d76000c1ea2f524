/** Values of OTLP/JSON, each as the type that its field has (opentelemetry-proto, docs/specification.md, "JSON Protobuf Encoding"). */

import { HingeError } from '../../errors.ts';
import { viewOf } from '../columns/words.ts';
import type { Scanner } from './scanner.ts';
import type { Field, Scalar } from './schema.ts';
import type { WireWriter } from './wire-writer.ts';

type Write = (scanner: Scanner, field: Field, out: WireWriter) => void;

const INT64 = { low: -(2n ** 63n), high: 2n ** 63n - 1n };
const UINT64 = { low: 0n, high: 2n ** 64n - 1n };
/** Signed and unsigned ones alike: protobuf cuts to 32 bits. */
const INT32 = { low: -(2n ** 31n), high: 2n ** 32n - 1n };
const DOUBLE_VALUE = 4;
/** What an id becomes that is not hex: it is rejected with its span, and not with the whole request. */
const NO_ID = viewOf(Uint8Array.of(0));
const MAX_INT32 = 0x7fffffff;
const BASE64 = /^[A-Za-z0-9+/_-]*={0,2}$/;

const WRITERS: Readonly<Record<Scalar, Write>> = {
  string(scanner, field, out) {
    readText(scanner, field);
    out.bytes(field.number, scanner.text, scanner.textStart, scanner.textEnd);
  },
  bytes(scanner, field, out) {
    readText(scanner, field);
    const text = scanner.textOf();
    if (!BASE64.test(text)) throw wrongType(field, 'base64', shown(text));
    const decoded = viewOf(Buffer.from(text, 'base64'));
    out.bytes(field.number, decoded, 0, decoded.byteLength);
  },
  id(scanner, field, out) {
    readText(scanner, field);
    const isHex = out.hex(field.number, scanner.text, scanner.textStart, scanner.textEnd);
    if (!isHex) out.bytes(field.number, NO_ID, 0, NO_ID.byteLength);
  },
  bool(scanner, field, out) {
    const value = scanner.peek() === 'literal' ? scanner.readLiteral() : refuse(scanner, field, 'true or false');
    out.smallVarint(field.number, value === true ? 1 : 0);
  },
  int32: (scanner, field, out) => out.varint(field.number, integer(scanner, field, INT32)),
  sint32(scanner, field, out) {
    const value = BigInt.asIntN(32, integer(scanner, field, INT32));
    out.varint(field.number, BigInt.asUintN(32, (value << 1n) ^ (value >> 31n)));
  },
  int64(scanner, field, out) {
    const value = wholeNumber(scanner, field);
    if (value >= INT64.low && value <= INT64.high) out.varint(field.number, value);
    else out.double(DOUBLE_VALUE, Number(value));
  },
  uint64: (scanner, field, out) => out.varint(field.number, integer(scanner, field, UINT64)),
  fixed64: (scanner, field, out) => out.fixed64(field.number, integer(scanner, field, UINT64)),
  sfixed64: (scanner, field, out) => out.fixed64(field.number, integer(scanner, field, INT64)),
  double: (scanner, field, out) => out.double(field.number, double(scanner, field)),
};

/** How the small numbers are written that nearly all are. */
const SHORT_INTEGERS: Partial<
  Readonly<Record<Scalar, { max: number; write: (out: WireWriter, field: number, value: number) => void }>>
> = {
  int32: { max: MAX_INT32, write: (out, field, value) => out.smallVarint(field, value) },
  int64: { max: MAX_INT32, write: (out, field, value) => out.smallVarint(field, value) },
  uint64: { max: MAX_INT32, write: (out, field, value) => out.smallVarint(field, value) },
  fixed64: { max: Number.MAX_SAFE_INTEGER, write: (out, field, value) => out.smallFixed64(field, value) },
  sfixed64: { max: Number.MAX_SAFE_INTEGER, write: (out, field, value) => out.smallFixed64(field, value) },
  double: { max: Number.MAX_SAFE_INTEGER, write: (out, field, value) => out.double(field, value) },
};

/** Reads the next value and writes it; throws INPUT_INVALID when it is not what the field takes. */
export function writeScalar(scanner: Scanner, field: Field, type: Scalar, out: WireWriter): void {
  const short = SHORT_INTEGERS[type];
  if (short !== undefined) {
    const { at } = scanner;
    const value = scanner.readShortInteger();
    if (value >= 0 && value <= short.max) {
      short.write(out, field.number, value);
      return;
    }
    scanner.at = at;
  }
  WRITERS[type](scanner, field, out);
}

/** Passes over the value and says that it is the wrong one. */
export function refuse(scanner: Scanner, field: Pick<Field, 'name'>, wanted: string): never {
  const kind = scanner.peek();
  if (kind === 'object' || kind === 'array') throw wrongType(field, wanted, `an ${kind}`);
  if (kind === 'string') scanner.readString();
  const value =
    kind === 'string' ? shown(scanner.textOf()) : kind === 'number' ? scanner.readNumber() : scanner.readLiteral();
  throw wrongType(field, wanted, String(value));
}

function readText(scanner: Scanner, field: Field): void {
  if (scanner.peek() !== 'string') refuse(scanner, field, 'a string');
  scanner.readString();
}

function integer(scanner: Scanner, field: Field, { low, high }: typeof INT64): bigint {
  const value = wholeNumber(scanner, field);
  if (value < low || value > high) throw wrongType(field, `between ${low} and ${high}`, String(value));
  return value;
}

/** A number or a string of digits, exact beyond 2^53. */
function wholeNumber(scanner: Scanner, field: Field): bigint {
  const text = numberText(scanner, field, 'a whole number');
  if (/^-?\d+$/.test(text)) return BigInt(text);
  const value = text === '' ? Number.NaN : Number(text);
  if (!Number.isInteger(value)) throw wrongType(field, 'a whole number', shown(text));
  return BigInt(value);
}

/** Numbers, and the strings that the JSON mapping of protobuf has: `NaN`, `Infinity`, `-Infinity`, digits. */
function double(scanner: Scanner, field: Field): number {
  const text = numberText(scanner, field, 'a number');
  const value = text.trim() === '' ? Number.NaN : Number(text);
  if (Number.isNaN(value) && text !== 'NaN') throw wrongType(field, 'a number', shown(text));
  return value;
}

function numberText(scanner: Scanner, field: Field, wanted: string): string {
  const kind = scanner.peek();
  if (kind === 'number') return scanner.readNumber();
  if (kind !== 'string') return refuse(scanner, field, wanted);
  scanner.readString();
  return scanner.textOf();
}

const shown = (text: string) => `"${text.slice(0, 40)}"`;

function wrongType(field: Pick<Field, 'name'>, wanted: string, value: string): HingeError {
  return new HingeError(
    'INPUT_INVALID',
    `not a valid OTLP/JSON request: ${field.name} must be ${wanted}, it is ${value}`,
  );
}
