/** Reads one field of a JSON object as the type that OTLP/JSON gives it (opentelemetry-proto, docs/specification.md). */

import { HingeError } from '../errors.ts';
import { isObject, type JsonObject } from './json-text.ts';

// A field that is absent or null has its default, as proto3 asks. Every function throws INPUT_INVALID on a wrong type.

export function string(object: JsonObject, field: string): string {
  const value = object[field] ?? '';
  if (typeof value !== 'string') throw wrongType(field, 'a string', value);
  return value;
}

/** Ids are hex in either case, never base64; whether they have the right length is checked later, span by span. */
export function hex(object: JsonObject, field: string): string {
  return string(object, field).toLowerCase();
}

export function bool(object: JsonObject, field: string): boolean {
  const value = object[field] ?? false;
  if (typeof value !== 'boolean') throw wrongType(field, 'true or false', value);
  return value;
}

export function array(object: JsonObject, field: string): readonly unknown[] {
  const value = object[field] ?? [];
  if (!Array.isArray(value)) throw wrongType(field, 'an array', value);
  return value;
}

export function objects(object: JsonObject, field: string): readonly JsonObject[] {
  const values = array(object, field);
  return values.every(isObject) ? values : wrongElements(field, values);
}

export function object(parent: JsonObject, field: string): JsonObject {
  const value = parent[field] ?? {};
  if (!isObject(value)) throw wrongType(field, 'an object', value);
  return value;
}

/** 32-bit integers and enumerations; names of enumeration values are not OTLP/JSON. */
export function int32(object: JsonObject, field: string): number {
  return Number(integer(object[field] ?? 0, field, -(2n ** 31n), 2n ** 32n - 1n));
}

export function uint64(object: JsonObject, field: string): bigint {
  return uint64Of(object[field] ?? 0, field);
}

export function uint64Of(value: unknown, field: string): bigint {
  return BigInt(integer(value, field, 0n, 2n ** 64n - 1n));
}

export function int64(object: JsonObject, field: string): number | bigint {
  return integer(object[field] ?? 0, field, -(2n ** 63n), 2n ** 63n - 1n);
}

/** Of any size: the JavaScript exporter writes every whole double as `intValue`, beyond 2^63 too. */
export function wholeNumber(object: JsonObject, field: string): number | bigint {
  const whole = wholeNumberOf(object[field] ?? 0);
  if (whole === undefined) throw wrongType(field, 'a whole number', object[field]);
  return whole;
}

export function double(object: JsonObject, field: string): number {
  return doubleOf(object[field] ?? 0, field);
}

/** Numbers, and the strings that the JSON mapping of protobuf has: `NaN`, `Infinity`, `-Infinity`, digits. */
export function doubleOf(value: unknown, field: string): number {
  if (typeof value === 'number') return value;
  if (typeof value === 'bigint') return Number(value);
  if (typeof value !== 'string' || value.trim() === '') throw wrongType(field, 'a number', value);
  const number = Number(value);
  if (Number.isNaN(number) && value !== 'NaN') throw wrongType(field, 'a number', value);
  return number;
}

export function bytes(object: JsonObject, field: string): Uint8Array {
  const text = string(object, field);
  if (!/^[A-Za-z0-9+/_-]*={0,2}$/.test(text)) throw wrongType(field, 'base64', text);
  return Buffer.from(text, 'base64');
}

function integer(value: unknown, field: string, low: bigint, high: bigint): number | bigint {
  const whole = wholeNumberOf(value);
  if (whole === undefined) throw wrongType(field, 'a whole number', value);
  if (whole < low || whole > high) throw wrongType(field, `between ${low} and ${high}`, value);
  return whole;
}

/** A number where it is exact, a bigint beyond 2^53. */
function wholeNumberOf(value: unknown): number | bigint | undefined {
  if (typeof value === 'bigint') return value;
  if (typeof value === 'number') return Number.isInteger(value) ? value : undefined;
  if (typeof value !== 'string' || !/^-?\d{1,20}$/.test(value)) return undefined;
  const number = Number(value);
  return Number.isSafeInteger(number) ? number : BigInt(value);
}

function wrongElements(field: string, values: readonly unknown[]): never {
  throw wrongType(
    `an element of ${field}`,
    'an object',
    values.find((value) => !isObject(value)),
  );
}

function wrongType(field: string, wanted: string, value: unknown): HingeError {
  const shown =
    typeof value === 'string' ? `"${value.slice(0, 40)}"` : Array.isArray(value) ? 'an array' : String(value);
  return new HingeError('INPUT_INVALID', `not a valid OTLP/JSON request: ${field} must be ${wanted}, it is ${shown}`);
}
