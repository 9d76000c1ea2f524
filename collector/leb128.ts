/** Whole numbers below 2^31 as protobuf and ClickHouse write lengths: seven bits a byte, the lowest first. */
export function leb128(value: number): Uint8Array {
  const bytes: number[] = [];
  let rest = value;
  while (rest > 127) {
    bytes.push((rest & 127) | 128);
    rest >>>= 7;
  }
  return Uint8Array.of(...bytes, rest);
}
