/** Bytes, four at a time: texts are short, so that byte by byte takes three times as long, and so does a call of the runtime's own. */

const WORD = 4;
/** Set in a word with a byte that is not ASCII. */
export const HIGH_BITS = 0x80808080;

/** Copies bytes; the last word may overlap the one before. Returns all of them, or-ed into one word. */
export function copyWords(source: DataView, start: number, end: number, to: DataView, toStart: number): number {
  const last = end - WORD;
  if (last < start) return copyBytes(source, start, end, to, toStart);
  const shift = toStart - start;
  let all = 0;
  for (let at = start; at < last; at += WORD) {
    const word = source.getInt32(at, true);
    all |= word;
    to.setInt32(at + shift, word, true);
  }
  const word = source.getInt32(last, true);
  to.setInt32(last + shift, word, true);
  return all | word;
}

function copyBytes(source: DataView, start: number, end: number, to: DataView, toStart: number): number {
  const shift = toStart - start;
  let all = 0;
  for (let at = start; at < end; at++) {
    const byte = source.getUint8(at);
    all |= byte;
    to.setUint8(at + shift, byte);
  }
  return all;
}

/** Whether two stretches of so many bytes are the same. */
export function areEqual(left: DataView, leftStart: number, right: DataView, rightStart: number, length: number) {
  const last = length - WORD;
  if (last < 0) {
    for (let i = 0; i < length; i++) if (left.getUint8(leftStart + i) !== right.getUint8(rightStart + i)) return false;
    return true;
  }
  for (let i = 0; i < last; i += WORD) {
    if (left.getInt32(leftStart + i, true) !== right.getInt32(rightStart + i, true)) return false;
  }
  return left.getInt32(leftStart + last, true) === right.getInt32(rightStart + last, true);
}

/** FNV-1a (Fowler, Noll, Vo) over words in place of bytes, with the last mixing steps of MurmurHash3 (Appleby). */
export function hashOf(source: DataView, start: number, end: number): number {
  const last = end - WORD;
  let hash = (end - start) ^ 0x811c9dc5;
  for (let at = start; at < last; at += WORD) hash = mixed(hash ^ source.getInt32(at, true));
  if (last >= start) hash = mixed(hash ^ source.getInt32(last, true));
  else for (let at = start; at < end; at++) hash = mixed(hash ^ source.getUint8(at));
  hash = Math.imul(hash ^ (hash >>> 16), 0x85ebca6b);
  return hash ^ (hash >>> 13);
}

/** A prime alone carries nothing down from the upper bytes of a word. */
function mixed(hash: number): number {
  const product = Math.imul(hash, 0x01000193);
  return product ^ (product >>> 15);
}

/** The bytes of a stretch, not copied. */
export const bytesOf = (source: DataView, start: number, end: number): Buffer =>
  Buffer.from(source.buffer, source.byteOffset + start, end - start);

export const viewOf = (bytes: Uint8Array): DataView => new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
