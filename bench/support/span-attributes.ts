/** Attributes of spans, twelve each, as the semantic conventions name them. */

import type { Draw } from './draw.ts';
import type { Attributes } from './otlp-data.ts';

const AGENTS = [
  'Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/126.0 Safari/537.36',
  'okhttp/4.12.0',
  'python-requests/2.32.3',
  'grpc-node-js/1.11.1',
  'Go-http-client/2.0',
] as const;
const QUERY =
  'SELECT id, customer_id, status, total FROM orders WHERE customer_id = $1 AND status = $2 ORDER BY created_at DESC LIMIT 50';

export function queryAttributes(draw: Draw): Attributes {
  return [
    ['db.system.name', 'postgresql'],
    ['db.namespace', 'orders'],
    ['db.collection.name', draw.one(['orders', 'users', 'items', 'sessions'])],
    ['db.operation.name', draw.one(['SELECT', 'INSERT', 'UPDATE'])],
    ['db.query.text', QUERY],
    ['server.address', `pg-${draw.integer(4)}.db.internal`],
    ['server.port', 5432],
    ['network.peer.address', `10.0.${draw.integer(8)}.${draw.integer(256)}`],
    ['network.peer.port', 5432],
    ['thread.id', draw.integer(64)],
    ['thread.name', `worker-${draw.integer(64)}`],
    ['db.response.returned_rows', draw.integer(50)],
  ];
}

/** What an HTTP span is about: the route of the server, or the call of another service. */
interface HttpCall {
  readonly method: string;
  readonly route: string;
  readonly service: string;
}

export function httpAttributes({ method, route, service }: HttpCall, code: number, draw: Draw): Attributes {
  return [
    ['http.request.method', method],
    ['url.scheme', 'https'],
    ['url.path', route.replace('{id}', String(draw.integer(1e6)))],
    ['http.route', route],
    ['http.response.status_code', code],
    ['server.address', `${service}.prod.svc.cluster.local`],
    ['server.port', 8080],
    ['network.protocol.version', '1.1'],
    ['user_agent.original', draw.one(AGENTS)],
    ['client.address', `10.${draw.integer(256)}.${draw.integer(256)}.${draw.integer(256)}`],
    ['thread.id', draw.integer(64)],
    ['app.tenant', `tenant-${draw.integer(200)}`],
  ];
}

/** A retried client call, one in twenty; a double, a boolean and an array, one span in fifty. */
export function rareAttributes(kind: number, draw: Draw): Attributes {
  const resend: Attributes =
    kind === 3 && draw.chance(0.05) ? [['http.request.resend_count', 1 + draw.integer(3)]] : [];
  if (!draw.chance(0.02)) return resend;
  return [
    ...resend,
    ['app.cart.value', { double: draw.integer(1e5) / 100 }],
    ['app.premium', draw.chance(0.5)],
    ['app.tags', ['a', 'b"q', 3]],
  ];
}
