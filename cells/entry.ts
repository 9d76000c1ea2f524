/**
 * One bucket of a histogram as bytes. The first has the step from the bucket before in its five high bits, 1 to 31, and the count in
 * the three low ones, 1 to 7. Zero in either says that the number follows, first the step, then the count: seven bits a byte, the
 * low ones first (LEB128); a step's sign is its lowest bit, and what goes over 32 bits is wrapped around.
 */

/** A step that has no room in the first byte takes five more at most, a count up to 2^53 eight. */
export const BYTES_PER_ENTRY = 14;
const MOST_SHIFTED = 2 ** 31;

/** `step`: to the bucket, a whole number of 32 bits. `count`: whole and not negative. Returns where the entry ends. */
export function putEntry(bytes: Uint8Array, start: number, step: number, count: number): number {
  const shortStep = step > 0 && step < 32 ? step : 0;
  const shortCount = count < 8 ? count : 0;
  bytes[start] = (shortStep << 3) | shortCount;
  let at = start + 1;
  if (shortStep === 0) at = putLong(bytes, at, ((step << 1) ^ (step >> 31)) >>> 0);
  if (shortCount === 0) at = putLong(bytes, at, count);
  return at;
}

/** Returns where the number ends. */
function putLong(bytes: Uint8Array, start: number, value: number): number {
  let [at, rest] = [start, value];
  // Shifts know 32 bits.
  for (; rest >= MOST_SHIFTED; rest = Math.floor(rest / 0x80)) bytes[at++] = (rest % 0x80) | 0x80;
  for (; rest >= 0x80; rest >>>= 7) bytes[at++] = (rest & 0x7f) | 0x80;
  bytes[at++] = rest;
  return at;
}

/** Whether the first byte holds both the step and the count. */
export const isWholeEntry = (byte: number): boolean => byte > 7 && (byte & 7) > 0;

/** The step that is written there. Whole numbers of 32 bits all the way: one that may have a fraction would slow down every reader. */
export function stepAt(bytes: Uint8Array, start: number): number {
  let part = bytes[start] ?? 0;
  let number = part & 0x7f;
  for (let [at, shift] = [start + 1, 7]; part >= 0x80; at++, shift += 7) {
    part = bytes[at] ?? 0;
    number |= (part & 0x7f) << shift;
  }
  return (number >>> 1) ^ -(number & 1);
}

/** The count that is written there. */
export function numberAt(bytes: Uint8Array, start: number): number {
  let number = 0;
  for (let [at, scale] = [start, 1]; ; at++, scale *= 0x80) {
    const byte = bytes[at] ?? 0;
    number += (byte & 0x7f) * scale;
    if (byte < 0x80) return number;
  }
}

/** Where what is written there ends. */
export function afterNumber(bytes: Uint8Array, within: number): number {
  let at = within;
  while ((bytes[at++] ?? 0) >= 0x80);
  return at;
}
