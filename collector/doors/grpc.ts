/** The OTLP/gRPC door: raw bytes in, hand-made messages out, the same intake behind it as behind HTTP. */

import {
  logVerbosity,
  Metadata,
  Server,
  ServerCredentials,
  type ServerUnaryCall,
  type ServiceDefinition,
  type sendUnaryData,
  setLogVerbosity,
} from '@grpc/grpc-js';
import { HingeError, messageOf } from '../../errors.ts';
import type { Log } from '../../model.ts';
import { countAnswer } from '../counters.ts';
import type { Intake } from '../intake.ts';
import type { Limits } from '../limits.ts';
import type { Signal } from '../transcode.ts';
import { type Authorize, denialOf } from './authorize.ts';
import { type Fault, faultOf, isRetryable } from './faults.ts';
import { badRequest, exportResponse, RPC, type RpcCode, retryInfo, rpcStatus } from './rpc.ts';
import type { TlsFiles } from './tls.ts';

export interface GrpcOptions {
  readonly host: string;
  /** 0 takes a free port. */
  readonly port: number;
  readonly limits: Limits;
  readonly intake: Intake;
  readonly authorize: Authorize;
  readonly tls: TlsFiles | undefined;
  readonly log: Log;
  /** Whether requests are still taken. */
  readonly isOpen: () => boolean;
}

export interface GrpcDoor extends AsyncDisposable {
  readonly port: number;
}

type Call = ServerUnaryCall<Buffer, Uint8Array>;
type Reply = sendUnaryData<Uint8Array>;

const SERVICES: Readonly<Record<Signal, string>> = {
  traces: 'opentelemetry.proto.collector.trace.v1.TraceService',
  metrics: 'opentelemetry.proto.collector.metrics.v1.MetricsService',
};

/** gRPC has no status for "send it again later" but UNAVAILABLE; RESOURCE_EXHAUSTED without RetryInfo means never. */
const CODES: Readonly<Record<number, RpcCode>> = {
  400: RPC.invalidArgument,
  401: RPC.unauthenticated,
  403: RPC.permissionDenied,
  413: RPC.resourceExhausted,
  415: RPC.unimplemented,
};

const MAX_STREAMS_PER_CONNECTION = 100;

/**
 * Resolves once it listens. Disposing waits for calls under way up to `drainMs`, and cuts the rest.
 * @throws HingeError PORT_IN_USE, CONFIG_INVALID
 */
export async function openGrpcDoor(options: GrpcOptions): Promise<GrpcDoor> {
  const { limits } = options;
  // What matters of it is told by errors; its own lines would stand beside Hinge's.
  setLogVerbosity(logVerbosity.NONE);
  const server = new Server({
    // After decompression too.
    'grpc.max_receive_message_length': limits.maxBodyBytes,
    'grpc.max_concurrent_streams': MAX_STREAMS_PER_CONNECTION,
    'grpc.keepalive_time_ms': limits.keepAliveTimeoutMs,
    // Two processes on one port would share its connections.
    'grpc.so_reuseport': 0,
  });
  for (const signal of ['traces', 'metrics'] as const) {
    server.addService(definitionOf(SERVICES[signal]), {
      Export: (call: Call, reply: Reply) => void answer(signal, call, reply, options),
    });
  }
  const port = await bind(server, options);
  return {
    port,
    async [Symbol.asyncDispose]() {
      const drained = new Promise<void>((resolve) => {
        server.tryShutdown(() => resolve());
      });
      const cut = setTimeout(() => server.forceShutdown(), limits.drainMs);
      await drained;
      clearTimeout(cut);
    },
  };
}

function definitionOf(service: string): ServiceDefinition {
  const asIs = (bytes: Buffer) => bytes;
  return {
    Export: {
      path: `/${service}/Export`,
      requestStream: false,
      responseStream: false,
      requestSerialize: asIs,
      requestDeserialize: asIs,
      responseSerialize: (bytes: Uint8Array) => Buffer.from(bytes),
      responseDeserialize: asIs,
    },
  };
}

/** Never rejects. */
async function answer(signal: Signal, call: Call, reply: Reply, options: GrpcOptions): Promise<void> {
  const { intake, authorize, isOpen, limits, log } = options;
  const counters = intake.signals[signal];
  counters.requests++;
  const denied = denialOf(authorize(call.metadata.get('authorization')[0]?.toString()));
  try {
    if (denied !== undefined) return refuse(denied);
    if (!isOpen()) return refuse({ status: 503, message: 'the collector is closing' });
    intake.checkRoom();
    const { rejected, message } = await intake.take(signal, 'protobuf', call.request);
    reply(null, exportResponse(rejected, message));
  } catch (error) {
    refuse(faultOf(error, log));
  }

  function refuse(fault: Fault): void {
    countAnswer(counters, fault.status);
    const code = CODES[fault.status] ?? RPC.unavailable;
    const metadata = new Metadata();
    metadata.set('grpc-status-details-bin', Buffer.from(rpcStatus(code, fault.message, detailsOf(fault, limits))));
    reply({ code, details: fault.message, metadata });
  }
}

function detailsOf({ status, message, place = '' }: Fault, { retryAfterSeconds }: Limits): Uint8Array[] {
  if (isRetryable(status)) return [retryInfo(retryAfterSeconds)];
  return status === 400 ? [badRequest(place, message)] : [];
}

async function bind(server: Server, { host, port, tls }: GrpcOptions): Promise<number> {
  const address = `${host.includes(':') ? `[${host}]` : host}:${port}`;
  try {
    return await new Promise<number>((resolve, reject) => {
      server.bindAsync(address, credentialsOf(tls), (error, bound) =>
        error === null ? resolve(bound) : reject(error),
      );
    });
  } catch (cause) {
    server.forceShutdown();
    if (messageOf(cause).includes('EADDRINUSE')) {
      const advice = 'stop that process or set collector.grpcPort (0 takes a free port)';
      throw new HingeError('PORT_IN_USE', `port ${port} of ${host} is in use by another process: ${advice}`, { cause });
    }
    const advice = 'check collector.host and collector.grpcPort';
    throw new HingeError('CONFIG_INVALID', `cannot listen at ${host} port ${port} (${messageOf(cause)}): ${advice}`, {
      cause,
    });
  }
}

function credentialsOf(tls: TlsFiles | undefined): ServerCredentials {
  if (tls === undefined) return ServerCredentials.createInsecure();
  const pair = { private_key: tls.key, cert_chain: tls.cert };
  return ServerCredentials.createSsl(tls.clientCa ?? null, [pair], tls.clientCa !== undefined);
}
