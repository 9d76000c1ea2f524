/** Reads JSON (RFC 8259) token by token from bytes that nobody vouches for. */

import { HingeError } from '../../errors.ts';
import { Bytes } from '../columns/bytes.ts';
import { bytesOf, viewOf } from '../columns/words.ts';

const QUOTE = 0x22;
const BACKSLASH = 0x5c;
const COMMA = 0x2c;
const COLON = 0x3a;
const OPEN_OBJECT = 0x7b;
const CLOSE_OBJECT = 0x7d;
const OPEN_ARRAY = 0x5b;
const CLOSE_ARRAY = 0x5d;
const NUMBER = /^-?(0|[1-9]\d*)(\.\d+)?([eE][+-]?\d+)?$/;
const ESCAPES: ReadonlyMap<string, string> = new Map(
  Object.entries({ '"': '"', '\\': '\\', '/': '/', b: '\b', f: '\f', n: '\n', r: '\r', t: '\t' }),
);
/** The longest number that is worth reading. */
const MAX_NUMBER_LENGTH = 400;

export type Kind = 'object' | 'array' | 'string' | 'number' | 'literal';

/** The objects and arrays, one inside the other, in which a value is left that is being passed over. */
export type Skipping = { readonly closer: number; isFirst: boolean }[];

/** Throws INPUT_INVALID with the position where it is not JSON. */
export class Scanner {
  readonly bytes: Buffer;
  private readonly view: DataView;
  at = 0;
  /** The text of the last string: UTF-8 bytes, of the input or, where it had escapes, of a copy. */
  text: DataView;
  textStart = 0;
  textEnd = 0;
  private readonly unescaped = new Bytes();

  private readonly maxDepth: number;

  /** `maxDepth`: levels of objects and arrays in a value that is passed over. */
  constructor(bytes: Uint8Array, maxDepth: number) {
    this.maxDepth = maxDepth;
    this.bytes = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
    this.view = viewOf(bytes);
    this.text = this.view;
  }

  /** What the next value is. */
  peek(): Kind {
    const byte = this.next();
    if (byte === QUOTE) return 'string';
    if (byte === OPEN_OBJECT) return 'object';
    if (byte === OPEN_ARRAY) return 'array';
    return byte === 0x2d || (byte >= 0x30 && byte <= 0x39) ? 'number' : 'literal';
  }

  enterObject(): void {
    this.expect(OPEN_OBJECT, '{');
  }

  enterArray(): void {
    this.expect(OPEN_ARRAY, '[');
  }

  /** Goes to the next member of an object and reads its name into `text`; false, and past the end, after the last one. */
  nextMember(isFirst: boolean): boolean {
    if (!this.goesOn(isFirst, CLOSE_OBJECT)) return false;
    this.readString();
    this.expect(COLON, ':');
    return true;
  }

  /** Goes to the next element of an array; false, and past the end, after the last one. */
  nextElement(isFirst: boolean): boolean {
    return this.goesOn(isFirst, CLOSE_ARRAY);
  }

  readString(): void {
    this.expect(QUOTE, 'a string');
    const { bytes } = this;
    const start = this.at;
    let at = start;
    for (; at < bytes.length; at++) {
      const byte = bytes[at] as number;
      if (byte === QUOTE) {
        this.text = this.view;
        this.textStart = start;
        this.textEnd = at;
        this.at = at + 1;
        return;
      }
      if (byte === BACKSLASH) {
        this.readEscaped(start, at);
        return;
      }
      if (byte < 0x20) throw this.fault('a control character in a string', at);
    }
    throw this.fault('a string without end', start);
  }

  /** The last string, for messages and rare values. */
  textOf(): string {
    return bytesOf(this.text, this.textStart, this.textEnd).toString();
  }

  /** Whether the last string is this text. */
  textIs(text: Uint8Array): boolean {
    if (this.textEnd - this.textStart !== text.length) return false;
    for (let i = 0; i < text.length; i++) if (this.text.getUint8(this.textStart + i) !== text[i]) return false;
    return true;
  }

  /**
   * Reads a number or a string that is nothing but up to 15 digits, as nearly all are; -1, and nothing read, for all others.
   */
  readShortInteger(): number {
    const quoted = this.next() === QUOTE ? 1 : 0;
    const { bytes } = this;
    const start = this.at + quoted;
    let at = start;
    let value = 0;
    for (let digit = digitOf(bytes[at]); digit >= 0; digit = digitOf(bytes[++at])) value = value * 10 + digit;
    const length = at - start;
    const ends = quoted === 1 ? bytes[at] === QUOTE : !isNumberByte(bytes[at]);
    // A number of JSON has no leading zero.
    if (length === 0 || length > 15 || !ends || (quoted === 0 && length > 1 && bytes[start] === 0x30)) return -1;
    this.at = at + quoted;
    return value;
  }

  /** Reads a number and returns its digits. */
  readNumber(): string {
    this.next();
    const start = this.at;
    while (isNumberByte(this.bytes[this.at])) this.at++;
    const digits = this.bytes.toString('latin1', start, Math.min(this.at, start + MAX_NUMBER_LENGTH + 1));
    if (digits.length > MAX_NUMBER_LENGTH || !NUMBER.test(digits))
      throw this.fault(`the number ${digits.slice(0, 40)}`, start);
    return digits;
  }

  readLiteral(): boolean | null {
    this.next();
    const { bytes, at } = this;
    for (const [word, value] of [
      ['null', null],
      ['true', true],
      ['false', false],
    ] as const) {
      if (bytes.toString('latin1', at, at + word.length) !== word) continue;
      this.at += word.length;
      return value;
    }
    throw this.fault('what is not a value', at);
  }

  /** Passes over a value of any depth without going deep itself. */
  skipValue(): void {
    const skipping = this.startSkipping();
    while (skipping.length > 0) this.skipMore(skipping, Number.POSITIVE_INFINITY);
  }

  /** Passes over a scalar, or into an object or array: what `skipMore` is to go on with, empty when the value is over. */
  startSkipping(): Skipping {
    const skipping: Skipping = [];
    this.skipToken(skipping);
    return skipping;
  }

  /** Goes on until the value is over, or about so many bytes further. */
  skipMore(skipping: Skipping, maxBytes: number): void {
    const until = this.at + maxBytes;
    for (let level = skipping.at(-1); level !== undefined && this.at < until; level = skipping.at(-1)) {
      const goesOn = level.closer === CLOSE_OBJECT ? this.nextMember(level.isFirst) : this.nextElement(level.isFirst);
      level.isFirst = false;
      if (goesOn) this.skipToken(skipping);
      else skipping.pop();
    }
  }

  /** To be called after the outermost value. */
  end(): void {
    this.skipSpace();
    if (this.at < this.bytes.length) throw this.fault('something behind its end', this.at);
  }

  fault(what: string, at = this.at): HingeError {
    return new HingeError('INPUT_INVALID', `not valid JSON: ${what} at byte ${at}`);
  }

  /** Passes over a scalar, or into an object or array. */
  private skipToken(skipping: Skipping): void {
    const kind = this.peek();
    if (kind === 'object' || kind === 'array') {
      this.at++;
      if (skipping.length >= this.maxDepth) throw this.fault(`values nested deeper than ${this.maxDepth} levels`);
      skipping.push({ closer: kind === 'object' ? CLOSE_OBJECT : CLOSE_ARRAY, isFirst: true });
    } else if (kind === 'string') this.readString();
    else if (kind === 'number') this.readNumber();
    else this.readLiteral();
  }

  private goesOn(isFirst: boolean, closer: number): boolean {
    const byte = this.next();
    if (byte === closer) {
      this.at++;
      return false;
    }
    if (!isFirst) this.expect(COMMA, ', or the end');
    return true;
  }

  private expect(byte: number, what: string): void {
    if (this.next() !== byte) throw this.fault(`${what} is missing`);
    this.at++;
  }

  /** Passes over white space; the byte behind it. */
  private next(): number {
    this.skipSpace();
    const byte = this.bytes[this.at];
    if (byte === undefined) throw this.fault('it is cut off');
    return byte;
  }

  private skipSpace(): void {
    const { bytes } = this;
    for (;;) {
      const byte = bytes[this.at];
      if (byte !== 0x20 && byte !== 0x0a && byte !== 0x0d && byte !== 0x09) return;
      this.at++;
    }
  }

  /** Reads a string with escapes, the first at `firstEscape`, into a copy. */
  private readEscaped(start: number, firstEscape: number): void {
    const { bytes, view, unescaped } = this;
    unescaped.length = 0;
    let from = start;
    let at = firstEscape;
    for (; at < bytes.length && bytes[at] !== QUOTE; at++) {
      if ((bytes[at] as number) < 0x20) throw this.fault('a control character in a string', at);
      if (bytes[at] !== BACKSLASH) continue;
      unescaped.append(view, from, at);
      at = this.appendEscape(at + 1);
      from = at + 1;
    }
    if (at >= bytes.length) throw this.fault('a string without end', start);
    unescaped.append(view, from, at);
    this.text = unescaped.view;
    this.textStart = 0;
    this.textEnd = unescaped.length;
    this.at = at + 1;
  }

  /** Appends what stands behind a backslash; returns its last byte. A surrogate without its other half becomes U+FFFD. */
  private appendEscape(at: number): number {
    const letter = String.fromCharCode(this.bytes[at] ?? 0);
    const simple = ESCAPES.get(letter);
    if (simple !== undefined) {
      this.appendUnescaped(simple);
      return at;
    }
    if (letter !== 'u') throw this.fault('an unknown escape', at);
    const unit = this.hexUnit(at + 1);
    const isPair = (unit & 0xfc00) === 0xd800 && this.bytes.toString('latin1', at + 5, at + 7) === '\\u';
    const second = isPair ? this.hexUnit(at + 7) : 0;
    if ((second & 0xfc00) === 0xdc00) {
      this.appendUnescaped(String.fromCharCode(unit, second));
      return at + 10;
    }
    this.appendUnescaped(String.fromCharCode(unit).toWellFormed());
    return at + 4;
  }

  private hexUnit(at: number): number {
    const digits = this.bytes.toString('latin1', at, at + 4);
    if (!/^[0-9a-fA-F]{4}$/.test(digits)) throw this.fault('an unknown escape', at);
    return Number.parseInt(digits, 16);
  }

  private appendUnescaped(text: string): void {
    const encoded = viewOf(Buffer.from(text));
    this.unescaped.append(encoded, 0, encoded.byteLength);
  }
}

/** -1 for what is no digit. */
function digitOf(byte: number | undefined): number {
  return byte !== undefined && byte >= 0x30 && byte <= 0x39 ? byte - 0x30 : -1;
}

/** Digits, signs, point and exponent. */
function isNumberByte(byte: number | undefined): boolean {
  if (byte === undefined) return false;
  return (byte >= 0x30 && byte <= 0x39) || byte === 0x2b || byte === 0x2d || byte === 0x2e || (byte | 0x20) === 0x65;
}
