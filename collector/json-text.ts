/** Parses JSON that nobody vouches for: nesting and number of values are checked before anything is built of it. */

import { HingeError, messageOf } from '../errors.ts';

/** A parsed object; whole numbers beyond 2^53 are bigint. Keys such as `__proto__` are plain own properties. */
export type JsonObject = { readonly [key: string]: unknown };

export interface JsonLimits {
  readonly maxMessages: number;
  readonly maxDepth: number;
}

/** Levels of JSON that one level of an attribute value takes: kvlistValue, values, entry, value. */
const LEVELS_PER_VALUE = 4;
/** Levels from the request down to the value of an attribute, exemplars included. */
const LEVELS_ABOVE_VALUES = 20;

const BACKSLASH = 0x5c;
const QUOTE = 0x22;
const ZERO = 0x30;
const NINE = 0x39;
/** Every whole number of this many digits is exact as a double. */
const EXACT_DIGITS = 15;

const LEVEL_CHANGE = byteTable({ '{': 1, '[': 1, '}': -1, ']': -1 });
const STARTS_VALUE = byteTable({ '{': 1, '[': 1, ',': 1 });

/** Throws INPUT_INVALID when it is not one JSON object, INPUT_TOO_LARGE when it holds too many values. */
export function parseJson(bytes: Uint8Array, limits: JsonLimits): JsonObject {
  const survey = surveyJson(bytes);
  const maxDepth = limits.maxDepth * LEVELS_PER_VALUE + LEVELS_ABOVE_VALUES;
  if (survey.depth > maxDepth) throw invalid(`it is nested deeper than ${maxDepth} levels`);
  if (survey.values > limits.maxMessages) {
    throw new HingeError(
      'INPUT_TOO_LARGE',
      `more than ${limits.maxMessages} values in one request: send smaller batches`,
    );
  }
  const text = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength).toString('utf8');
  const parsed = parse(text, survey.longNumbers);
  if (!isObject(parsed)) throw invalid('it is not a JSON object');
  return parsed;
}

export function isObject(value: unknown): value is JsonObject {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

/** One pass over the bytes, outside strings: how many values and levels at most, and whether a number may exceed 2^53. */
function surveyJson(bytes: Uint8Array): { values: number; depth: number; longNumbers: boolean } {
  let level = 0;
  let depth = 0;
  let values = 1;
  let digits = 0;
  let mostDigits = 0;
  for (let i = 0; i < bytes.length; i++) {
    const byte = bytes[i] ?? 0;
    if (byte === QUOTE) i = endOfString(bytes, i);
    level += LEVEL_CHANGE[byte] ?? 0;
    values += STARTS_VALUE[byte] ?? 0;
    digits = byte >= ZERO && byte <= NINE ? digits + 1 : 0;
    if (level > depth) depth = level;
    if (digits > mostDigits) mostDigits = digits;
  }
  return { values, depth, longNumbers: mostDigits > EXACT_DIGITS };
}

function endOfString(bytes: Uint8Array, start: number): number {
  let i = start + 1;
  while (i < bytes.length && bytes[i] !== QUOTE) i += bytes[i] === BACKSLASH ? 2 : 1;
  return i;
}

/** Numbers keep their digits only where it matters: a reviver makes parsing several times slower. */
function parse(text: string, longNumbers: boolean): unknown {
  try {
    return longNumbers ? JSON.parse(text, keepDigits) : JSON.parse(text);
  } catch (cause) {
    throw new HingeError('INPUT_INVALID', `not valid JSON: ${messageOf(cause)}`, { cause });
  }
}

/** Node has passed the source text of a number since version 21 (proposal-json-parse-with-source). */
function keepDigits(_key: string, value: unknown, context?: { source?: string }): unknown {
  if (typeof value !== 'number' || Number.isSafeInteger(value)) return value;
  const source = context?.source ?? '';
  return /^-?\d+$/.test(source) ? BigInt(source) : value;
}

function byteTable(values: Readonly<Record<string, number>>): Int8Array {
  const table = new Int8Array(256);
  for (const [character, value] of Object.entries(values)) table[character.charCodeAt(0)] = value;
  return table;
}

const invalid = (what: string) => new HingeError('INPUT_INVALID', `not an OTLP/JSON request: ${what}`);
