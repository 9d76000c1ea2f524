/** Hinge's own telemetry: the logger, traces sent where OTEL_EXPORTER_OTLP_ENDPOINT says, and the metrics behind /metrics. */

import { isSpanContextValid, type Meter, trace } from '@opentelemetry/api';
import { PrometheusExporter, PrometheusSerializer } from '@opentelemetry/exporter-prometheus';
import { resourceFromAttributes } from '@opentelemetry/resources';
import { MeterProvider } from '@opentelemetry/sdk-metrics';
import { NodeSDK } from '@opentelemetry/sdk-node';
import { ATTR_SERVICE_NAME, ATTR_SERVICE_VERSION } from '@opentelemetry/semantic-conventions';
import { type DestinationStream, pino } from 'pino';
import type { Log } from './model.ts';

export interface Telemetry extends AsyncDisposable {
  readonly log: Log;
  readonly meter: Meter;
  /** All metrics in the Prometheus text format. */
  metrics(): Promise<string>;
}

export interface TelemetryOptions {
  readonly version: string;
  readonly level: 'debug' | 'info' | 'warn' | 'error' | 'silent';
  readonly environment: Readonly<Record<string, string | undefined>>;
  readonly destination: DestinationStream;
}

/** Traces leave the process only when the standard variable OTEL_EXPORTER_OTLP_ENDPOINT names a receiver. */
export function createTelemetry(options: TelemetryOptions): Telemetry {
  const resource = resourceFromAttributes({ [ATTR_SERVICE_NAME]: 'hinge', [ATTR_SERVICE_VERSION]: options.version });
  const reader = new PrometheusExporter({ preventServerStart: true });
  const meters = new MeterProvider({ resource, readers: [reader] });
  const sdk = options.environment.OTEL_EXPORTER_OTLP_ENDPOINT === undefined ? undefined : new NodeSDK({ resource });
  sdk?.start();
  return {
    log: pino(
      { level: options.level, mixin: currentTrace, base: null, timestamp: pino.stdTimeFunctions.isoTime },
      options.destination,
    ),
    meter: meters.getMeter('hinge'),
    async metrics() {
      const { resourceMetrics } = await reader.collect();
      return new PrometheusSerializer().serialize(resourceMetrics);
    },
    async [Symbol.asyncDispose]() {
      await sdk?.shutdown();
      await meters.shutdown();
    },
  };
}

/** Joins a log line to the trace it was written in. */
function currentTrace(): object {
  const context = trace.getActiveSpan()?.spanContext();
  return context !== undefined && isSpanContextValid(context)
    ? { traceId: context.traceId, spanId: context.spanId }
    : {};
}
