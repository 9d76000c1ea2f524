/** The exporters of OpenTelemetry for JavaScript, by transport and compression, and what they say of an export. */

import { OTLPMetricExporter as GrpcMetrics } from '@opentelemetry/exporter-metrics-otlp-grpc';
import {
  type AggregationTemporalityPreference,
  OTLPMetricExporter as JsonMetrics,
} from '@opentelemetry/exporter-metrics-otlp-http';
import { OTLPMetricExporter as ProtobufMetrics } from '@opentelemetry/exporter-metrics-otlp-proto';
import { OTLPTraceExporter as GrpcTraces } from '@opentelemetry/exporter-trace-otlp-grpc';
import { OTLPTraceExporter as JsonTraces } from '@opentelemetry/exporter-trace-otlp-http';
import { OTLPTraceExporter as ProtobufTraces } from '@opentelemetry/exporter-trace-otlp-proto';
import { CompressionAlgorithm } from '@opentelemetry/otlp-exporter-base';

/** As far as it is needed, of all exporters. */
interface Exporter<Item> {
  export(items: Item, done: (result: ExportResult) => void): void;
  shutdown(): Promise<void>;
}

/** Code 0 is success. */
export interface ExportResult {
  readonly code: number;
  readonly error?: Error;
}

export type ReadableSpan = Parameters<ProtobufTraces['export']>[0][number];
export type TraceExporter = Exporter<ReadableSpan[]>;
export type MetricExporter = JsonMetrics | ProtobufMetrics | GrpcMetrics;

/** The addresses of a collector's doors. */
export interface Doors {
  readonly url: string;
  readonly grpcUrl: string;
}

export const WAYS = {
  transport: ['HTTP/protobuf', 'HTTP/JSON', 'gRPC'],
  compression: [CompressionAlgorithm.NONE, CompressionAlgorithm.GZIP],
} as const;

export interface Way {
  readonly transport: (typeof WAYS.transport)[number];
  readonly compression: CompressionAlgorithm;
}

export function traceExporter({ transport, compression }: Way, { url, grpcUrl }: Doors): TraceExporter {
  if (transport === 'gRPC') return new GrpcTraces({ url: grpcUrl, compression });
  const Exporter = transport === 'HTTP/JSON' ? JsonTraces : ProtobufTraces;
  return new Exporter({ url: `${url}/v1/traces`, compression });
}

export function metricExporter(
  { transport, compression }: Way,
  { url, grpcUrl }: Doors,
  temporalityPreference: AggregationTemporalityPreference,
): MetricExporter {
  if (transport === 'gRPC') return new GrpcMetrics({ url: grpcUrl, compression, temporalityPreference });
  const Exporter = transport === 'HTTP/JSON' ? JsonMetrics : ProtobufMetrics;
  return new Exporter({ url: `${url}/v1/metrics`, compression, temporalityPreference });
}

/** Exports once and shuts the exporter down. */
export async function exportOnce<Item>(exporter: Exporter<Item>, items: Item): Promise<ExportResult> {
  const result = await new Promise<ExportResult>((resolve) => exporter.export(items, resolve));
  await exporter.shutdown();
  return result;
}
