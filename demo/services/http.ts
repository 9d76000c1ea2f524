/** The HTTP of the demo's services: a small router that opens SERVER spans, and calls that open CLIENT spans. */
import { Agent, createServer, type IncomingMessage, request, type Server, type ServerResponse } from 'node:http';
import { json } from 'node:stream/consumers';
import { context, propagation, type Span, SpanKind, SpanStatusCode, trace } from '@opentelemetry/api';

export interface Reply {
  readonly status: number;
  readonly body?: unknown;
  readonly headers?: Readonly<Record<string, string>>;
}

/** `path` holds the segments of the request's path, `route` with its parameters as `{name}`. */
export interface Route {
  readonly method: 'GET' | 'POST';
  readonly route: string;
  readonly handle: (path: readonly string[]) => Promise<Reply>;
}

const tracer = trace.getTracer('shop');
const agent = new Agent({ keepAlive: true, keepAliveMsecs: 30_000, maxSockets: 256 });

const segmentsOf = (path: string): string[] => path.split('/').filter(Boolean);

function matches(route: Route, method: string | undefined, path: readonly string[]): boolean {
  const pattern = segmentsOf(route.route);
  return (
    route.method === method &&
    pattern.length === path.length &&
    pattern.every((segment, index) => segment.startsWith('{') || segment === path[index])
  );
}

function send(response: ServerResponse, { status, body, headers }: Reply): void {
  response.writeHead(status, { 'content-type': 'application/json', ...headers });
  response.end(body === undefined ? '' : JSON.stringify(body));
}

/** The handler's reply; a failure of the handler or of a callee is a 502, as a gateway would say. */
async function replyOf(route: Route, path: readonly string[], span: Span): Promise<Reply> {
  try {
    return await route.handle(path);
  } catch (error) {
    span.recordException(error instanceof Error ? error : String(error));
    return { status: 502, body: { error: String(error) } };
  }
}

async function serveRoute(route: Route, path: readonly string[], incoming: IncomingMessage, response: ServerResponse) {
  incoming.resume();
  const name = `${route.method} ${route.route}`;
  const attributes = { 'http.request.method': route.method, 'http.route': route.route };
  const parent = propagation.extract(context.active(), incoming.headers);
  const span = tracer.startSpan(name, { kind: SpanKind.SERVER, attributes }, parent);
  const reply = await context.with(trace.setSpan(parent, span), () => replyOf(route, path, span));
  span.setAttribute('http.response.status_code', reply.status);
  if (reply.status >= 500) span.setStatus({ code: SpanStatusCode.ERROR });
  send(response, reply);
  span.end();
}

/** Answers the routes, each in a SERVER span; `GET /ready` answers 200 without one. Not listening yet. */
export function createRouter(routes: readonly Route[]): Server {
  return createServer((incoming, response) => {
    const path = segmentsOf(new URL(incoming.url ?? '/', 'http://localhost').pathname);
    const route = routes.find((each) => matches(each, incoming.method, path));
    if (route !== undefined) return void serveRoute(route, path, incoming, response);
    send(response, { status: path[0] === 'ready' ? 200 : 404 });
  });
}

export interface Target {
  readonly method: 'GET' | 'POST';
  readonly url: string;
  readonly headers?: Readonly<Record<string, string>>;
  readonly signal?: AbortSignal;
}

export interface Answer {
  readonly status: number;
  readonly headers: { get(name: string): string | null };
  readonly body: unknown;
}

/** One request over kept connections. Rejects when there is no answer. */
export async function exchange({ method, url, headers, signal }: Target): Promise<Answer> {
  const response = await new Promise<IncomingMessage>((resolve, reject) => {
    const outgoing = request(url, { method, agent, headers: { ...headers }, ...(signal ? { signal } : {}) }, resolve);
    outgoing.on('error', reject);
    outgoing.end();
  });
  const get = (name: string): string | null => String(response.headers[name] ?? '') || null;
  return { status: response.statusCode ?? 0, headers: { get }, body: await json(response) };
}

/** Calls `peer` in a CLIENT span named after the route. @throws Error on no answer and on statuses of 400 and above */
export async function call(peer: string, route: string, target: Target): Promise<unknown> {
  const attributes = { 'http.request.method': target.method, 'server.address': peer, 'peer.service': peer };
  const span = tracer.startSpan(`${target.method} ${route}`, { kind: SpanKind.CLIENT, attributes });
  try {
    const headers: Record<string, string> = {};
    propagation.inject(trace.setSpan(context.active(), span), headers);
    const answer = await exchange({ ...target, headers });
    span.setAttribute('http.response.status_code', answer.status);
    if (answer.status >= 400) throw new Error(`${peer} answered ${answer.status} to ${target.method} ${route}`);
    return answer.body;
  } catch (error) {
    span.setStatus({ code: SpanStatusCode.ERROR, message: String(error) });
    throw error;
  } finally {
    span.end();
  }
}
