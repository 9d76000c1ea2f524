/** Seeded telemetry of a small shop as the Collector's file exporter writes it: gateway calls checkout, two minutes, four instances each. */

import { gzipSync } from 'node:zlib';
import { createRandom } from '../../analysis/statistics/random.ts';
import { normalDraw } from './generator.ts';
import { type ResourceInput, type SpanInput, spanId, traceId, tracesRequest } from './otlp.ts';

export interface ShopTruth {
  readonly seed: number;
  readonly startMs: number;
  readonly version: string;
  /** Factor on the time that checkout itself takes. @default 1 */
  readonly checkoutFactor?: number;
}

const TRACES = 2_400;
const LENGTH_MS = 120_000;
const INSTANCES = 4;
const TRACES_PER_LINE = 200;

/** Gzipped OTLP/JSON lines. */
export function shopFile(truth: ShopTruth): Uint8Array {
  const random = createRandom(truth.seed);
  const lognormalMs = (medianMs: number) => medianMs * Math.exp(0.4 * normalDraw(random));
  const lines: string[] = [];
  for (let first = 0; first < TRACES; first += TRACES_PER_LINE) {
    const resources = Array.from({ length: TRACES_PER_LINE }, (_, index) => {
      const number = first + index;
      const startMs = truth.startMs + (number / TRACES) * LENGTH_MS;
      return traceOf(truth, number, startMs, lognormalMs(8), lognormalMs(30) * (truth.checkoutFactor ?? 1));
    });
    lines.push(JSON.stringify(tracesRequest(resources.flat())));
  }
  return gzipSync(`${lines.join('\n')}\n`);
}

function traceOf(
  truth: ShopTruth,
  number: number,
  startMs: number,
  gatewayMs: number,
  checkoutMs: number,
): ResourceInput<SpanInput>[] {
  const id = truth.seed * 1_000_000 + number;
  const trace = traceId(id);
  const [root, call, served] = [spanId(3 * id + 1), spanId(3 * id + 2), spanId(3 * id + 3)];
  const http = { 'http.request.method': 'POST', 'http.response.status_code': 200 };
  const of = (service: string, items: readonly SpanInput[]): ResourceInput<SpanInput> => ({
    service,
    attributes: { 'service.version': truth.version, 'service.instance.id': `${service}-${number % INSTANCES}` },
    items,
  });
  return [
    of('gateway', [
      {
        traceId: trace,
        spanId: root,
        name: 'POST /orders',
        startMs,
        durationMs: gatewayMs + checkoutMs + 2,
        attributes: { ...http, 'http.route': '/orders' },
      },
      {
        traceId: trace,
        spanId: call,
        parentSpanId: root,
        name: 'POST',
        kind: 'CLIENT',
        startMs: startMs + gatewayMs / 2,
        durationMs: checkoutMs + 2,
        attributes: { ...http, 'server.address': 'checkout' },
      },
    ]),
    of('checkout', [
      {
        traceId: trace,
        spanId: served,
        parentSpanId: call,
        name: 'POST /checkout',
        startMs: startMs + gatewayMs / 2 + 1,
        durationMs: checkoutMs,
        attributes: { ...http, 'http.route': '/checkout' },
      },
    ]),
  ];
}
