/** ExportTraceServiceRequest as protobuf: field numbers from opentelemetry-proto trace/v1/trace.proto. */

import { writeAttributes } from './attributes.ts';
import { BackwardWriter } from './backward-writer.ts';
import type { EventData, LinkData, ResourceSpansData, SpanData } from './otlp-data.ts';
import { type Body, createStampRecorder } from './stamps.ts';

type Recorder = ReturnType<typeof createStampRecorder>;

/** Sampled, and the parent's flag is known. */
const FLAGS = 0x101;

export function encodeTraces(resources: readonly ResourceSpansData[], writer = new BackwardWriter()): Body {
  const recorder = createStampRecorder(writer);
  for (const resource of resources.toReversed()) writer.message(1, () => writeResource(writer, recorder, resource));
  const items = resources.reduce((sum, { spans }) => sum + spans.length, 0);
  return { ...recorder.finish(), items };
}

function writeResource(writer: BackwardWriter, recorder: Recorder, resource: ResourceSpansData): void {
  writer.text(3, resource.schemaUrl);
  writer.message(2, () => {
    for (const span of resource.spans.toReversed()) writer.message(2, () => writeSpan(writer, recorder, span));
    writer.message(1, () => {
      writer.text(2, resource.scope.version);
      writer.text(1, resource.scope.name);
    });
  });
  writer.message(1, () => writeAttributes(writer, 1, resource.attributes));
}

function writeSpan(writer: BackwardWriter, recorder: Recorder, span: SpanData): void {
  const { error } = span;
  writer.fixed32(16, FLAGS);
  if (error !== undefined) {
    writer.message(15, () => {
      writer.varint(3, 2);
      writer.text(2, error);
    });
  }
  for (const link of span.links.toReversed()) writer.message(13, () => writeLink(writer, recorder, link));
  for (const event of span.events.toReversed()) writer.message(11, () => writeEvent(writer, recorder, event));
  writeAttributes(writer, 9, span.attributes);
  recorder.time(8, span.endNs);
  recorder.time(7, span.startNs);
  writer.varint(6, span.kind);
  writer.text(5, span.name);
  recorder.spanId(4, span.parentSpanId);
  recorder.spanId(2, span.spanId);
  recorder.traceId(1, span.traceId);
}

function writeEvent(writer: BackwardWriter, recorder: Recorder, event: EventData): void {
  writeAttributes(writer, 3, event.attributes);
  writer.text(2, event.name);
  recorder.time(1, event.timeNs);
}

function writeLink(writer: BackwardWriter, recorder: Recorder, link: LinkData): void {
  writeAttributes(writer, 4, link.attributes);
  recorder.spanId(2, link.spanId);
  recorder.traceId(1, link.traceId);
}
