/** Export requests that can be told apart in the store: every trace id begins with the number of the request. */

import { createRandom } from '../../analysis/statistics/random.ts';
import { BackwardWriter } from '../support/backward-writer.ts';
import { createDraw } from '../support/draw.ts';
import { createShop } from '../support/shop.ts';
import { createResourceSpans } from '../support/spans.ts';
import type { Body } from '../support/stamps.ts';
import { encodeTraces } from '../support/trace-bodies.ts';

export interface NumberedBody {
  readonly bytes: Buffer;
  readonly spans: number;
  /** Makes it the request of this number; must not be called while the bytes are being sent. */
  renumber(number: number): void;
}

export interface BodyOptions {
  /** Spans a request. */
  readonly spans: number;
  readonly seed: number;
  /** When the spans of a request begin, by its number. @default within ten minutes that ended half an hour ago */
  readonly startMsOf?: (number: number) => number;
}

const NS_PER_MS = 1_000_000n;
const WORD_BITS = 32n;
const WORD_MASK = 0xffff_ffffn;

/** Makes bodies with the same spans and different contents. */
export function createBodies({ spans, seed, startMsOf = recently() }: BodyOptions): () => NumberedBody {
  const draw = createDraw(createRandom(seed));
  const shop = createShop(draw);
  const writer = new BackwardWriter();
  return () => {
    const body = encodeTraces(createResourceSpans(spans, shop, draw), writer);
    return { bytes: body.bytes, spans: body.items, renumber: (number) => renumber(body, number, startMsOf(number)) };
  };
}

/** Spread over ten slots of a minute, all of one day and old enough to be sealed. */
function recently(): (number: number) => number {
  const dayMs = 86_400_000;
  const startMs = Date.now() - 40 * 60_000;
  const firstOfDay = Math.ceil(startMs / dayMs) * dayMs;
  const crossesMidnight = firstOfDay < startMs + 10 * 60_000;
  const safeStartMs = crossesMidnight ? firstOfDay - 11 * 60_000 : startMs;
  return (number) => safeStartMs + (number % 600) * 1_000;
}

function renumber({ bytes, stamps }: Body, number: number, startMs: number): void {
  for (const offset of stamps.traceIds) {
    bytes.writeBigUInt64BE(BigInt(number), offset);
  }
  const startNs = BigInt(startMs) * NS_PER_MS;
  for (const [offset, afterNs] of stamps.times) {
    const time = startNs + BigInt(afterNs);
    bytes.writeUInt32LE(Number(time & WORD_MASK), offset);
    bytes.writeUInt32LE(Number(time >> WORD_BITS), offset + 4);
  }
}

/** The number of the request that a stored trace came from, in ClickHouse's SQL. */
export const NUMBER_SQL = `reinterpretAsUInt64(reverse(unhex(substring(TraceId, 1, 16))))`;
