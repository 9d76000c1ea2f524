/** The collector: its doors, OTLP over HTTP and gRPC, in front of one intake. It closes without losing what it has taken. */

import type { BlockSink, Log } from '../model.ts';
import { OTHER, type Overflow } from './census.ts';
import { createCommitter } from './commit/commit.ts';
import type { Counters } from './counters.ts';
import { type Authorize, everybody } from './doors/authorize.ts';
import { type GrpcDoor, openGrpcDoor } from './doors/grpc.ts';
import { openHttpDoor } from './doors/http.ts';
import { createReceiver } from './doors/receive.ts';
import { readTlsFiles, type TlsPaths } from './doors/tls.ts';
import { createIntake } from './intake.ts';
import { DEFAULT_LIMITS, type Limits } from './limits.ts';

export interface CollectorOptions {
  readonly host: string;
  /** 0 takes a free port. */
  readonly port: number;
  /** Of OTLP/gRPC; 0 takes a free port. @default none: HTTP alone */
  readonly grpcPort?: number;
  /** Whether other collectors of this Hinge listen at the same HTTP port (Linux). @default false */
  readonly sharesPort?: boolean;
  /** With it, both doors take encrypted connections only. */
  readonly tls?: TlsPaths;
  /** @default everybody may send */
  readonly authorize?: Authorize;
  readonly limits?: Partial<Limits>;
  readonly sink: BlockSink;
  readonly log: Log;
  /** Pauses after which an insert that failed is tried again. @default see createCommitter */
  readonly retryAfterMs?: readonly number[];
  /** Origins of web pages that may send telemetry. @default none */
  readonly corsOrigins?: readonly string[];
}

export interface Collector extends AsyncDisposable {
  readonly address: { readonly host: string; readonly port: number; readonly grpcPort?: number };
  counters(): Counters;
}

/**
 * Resolves once it listens. Disposing stops listening, answers 503 or UNAVAILABLE to what is new on open connections, waits
 * for requests under way up to `drainMs`, and cuts the rest.
 *
 * @throws HingeError PORT_IN_USE; CONFIG_INVALID when the address cannot be listened at, or a certificate not be used.
 */
export async function openCollector(options: CollectorOptions): Promise<Collector> {
  const { host, port, sink, log, retryAfterMs, corsOrigins = [], authorize = everybody, grpcPort } = options;
  const { sharesPort = false } = options;
  const limits: Limits = { ...DEFAULT_LIMITS, ...options.limits };
  const tls = options.tls === undefined ? undefined : readTlsFiles(options.tls);
  const onOverflow = (overflow: Overflow) => warnOf(overflow, log);
  const committer = createCommitter({
    sink,
    limits,
    onOverflow,
    ...(retryAfterMs === undefined ? {} : { retryAfterMs }),
  });
  const intake = createIntake({ limits, committer, log });
  let open = true;
  const isOpen = () => open;
  const receiver = createReceiver({ limits, intake, authorize, corsOrigins, log, isOpen });
  const http = await openHttpDoor({ host, port, limits, receiver, tls, sharesPort, isOpen });
  let grpc: GrpcDoor | undefined;
  if (grpcPort !== undefined) {
    grpc = await openGrpcDoor({ host, port: grpcPort, limits, intake, authorize, tls, log, isOpen }).catch((error) => {
      http.cut();
      void http.drain();
      throw error;
    });
  }
  const address = { ...http.address, ...(grpc === undefined ? {} : { grpcPort: grpc.port }) };
  log.info(address, 'takes OTLP');

  return {
    address,
    counters: () => ({ signals: intake.signals, receivingBytes: receiver.receivingBytes(), ...committer.counters() }),
    async [Symbol.asyncDispose]() {
      open = false;
      const answered = Promise.all([http.drain(), grpc?.[Symbol.asyncDispose]()]);
      const drained = answered.then(() => committer[Symbol.asyncDispose]());
      if (!(await settlesWithin(drained, limits.drainMs))) {
        log.warn({ requests: http.underWay() }, `requests were cut: not committed within ${limits.drainMs} ms`);
      }
      http.cut();
    },
  };
}

/** Ids in names are the usual reason. */
function warnOf({ what, service, cap }: Overflow, log: Log): void {
  const whose = service === undefined ? 'all senders together have' : `service ${service.slice(0, 100)} has`;
  log.warn(
    { what, cap },
    `${whose} more ${what} than are kept (at most ${cap} a day): new ones are stored as ${OTHER}`,
  );
}

async function settlesWithin(promise: Promise<unknown>, timeoutMs: number): Promise<boolean> {
  const { promise: timeout, resolve } = Promise.withResolvers<false>();
  const timer = setTimeout(resolve, timeoutMs, false);
  const settled = await Promise.race([promise.then(() => true), timeout]);
  clearTimeout(timer);
  return settled;
}
