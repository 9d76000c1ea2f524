/** The ways through Hinge's own collector: OTLP over HTTP and over gRPC. */

import { createGrpcSender } from '../support/grpc-sender.ts';
import { createHttpSender } from '../support/http-sender.ts';
import type { Send } from '../support/load.ts';
import { type HingeProcess, startHinge } from './hinge-process.ts';
import { type Measurement, measure } from './measure.ts';
import type { Plan } from './plan.ts';

export interface Door {
  readonly signal: 'traces' | 'metrics';
  readonly durability?: 'durable' | 'fast';
  readonly headers?: Readonly<Record<string, string>>;
}

const PROTOBUF = { 'content-type': 'application/x-protobuf' };
const DATABASE = 'hinge';
const TABLES = { traces: ['otel_traces'], metrics: ['otel_metrics_sum', 'otel_metrics_histogram'] } as const;

/** `afterwards` may use the engine once the measurement is over. */
export async function throughHttp(
  plan: Plan,
  { signal, durability = 'durable', headers = PROTOBUF }: Door,
  afterwards: (hinge: HingeProcess) => Promise<void> = async () => {},
): Promise<Measurement> {
  await using hinge = await startHinge(durability);
  using sender = createHttpSender({ url: `${hinge.otlpUrl}/v1/${signal}`, headers, connections: plan.lanes });
  const measurement = await measure(wayOf(hinge, plan, sender.send, TABLES[signal]));
  await afterwards(hinge);
  return measurement;
}

const GRPC_METHOD = '/opentelemetry.proto.collector.trace.v1.TraceService/Export';
const GRPC_CONNECTIONS = 8;

/** Undefined when this Hinge takes no gRPC. */
export async function throughGrpc(plan: Plan): Promise<Measurement | undefined> {
  await using hinge = await startHinge('durable');
  if (hinge.grpcAddress === undefined) return undefined;
  await using sender = await createGrpcSender(hinge.grpcAddress, GRPC_METHOD, GRPC_CONNECTIONS);
  return await measure(wayOf(hinge, plan, sender.send, TABLES.traces));
}

function wayOf(
  hinge: HingeProcess,
  { traffic, items, warmUp, lanes, holdsMerges }: Plan,
  send: Send,
  tables: readonly string[],
) {
  traffic.begin(warmUp, Date.now());
  return {
    send,
    lanes,
    warmUp: traffic.next,
    begin: () => traffic.begin(items, Date.now()),
    next: traffic.next,
    receiverPid: hinge.pid,
    enginePid: hinge.enginePid,
    client: hinge.engine.client,
    database: DATABASE,
    tables,
    holdsMerges,
  };
}
