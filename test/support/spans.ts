/** Hand-made spans as rows of otel_traces, and blocks of them to insert. */
import { createHash } from 'node:crypto';
import type { InsertBlock } from '../../model.ts';

/** 2026-03-02T10:00:00Z, a Monday: the time that tests count from. */
export const T0_MS = Date.UTC(2026, 2, 2, 10);

export interface SpanSpec {
  readonly trace: string;
  readonly span: string;
  readonly parent?: string;
  readonly service: string;
  readonly name: string;
  /** @default 'Server' */
  readonly kind?: 'Server' | 'Client' | 'Producer' | 'Consumer' | 'Internal' | 'Unspecified' | `SPAN_KIND_${string}`;
  /** Milliseconds after T0_MS; fractions down to a nanosecond. */
  readonly startMs: number;
  readonly durationMs: number;
  /** @default 'Unset' */
  readonly status?: string;
  readonly attributes?: Readonly<Record<string, string>>;
  readonly resource?: Readonly<Record<string, string>>;
  /** `service.instance.id` */
  readonly instance?: string;
  /** `service.version` */
  readonly version?: string;
}

export type SpanRow = Readonly<Record<string, unknown>> & { readonly Timestamp: string };

/** Ids are padded to their length in hexadecimal digits, so that tests may say `t1` and `a`. */
export function spanRow(s: SpanSpec): SpanRow {
  return {
    Timestamp: timestamp(s.startMs),
    TraceId: traceId(s.trace),
    SpanId: spanId(s.span),
    ParentSpanId: s.parent === undefined ? '' : spanId(s.parent),
    SpanName: s.name,
    SpanKind: s.kind ?? 'Server',
    ServiceName: s.service,
    ResourceAttributes: {
      'service.name': s.service,
      ...(s.instance === undefined ? {} : { 'service.instance.id': s.instance }),
      ...(s.version === undefined ? {} : { 'service.version': s.version }),
      ...s.resource,
    },
    SpanAttributes: s.attributes ?? {},
    Duration: Math.round(s.durationMs * 1e6),
    StatusCode: s.status ?? 'Unset',
  };
}

export const traceId = (name: string): string => Buffer.from(name).toString('hex').padStart(32, '0');
const spanId = (name: string): string => Buffer.from(name).toString('hex').padStart(16, '0');

function timestamp(offsetMs: number): string {
  const wholeMs = Math.floor(offsetMs);
  const ns = Math.round((offsetMs - wholeMs) * 1e6);
  const iso = new Date(T0_MS + wholeMs).toISOString();
  return `${iso.slice(0, 10)} ${iso.slice(11, 23)}${String(ns).padStart(6, '0')}`;
}

/** Blocks of one UTC day each, in order of day. */
export function spanBlocks(rows: readonly SpanRow[]): InsertBlock[] {
  const days = Map.groupBy(rows, (row) => row.Timestamp.slice(0, 10));
  return [...days].sort().map(([partition, ofDay]) => {
    const body = Buffer.from(ofDay.map((row) => JSON.stringify(row)).join('\n'));
    const token = createHash('sha256').update(body).digest('hex');
    return { table: 'otel_traces', format: 'JSONEachRow', partition, rows: ofDay.length, token, body: [body] };
  });
}

/** Inserts hand-made spans. */
export async function insertSpans(
  sink: { insert(block: InsertBlock): Promise<void> },
  specs: readonly SpanSpec[],
): Promise<void> {
  for (const block of spanBlocks(specs.map(spanRow))) await sink.insert(block);
}
