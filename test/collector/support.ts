/** A collector in front of a sink that remembers, or holds back, or refuses. */

import { type Collector, type CollectorOptions, openCollector } from '../../collector/collector.ts';
import { type Decoded, decode, type Encoding, type Signal } from '../../collector/decode.ts';
import { DEFAULT_LIMITS, type Limits } from '../../collector/limits.ts';
import type { BlockSink, InsertBlock, Log, TelemetryTable } from '../../model.ts';
import { encodeRequest } from '../support/otlp-protobuf.ts';

export const silentLog: Log = { debug() {}, info() {}, warn() {}, error() {} };

export type Row = Readonly<Record<string, unknown>>;

export interface MemorySink {
  readonly sink: BlockSink;
  readonly blocks: InsertBlock[];
  rows(table: TelemetryTable): Row[];
  /** From now on blocks wait until `release`, which may make them fail. */
  hold(): void;
  release(error?: Error): void;
  /** Resolves when this many blocks are held. */
  held(count: number): Promise<void>;
}

export function createMemorySink(): MemorySink {
  const blocks: InsertBlock[] = [];
  let gate: PromiseWithResolvers<void> | undefined;
  let waiting = 0;
  let onHeld = () => {};
  return {
    blocks,
    async sink(block) {
      if (gate !== undefined) {
        waiting++;
        onHeld();
        await gate.promise;
      }
      blocks.push(block);
    },
    rows: (table) => blocks.filter((block) => block.table === table).flatMap((block) => rowsOf(block.body)),
    hold() {
      gate = Promise.withResolvers<void>();
      gate.promise.catch(() => {});
    },
    release(error) {
      if (error === undefined) gate?.resolve();
      else gate?.reject(error);
      gate = undefined;
      waiting = 0;
    },
    held: (count) =>
      new Promise((resolve) => {
        onHeld = () => {
          if (waiting >= count) resolve();
        };
        onHeld();
      }),
  };
}

/** Opens a collector on a free port of the loopback. */
export async function openTestCollector(
  sink: BlockSink,
  limits: Partial<Limits> = {},
  options: Partial<CollectorOptions> = {},
): Promise<Collector & { readonly url: string }> {
  const collector = await openCollector({
    host: '127.0.0.1',
    port: 0,
    sink,
    log: silentLog,
    limits: { maxDelayMs: 1, ...limits },
    ...options,
  });
  return Object.assign(collector, { url: `http://127.0.0.1:${collector.address.port}` });
}

/** Rows as they would be read back; whole numbers beyond 2^53 become bigint. */
export function rowsOf(body: Uint8Array): Row[] {
  const lines = Buffer.from(body).toString('utf8').split('\n');
  return lines.filter((line) => line !== '').map((line) => JSON.parse(line, keepDigits) as Row);
}

function keepDigits(_key: string, value: unknown, context?: { source?: string }): unknown {
  const source = context?.source ?? '';
  return typeof value === 'number' && !Number.isSafeInteger(value) && /^-?\d+$/.test(source) ? BigInt(source) : value;
}

/** Decodes an OTLP/JSON object, as it is or by way of protobuf. */
export function decodeRequest(
  request: object,
  encoding: Encoding = 'json',
  limits: Partial<Limits> = {},
): Decoded & { readonly rows: Row[] } {
  const signal: Signal = 'resourceMetrics' in request ? 'metrics' : 'traces';
  const body = encoding === 'json' ? Buffer.from(JSON.stringify(request)) : encodeRequest(request);
  const decoded = decode(signal, encoding, body, { ...DEFAULT_LIMITS, ...limits });
  return { ...decoded, rows: decoded.chunks.flatMap((chunk) => rowsOf(chunk.body)) };
}
