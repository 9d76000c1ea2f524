/** The OTLP/HTTP door: listens, hands requests to the receiver, sends the answers. */

import { once } from 'node:events';
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import { createServer as createTlsServer } from 'node:https';
import type { AddressInfo } from 'node:net';
import { HingeError, messageOf } from '../../errors.ts';
import type { Limits } from '../limits.ts';
import type { Answer } from './answers.ts';
import type { Receiver } from './receive.ts';
import { MIN_TLS_VERSION, type TlsFiles } from './tls.ts';

export interface HttpOptions {
  readonly host: string;
  /** 0 takes a free port. */
  readonly port: number;
  readonly limits: Limits;
  readonly receiver: Receiver;
  readonly tls: TlsFiles | undefined;
  /** Whether other doors of this Hinge listen at the same port. */
  readonly sharesPort: boolean;
  /** Whether requests are still taken. */
  readonly isOpen: () => boolean;
}

export interface HttpDoor {
  readonly address: { readonly host: string; readonly port: number };
  /** Requests that were not answered yet. */
  underWay(): number;
  /** Stops listening, and resolves once every request under way is answered. */
  drain(): Promise<void>;
  /** Ends all connections. */
  cut(): void;
}

/** How long, and how much, a sender that was refused may go on sending before its connection is cut. */
const LINGER_MS = 1_000;
const LINGER_BYTES = 64 * 2 ** 20;

/** Resolves once it listens. @throws HingeError PORT_IN_USE, CONFIG_INVALID */
export async function openHttpDoor(options: HttpOptions): Promise<HttpDoor> {
  const { receiver, isOpen } = options;
  const underWay = new Set<Promise<void>>();
  const server = createHttpServer(options, (request, response) => {
    const done = receiver.receive(request).then((answer) => send(request, response, answer, isOpen()));
    underWay.add(done);
    done.finally(() => underWay.delete(done));
  });
  const address = await listen(server, options, options.sharesPort);
  return {
    address,
    underWay: () => underWay.size,
    async drain() {
      server.close();
      await Promise.all(underWay);
    },
    cut: () => server.closeAllConnections(),
  };
}

function createHttpServer(
  { limits, tls }: HttpOptions,
  onRequest: (request: IncomingMessage, response: ServerResponse) => void,
): Server {
  const timeouts = {
    headersTimeout: limits.headersTimeoutMs,
    requestTimeout: limits.requestTimeoutMs,
    keepAliveTimeout: limits.keepAliveTimeoutMs,
    connectionsCheckingInterval: Math.min(limits.headersTimeoutMs, 5_000),
  };
  if (tls === undefined) return createServer(timeouts, onRequest);
  const { cert, key, clientCa } = tls;
  const clients = clientCa === undefined ? {} : { ca: clientCa, requestCert: true, rejectUnauthorized: true };
  return createTlsServer({ ...timeouts, cert, key, minVersion: MIN_TLS_VERSION, ...clients }, onRequest);
}

/** Doors that share a port cannot tell that somebody else shares it too. @throws HingeError PORT_IN_USE, CONFIG_INVALID */
export async function checkPortIsFree(host: string, port: number): Promise<void> {
  const server = createServer();
  await listen(server, { host, port }, false);
  server.close();
  await once(server, 'close');
}

async function listen(
  server: Server,
  { host, port }: Pick<HttpOptions, 'host' | 'port'>,
  reusePort: boolean,
): Promise<HttpDoor['address']> {
  try {
    server.listen({ port, host, reusePort });
    await once(server, 'listening');
  } catch (cause) {
    throw cannotListen(cause, host, port);
  }
  const bound = server.address() as AddressInfo;
  return { host: bound.address, port: bound.port };
}

function cannotListen(cause: unknown, host: string, port: number): HingeError {
  if (cause instanceof Error && 'code' in cause && cause.code === 'EADDRINUSE') {
    const advice = 'stop that process or set collector.port (0 takes a free port)';
    return new HingeError('PORT_IN_USE', `port ${port} of ${host} is in use by another process: ${advice}`, { cause });
  }
  const advice = 'check collector.host and collector.port';
  return new HingeError('CONFIG_INVALID', `cannot listen at ${host} port ${port} (${messageOf(cause)}): ${advice}`, {
    cause,
  });
}

function send(
  request: IncomingMessage,
  response: ServerResponse,
  answer: Answer | undefined,
  keepAlive: boolean,
): void {
  if (answer === undefined || response.destroyed) {
    request.destroy();
    return;
  }
  if (!keepAlive) response.shouldKeepAlive = false;
  response.writeHead(answer.status, { ...answer.headers, 'content-length': answer.body.length });
  response.end(answer.body);
  if (!request.complete) cutLater(request, response);
}

/** Reads and drops the rest of a body that was refused; closing at once would reset the answer before it is read. */
function cutLater(request: IncomingMessage, response: ServerResponse): void {
  const timer = setTimeout(() => request.destroy(), LINGER_MS);
  request.once('close', () => clearTimeout(timer));
  let droppedBytes = 0;
  const drop = (piece: Uint8Array) => {
    droppedBytes += piece.length;
    if (droppedBytes > LINGER_BYTES) request.destroy();
  };
  // Not sooner: when an answer is sent, Node takes the listeners of its request away.
  response.once('finish', () => request.on('data', drop));
}
