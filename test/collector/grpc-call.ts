/** A raw gRPC client: bytes in, bytes or an error with its details out. */

import { type Client, Metadata, type ServiceError, status } from '@grpc/grpc-js';

export const TRACES = '/opentelemetry.proto.collector.trace.v1.TraceService/Export';
export const METRICS = '/opentelemetry.proto.collector.metrics.v1.MetricsService/Export';
export const LOGS = '/opentelemetry.proto.collector.logs.v1.LogsService/Export';

export interface Reply {
  readonly code: number;
  readonly details: string;
  readonly body: Buffer | undefined;
  /** google.rpc.Status. */
  readonly status: Buffer | undefined;
}

/** Never rejects. */
export function call(
  client: Client,
  path: string,
  body: Uint8Array,
  headers: Readonly<Record<string, string>> = {},
): Promise<Reply> {
  const metadata = new Metadata();
  for (const [name, value] of Object.entries(headers)) metadata.set(name, value);
  const asIs = (bytes: Buffer) => bytes;
  return new Promise((resolve) => {
    const done = (error: ServiceError | null, answer?: Buffer) => {
      const details = error?.metadata.get('grpc-status-details-bin')[0];
      resolve({
        code: error?.code ?? status.OK,
        details: error?.details ?? '',
        body: answer,
        status: Buffer.isBuffer(details) ? details : undefined,
      });
    };
    client.makeUnaryRequest(path, asIs, asIs, Buffer.from(body), metadata, { deadline: Date.now() + 20_000 }, done);
  });
}
