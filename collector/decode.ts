/** The seam of the decoder: the bytes of one request in, rows by table and day out. Pure. */

import { HingeError } from '../errors.ts';
import type { TelemetryTable } from '../model.ts';
import { type Chunk, createChunks } from './chunks.ts';
import { Cursor } from './cursor.ts';
import { readJsonPoints } from './json-metrics.ts';
import { readJsonSpans } from './json-spans.ts';
import { type JsonObject, parseJson } from './json-text.ts';
import type { Limits } from './limits.ts';
import { faultOfPoint, pointOriginText, pointRow } from './point-rows.ts';
import { readProtobufPoints } from './protobuf-metrics.ts';
import { readProtobufSpans } from './protobuf-spans.ts';
import type { MetricPoint, Origin, PointVisitor, SpanVisitor } from './records.ts';
import { RowText } from './row-text.ts';
import { faultOfSpan, spanOriginText, spanRow } from './span-rows.ts';

export type Signal = 'traces' | 'metrics';
export type Encoding = 'protobuf' | 'json';

export interface Decoded {
  readonly chunks: readonly Chunk[];
  /** Spans or data points in the chunks. */
  readonly accepted: number;
  /** Spans or data points left out, and why: `message`. */
  readonly rejected: number;
  /** Texts, values and attributes that were cut. */
  readonly truncated: number;
  /** What to tell the sender about items left out or cut; empty when there is nothing to tell. */
  readonly message: string;
}

/**
 * Decodes the body of one export request.
 *
 * @throws HingeError INPUT_INVALID when the body is not what it says it is, INPUT_TOO_LARGE when it is over a limit.
 */
export function decode(signal: Signal, encoding: Encoding, body: Uint8Array, limits: Limits): Decoded {
  if (encoding === 'json') return decodeJson(signal, parseJson(body, limits), limits);
  const cursor = new Cursor(body, limits);
  return signal === 'traces'
    ? decodeSpans(limits, (visit) => readProtobufSpans(cursor, visit))
    : decodePoints(limits, (visit) => readProtobufPoints(cursor, visit));
}

/** As `decode`, for OTLP/JSON that is parsed already. */
export function decodeJson(signal: Signal, request: JsonObject, limits: Limits): Decoded {
  return signal === 'traces'
    ? decodeSpans(limits, (visit) => readJsonSpans(request, limits.maxDepth, visit))
    : decodePoints(limits, (visit) => readJsonPoints(request, limits.maxDepth, visit));
}

function decodeSpans(limits: Limits, read: (visit: SpanVisitor) => void): Decoded {
  const rows = createRows(limits, spanOriginText);
  read((origin, span) => {
    const write = () => spanRow(rows.originText(origin), span, rows.text);
    rows.add('otel_traces', span.startNs, faultOfSpan(span), write);
  });
  return rows.finish('spans');
}

const METRIC_TABLES: Readonly<Record<MetricPoint['kind'], TelemetryTable>> = {
  gauge: 'otel_metrics_gauge',
  sum: 'otel_metrics_sum',
  histogram: 'otel_metrics_histogram',
  exponential_histogram: 'otel_metrics_exponential_histogram',
  summary: 'otel_metrics_summary',
};

function decodePoints(limits: Limits, read: (visit: PointVisitor) => void): Decoded {
  const rows = createRows(limits, pointOriginText);
  read((origin, metric, point) => {
    const write = () => pointRow(rows.originText(origin), metric, point, rows.text);
    rows.add(METRIC_TABLES[point.kind], point.point.timeNs, faultOfPoint(metric, point), write);
  });
  return rows.finish('data points');
}

/** Collects the rows of one request and what is to be said about those that are missing. */
function createRows(limits: Limits, writeOrigin: (origin: Origin, text: RowText) => string) {
  const text = new RowText(limits);
  const chunks = createChunks(limits);
  let rejected = 0;
  let firstFault = '';
  let last: { origin: Origin; text: string } | undefined;

  const reject = (fault: string) => {
    rejected++;
    firstFault ||= fault;
  };
  return {
    text,
    originText(origin: Origin): string {
      if (last?.origin !== origin) last = { origin, text: writeOrigin(origin, text) };
      return last.text;
    },
    /** Writes the row unless there is a fault with it. */
    add(table: TelemetryTable, timeNs: bigint, fault: string | undefined, write: () => string): void {
      if (chunks.items() + rejected >= limits.maxItems) throw tooManyItems(limits);
      if (fault !== undefined) reject(fault);
      else if (!chunks.add(table, timeNs, write())) reject(`the request touches more than ${limits.maxDays} days`);
    },
    finish(items: string): Decoded {
      const message = [
        rejected > 0 ? `${rejected} ${items} rejected; the first: ${firstFault}` : '',
        text.truncated > 0 ? `${text.truncated} values or attributes cut at the limits` : '',
      ];
      return {
        chunks: chunks.finish(),
        accepted: chunks.items(),
        rejected,
        truncated: text.truncated,
        message: message.filter((part) => part !== '').join('; '),
      };
    },
  };
}

const tooManyItems = (limits: Limits) =>
  new HingeError(
    'INPUT_TOO_LARGE',
    `more than ${limits.maxItems} spans or data points in one request: send smaller batches`,
  );
