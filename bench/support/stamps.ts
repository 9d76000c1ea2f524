/** The places of ids and times in a written request, to send the same bytes again with fresh ones. */

import type { BackwardWriter } from './backward-writer.ts';
import type { Draw } from './draw.ts';

/** A written export request that can be sent many times. */
export interface Body {
  readonly bytes: Buffer;
  /** Spans or data points. */
  readonly items: number;
  readonly stamps: Stamps;
}

/** Offsets into the bytes. */
export interface Stamps {
  readonly traceIds: readonly number[];
  readonly spanIds: readonly number[];
  /** Offset, and nanoseconds after the start of the request. */
  readonly times: readonly (readonly [offset: number, afterNs: number])[];
}

/** Takes places as they are written; `finish` turns them into offsets from the front. */
export function createStampRecorder(writer: BackwardWriter) {
  const traceIds: number[] = [];
  const spanIds: number[] = [];
  const times: [number, number][] = [];
  return {
    traceId(field: number, id: Uint8Array): void {
      traceIds.push(writer.written + id.length);
      writer.bytes(field, id);
    },
    spanId(field: number, id: Uint8Array): void {
      if (id.length === 0) return;
      spanIds.push(writer.written + id.length);
      writer.bytes(field, id);
    },
    time(field: number, afterNs: number): void {
      times.push([writer.written + 8, afterNs]);
      writer.fixed64(field, afterNs);
    },
    finish(): { bytes: Buffer; stamps: Stamps } {
      const bytes = writer.finish();
      const front = (fromEnd: number) => bytes.length - fromEnd;
      const stamps = {
        traceIds: traceIds.map(front),
        spanIds: spanIds.map(front),
        times: times.map(([fromEnd, afterNs]) => [front(fromEnd), afterNs] as const),
      };
      return { bytes, stamps };
    },
  };
}

const WORD = 2 ** 32;

/**
 * Gives the request new ids and lets it start at `startNs` (nanoseconds since 1970). All ids are changed by the same random
 * mask, so that spans stay in their traces and below their parents. Must not be called while the bytes are being sent.
 */
export function stamp({ bytes, stamps }: Body, startNs: bigint, draw: Draw): void {
  const mask = draw.bytes(16);
  for (const offset of stamps.traceIds) xor(bytes, offset, 16, mask);
  for (const offset of stamps.spanIds) xor(bytes, offset, 8, mask);
  const startLow = Number(startNs % BigInt(WORD));
  const startHigh = Number(startNs / BigInt(WORD));
  for (const [offset, afterNs] of stamps.times) {
    const low = startLow + (afterNs % WORD);
    bytes.writeUInt32LE(low % WORD, offset);
    bytes.writeUInt32LE(startHigh + Math.floor(afterNs / WORD) + (low >= WORD ? 1 : 0), offset + 4);
  }
}

function xor(bytes: Buffer, offset: number, length: number, mask: Uint8Array): void {
  for (let index = 0; index < length; index++) {
    bytes[offset + index] = (bytes[offset + index] ?? 0) ^ (mask[index] ?? 0);
  }
}
