/** MurmurHash3_x86_32 with seed 0 (Appleby, SMHasher): quick on short texts, and ClickHouse has it as murmurHash3_32. */
export function murmur3(source: DataView, start: number, end: number): number {
  const length = end - start;
  const blocksEnd = end - (length & 3);
  let hash = 0;
  let at = start;
  for (; at < blocksEnd; at += 4) {
    hash ^= scrambled(source.getInt32(at, true));
    hash = (hash << 13) | (hash >>> 19);
    hash = (Math.imul(hash, 5) + 0xe6546b64) | 0;
  }
  let tail = 0;
  for (let i = end - 1; i >= at; i--) tail = (tail << 8) | source.getUint8(i);
  hash ^= scrambled(tail) ^ length;
  hash = Math.imul(hash ^ (hash >>> 16), 0x85ebca6b);
  hash = Math.imul(hash ^ (hash >>> 13), 0xc2b2ae35);
  return (hash ^ (hash >>> 16)) >>> 0;
}

function scrambled(block: number): number {
  const product = Math.imul(block, 0xcc9e2d51);
  return Math.imul((product << 15) | (product >>> 17), 0x1b873593);
}
