/** The build identity of a file: `process.executable.build_id.htlhash` of the OpenTelemetry semantic conventions. */
import { createHash } from 'node:crypto';
import { open } from 'node:fs/promises';
import { HingeError, messageOf } from '../../errors.ts';

/** How much of either end of the file counts. */
const END_BYTES = 4096;

/** Takes the content of a file chunk by chunk; holds no more than its two ends. */
export interface HtlhashStream {
  update(chunk: Uint8Array): void;
  digest(): string;
}

/**
 * First 16 bytes of SHA-256(first 4096 bytes | last 4096 bytes | length as big-endian u64), in lower-case hex.
 * The two ends overlap in a short file and are never padded
 * (OpenTelemetry specification, profiles/mappings, "Algorithm for process.executable.build_id.htlhash").
 */
function digestOf(head: Uint8Array, tail: Uint8Array, bytes: number): string {
  const length = Buffer.alloc(8);
  length.writeBigUInt64BE(BigInt(bytes));
  return createHash('sha256').update(head).update(tail).update(length).digest('hex').slice(0, 32);
}

export function createHtlhash(): HtlhashStream {
  let head: Buffer = Buffer.alloc(0);
  let tail: Buffer = Buffer.alloc(0);
  let bytes = 0;
  return {
    update(chunk) {
      bytes += chunk.length;
      if (head.length < END_BYTES) head = Buffer.concat([head, chunk.subarray(0, END_BYTES - head.length)]);
      tail = Buffer.concat([tail, chunk.subarray(-END_BYTES)]).subarray(-END_BYTES);
    },
    digest: () => digestOf(head, tail, bytes),
  };
}

/** @example htlhash(new Uint8Array()) // 'af5570f5a1810b7af78caf4bc70a660f' */
export function htlhash(content: Uint8Array): string {
  return digestOf(content.subarray(0, END_BYTES), content.subarray(-END_BYTES), content.length);
}

/** Reads the two ends of the file only. @throws HingeError FILE_MISSING when it cannot be read. */
export async function htlhashOfFile(path: string): Promise<string> {
  try {
    await using file = await open(path, 'r');
    const { size } = await file.stat();
    const span = Math.min(size, END_BYTES);
    const head = await file.read(Buffer.alloc(span), 0, span, 0);
    const tail = await file.read(Buffer.alloc(span), 0, span, size - span);
    return digestOf(head.buffer.subarray(0, head.bytesRead), tail.buffer.subarray(0, tail.bytesRead), size);
  } catch (cause) {
    throw new HingeError('FILE_MISSING', `cannot read ${path}: ${messageOf(cause)}; check the path and permissions`, {
      cause,
    });
  }
}
