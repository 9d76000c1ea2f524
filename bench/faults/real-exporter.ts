/** An application with the OpenTelemetry SDK for Node as it comes: its batches, its queue, its retries, its patience. */

import { trace } from '@opentelemetry/api';
import { OTLPTraceExporter } from '@opentelemetry/exporter-trace-otlp-proto';
import { resourceFromAttributes } from '@opentelemetry/resources';
import { NodeSDK } from '@opentelemetry/sdk-node';

/** The books of the other senders leave it out: its spans have ids of their own. */
export const APPLICATION = 'application-with-sdk';

export interface Application extends AsyncDisposable {
  /** Spans that ended so far. */
  readonly spans: number;
}

/** Ends 100 spans a second until it is disposed, which flushes. There can be one in a process. */
export function startApplication(otlpUrl: string): Application {
  const sdk = new NodeSDK({
    resource: resourceFromAttributes({ 'service.name': APPLICATION }),
    traceExporter: new OTLPTraceExporter({ url: `${otlpUrl}/v1/traces` }),
  });
  sdk.start();
  const tracer = trace.getTracer('faults');
  let spans = 0;
  const timer = setInterval(() => {
    for (let each = 0; each < 10; each++, spans++) tracer.startSpan('work').end();
  }, 100);
  return {
    get spans() {
      return spans;
    },
    async [Symbol.asyncDispose]() {
      clearInterval(timer);
      await sdk.shutdown().catch(() => {});
      trace.disable();
    },
  };
}
