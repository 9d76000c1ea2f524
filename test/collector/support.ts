/** A collector in front of a sink that remembers, or holds back, or refuses. */

import { type Collector, type CollectorOptions, openCollector } from '../../collector/collector.ts';
import type { Encoding } from '../../collector/intake.ts';
import { REQUESTS } from '../../collector/json/schema.ts';
import { translate } from '../../collector/json/translate.ts';
import { DEFAULT_LIMITS, type Limits } from '../../collector/limits.ts';
import type { MetricKind } from '../../collector/points/metric.ts';
import type { Outcome } from '../../collector/request.ts';
import { pointRowsOf, type Rows, type RowsKind, SPAN_ROWS } from '../../collector/rows.ts';
import { createTally } from '../../collector/tally.ts';
import { type Signal, transcode } from '../../collector/transcode.ts';
import type { BlockSink, InsertBlock, Log, TelemetryTable } from '../../model.ts';
import { type Row, readNative } from '../support/native.ts';
import { encodeRequest } from '../support/otlp-protobuf.ts';

export const silentLog: Log = { debug() {}, info() {}, warn() {}, error() {} };

export { type Row, readNative } from '../support/native.ts';

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
      // Its memory is used again once the sink has settled.
      blocks.push({ ...block, body: block.body.map((piece) => Uint8Array.from(piece)) });
    },
    rows: (table) => blocks.filter((block) => block.table === table).flatMap((block) => readNative(block.body)),
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
    retryAfterMs: [],
    limits: { maxDelayMs: 1, ...limits },
    ...options,
  });
  return Object.assign(collector, { url: `http://127.0.0.1:${collector.address.port}` });
}

/** A block that was written. */
export interface Decoded extends Outcome {
  readonly chunks: readonly { table: TelemetryTable; partition: string; rows: number; body: readonly Uint8Array[] }[];
  readonly rows: Row[];
}

/** Adds the body of one request to empty blocks. */
export function decode(signal: Signal, encoding: Encoding, body: Uint8Array, limits: Limits): Decoded {
  const tally = createTally(limits);
  const rows = new Map<string, Rows>();
  const rowsOf = <R extends Rows>(kind: RowsKind<R>, day: bigint): R => {
    const known = rows.get(`${kind.table} ${day}`) as R | undefined;
    if (known !== undefined) return known;
    const opened = kind.create(tally);
    opened.openDay(day);
    rows.set(`${kind.table} ${day}`, opened);
    return opened;
  };
  const source = {
    spans: (day: bigint) => rowsOf(SPAN_ROWS, day),
    points: (kind: MetricKind, day: bigint) => rowsOf(pointRowsOf(kind), day),
  };
  const wire = encoding === 'json' ? runToEnd(translate(REQUESTS[signal], body, limits)).wire : body;
  const outcome = runToEnd(transcode(signal, wire, source, limits, tally));
  const chunks = [...rows.values()].map(({ block }) => ({
    table: block.table,
    partition: block.partition,
    rows: block.rows,
    body: block.body().map((piece) => Uint8Array.from(piece)),
  }));
  return { ...outcome, chunks, rows: chunks.flatMap((chunk) => readNative(chunk.body)) };
}

function runToEnd<Result>(steps: Generator<void, Result>): Result {
  for (;;) {
    const step = steps.next();
    if (step.done) return step.value;
  }
}

/** Decodes an OTLP/JSON object, as it is or by way of protobuf. */
export function decodeRequest(request: object, encoding: Encoding = 'json', limits: Partial<Limits> = {}): Decoded {
  const signal: Signal = 'resourceMetrics' in request ? 'metrics' : 'traces';
  const body = encoding === 'json' ? Buffer.from(JSON.stringify(request)) : encodeRequest(request);
  return decode(signal, encoding, body, { ...DEFAULT_LIMITS, ...limits });
}
