/** Realistic spans: fragments of traces, a server span with up to eight client spans below it, in two resources a request. */

import type { Draw } from './draw.ts';
import type { EventData, LinkData, ResourceSpansData, SpanData } from './otlp-data.ts';
import { resourceAttributes, type Service } from './shop.ts';
import { httpAttributes, queryAttributes, rareAttributes } from './span-attributes.ts';

const RESOURCES = 2;
const MOST_CHILDREN = 8;
/** Mean time from one fragment to the next, in a body. */
const FRAGMENT_EVERY_NS = 1_000_000;
const SCOPE = { name: 'io.opentelemetry.http-client-server', version: '2.18.0' };
const SCHEMA_URL = 'https://opentelemetry.io/schemas/1.34.0';

const STACK_FRAME = 'at com.acme.http.Client.exec(Client.java:';

/** The resources of one request; times begin at 0. */
export function createResourceSpans(spans: number, shop: readonly Service[], draw: Draw): ResourceSpansData[] {
  const perResource = Math.ceil(spans / RESOURCES);
  return Array.from({ length: RESOURCES }, (_, index) => {
    const service = shop[draw.integer(shop.length)];
    const instance = service?.instances[draw.integer(service.instances.length)];
    if (service === undefined || instance === undefined) throw new Error('the shop has no services');
    const version = draw.one(['1.4.2', '1.5.0']);
    return {
      attributes: resourceAttributes(service, instance, version),
      scope: SCOPE,
      schemaUrl: SCHEMA_URL,
      spans: createSpans(Math.min(perResource, spans - index * perResource), service, shop, draw),
    };
  });
}

function createSpans(count: number, service: Service, shop: readonly Service[], draw: Draw): SpanData[] {
  const spans: SpanData[] = [];
  let startNs = 0;
  while (spans.length < count) {
    startNs += draw.integer(2 * FRAGMENT_EVERY_NS);
    const size = Math.min(count - spans.length, 1 + draw.integer(1 + MOST_CHILDREN));
    spans.push(...createFragment(size, startNs, service, shop, draw));
  }
  return spans;
}

/** A server span and its children; its callers are other services' spans, seven times in ten. */
function createFragment(
  size: number,
  startNs: number,
  service: Service,
  shop: readonly Service[],
  draw: Draw,
): SpanData[] {
  const traceId = draw.bytes(16);
  const durationNs = Math.floor(Math.exp(draw.normal() * 0.8 + 2.5) * 1e6);
  // The product favours the first routes, as traffic does.
  const route =
    service.routes[Math.floor((service.routes.length * draw.integer(1e6) * draw.integer(1e6)) / 1e12)] ?? '/';
  const method = draw.one(['GET', 'GET', 'POST', 'PUT']);
  const parentSpanId = draw.chance(0.7) ? draw.bytes(8) : new Uint8Array();
  const common = { traceId, service: service.name, route, method };
  const server = createSpan(
    { ...common, parentSpanId, name: `${method} ${route}`, kind: 2, startNs, durationNs },
    draw,
  );
  const children = Array.from({ length: size - 1 }, () => {
    const peer = shop[draw.integer(shop.length)]?.name ?? service.name;
    const times = { startNs: startNs + draw.integer(1e6), durationNs: Math.floor(durationNs / (2 + draw.integer(6))) };
    const call = { ...common, ...times, parentSpanId: server.spanId, service: peer, kind: 3 } as const;
    return draw.chance(0.4)
      ? createSpan({ ...call, name: 'SELECT orders', isQuery: true }, draw)
      : createSpan({ ...call, name: method }, draw);
  });
  return [server, ...children];
}

interface Call {
  readonly traceId: Uint8Array;
  readonly parentSpanId: Uint8Array;
  readonly name: string;
  readonly kind: 2 | 3;
  readonly service: string;
  readonly route: string;
  readonly method: string;
  readonly startNs: number;
  readonly durationNs: number;
  readonly isQuery?: boolean;
}

/** Errors 2 %, with an exception; links 2 %; a few arrays, doubles and booleans. */
function createSpan(call: Call, draw: Draw): SpanData {
  const { traceId, parentSpanId, name, kind, startNs, durationNs } = call;
  const code = draw.chance(0.02) ? draw.one([500, 503, 504]) : draw.one([200, 200, 200, 201, 204]);
  const isError = code >= 500;
  const attributes = call.isQuery ? queryAttributes(draw) : httpAttributes(call, code, draw);
  return {
    traceId,
    spanId: draw.bytes(8),
    parentSpanId,
    name,
    kind,
    startNs,
    endNs: startNs + durationNs,
    attributes: [...attributes, ...rareAttributes(kind, draw)],
    events: isError ? [exception(startNs + Math.floor(durationNs / 2), draw)] : [],
    links: draw.chance(0.02) ? [createLink(draw)] : [],
    error: isError ? `upstream returned ${code}` : undefined,
  };
}

function exception(timeNs: number, draw: Draw): EventData {
  return {
    timeNs,
    name: 'exception',
    attributes: [
      ['exception.type', 'java.net.SocketTimeoutException'],
      ['exception.message', 'Read timed out after 3000ms'],
      ['exception.stacktrace', `${STACK_FRAME}${draw.integer(500)})\n`.repeat(5)],
    ],
  };
}

function createLink(draw: Draw): LinkData {
  return { traceId: draw.bytes(16), spanId: draw.bytes(8), attributes: [['link.kind', 'follows']] };
}
