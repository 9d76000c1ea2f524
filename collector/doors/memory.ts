/** Memory for request bodies, used again: what is allocated anew for every body makes the garbage collector run for it. */

const STEP_BYTES = 1 << 16;

export interface Memory {
  /** At least so many bytes, with whatever in them. */
  take(bytes: number): Buffer;
  /** Takes back what nobody reads any more. */
  give(buffer: Buffer): void;
}

/** Keeps at most so many bytes for the next bodies. */
export function createMemory(maxKeptBytes: number): Memory {
  const kept = new Map<number, Buffer[]>();
  let keptBytes = 0;
  return {
    take(bytes) {
      const size = Math.max(1, Math.ceil(bytes / STEP_BYTES)) * STEP_BYTES;
      const buffer = kept.get(size)?.pop();
      if (buffer === undefined) return Buffer.allocUnsafeSlow(size);
      keptBytes -= size;
      return buffer;
    },
    give(buffer) {
      if (keptBytes + buffer.length > maxKeptBytes) return;
      const others = kept.get(buffer.length);
      if (others === undefined) kept.set(buffer.length, [buffer]);
      else others.push(buffer);
      keptBytes += buffer.length;
    },
  };
}
