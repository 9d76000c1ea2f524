/** The OTLP/HTTP server: listens, hands requests to the receiver, and closes without losing what it has taken. */

import { once } from 'node:events';
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { HingeError, messageOf } from '../errors.ts';
import type { BlockSink, Log } from '../model.ts';
import type { Answer } from './answers.ts';
import { createCommitter } from './commit.ts';
import type { Counters } from './counters.ts';
import { createIntake } from './intake.ts';
import { DEFAULT_LIMITS, type Limits } from './limits.ts';
import { createReceiver } from './receive.ts';

export interface CollectorOptions {
  readonly host: string;
  /** 0 takes a free port. */
  readonly port: number;
  readonly limits?: Partial<Limits>;
  readonly sink: BlockSink;
  readonly log: Log;
  /** Pauses after which an insert that failed is tried again. @default see createCommitter */
  readonly retryAfterMs?: readonly number[];
  /** Origins of web pages that may send telemetry. @default none */
  readonly corsOrigins?: readonly string[];
}

export interface Collector extends AsyncDisposable {
  readonly address: { readonly host: string; readonly port: number };
  counters(): Counters;
}

/** How long a sender that was refused may go on sending before its connection is cut. */
const LINGER_MS = 1_000;

/**
 * Resolves once it listens. Disposing stops listening, answers 503 to what is new on open connections, waits for requests
 * under way up to `drainMs`, and cuts the rest.
 *
 * @throws HingeError PORT_IN_USE; CONFIG_INVALID when the address cannot be listened at.
 */
export async function openCollector(options: CollectorOptions): Promise<Collector> {
  const { sink, log, retryAfterMs, corsOrigins = [] } = options;
  const limits: Limits = { ...DEFAULT_LIMITS, ...options.limits };
  const committer = createCommitter({ sink, limits, ...(retryAfterMs === undefined ? {} : { retryAfterMs }) });
  const intake = createIntake({ limits, committer, log });
  const underWay = new Set<Promise<void>>();
  let open = true;
  const receiver = createReceiver({ limits, intake, corsOrigins, log, isOpen: () => open });
  const server = createHttpServer(limits, (request, response) => {
    const done = receiver.receive(request).then((answer) => send(request, response, answer, open));
    underWay.add(done);
    done.finally(() => underWay.delete(done));
  });
  const address = await listen(server, options);
  log.info(address, 'takes OTLP over HTTP');

  return {
    address,
    counters: () => ({ signals: intake.signals, receivingBytes: receiver.receivingBytes(), ...committer.counters() }),
    async [Symbol.asyncDispose]() {
      open = false;
      server.close();
      const drained = Promise.all(underWay).then(() => committer[Symbol.asyncDispose]());
      if (!(await settlesWithin(drained, limits.drainMs))) {
        log.warn({ requests: underWay.size }, `requests were cut: they were not committed within ${limits.drainMs} ms`);
      }
      server.closeAllConnections();
    },
  };
}

function createHttpServer(
  limits: Limits,
  onRequest: (request: IncomingMessage, response: ServerResponse) => void,
): Server {
  return createServer(
    {
      headersTimeout: limits.headersTimeoutMs,
      requestTimeout: limits.requestTimeoutMs,
      keepAliveTimeout: limits.keepAliveTimeoutMs,
      connectionsCheckingInterval: Math.min(limits.headersTimeoutMs, 5_000),
    },
    onRequest,
  );
}

async function listen(server: Server, { host, port }: CollectorOptions): Promise<Collector['address']> {
  try {
    server.listen(port, host);
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
  if (!request.complete) cutLater(request);
}

/** Node discards the rest of a body that was refused; closing at once would reset the answer before it is read. */
function cutLater(request: IncomingMessage): void {
  const timer = setTimeout(() => request.destroy(), LINGER_MS);
  request.once('close', () => clearTimeout(timer));
}

async function settlesWithin(promise: Promise<unknown>, timeoutMs: number): Promise<boolean> {
  const { promise: timeout, resolve } = Promise.withResolvers<false>();
  const timer = setTimeout(resolve, timeoutMs, false);
  const settled = await Promise.race([promise.then(() => true), timeout]);
  clearTimeout(timer);
  return settled;
}
