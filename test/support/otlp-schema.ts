/** OTLP as opentelemetry-proto publishes it, in one piece: for protobufjs, which encodes requests, and for ClickHouse, which parses them. */

import { readFileSync } from 'node:fs';
import protobuf from 'protobufjs';

const GOLDEN = new URL('../golden/otlp/', import.meta.url);
const FILES = ['common', 'resource', 'trace', 'trace_service', 'metrics', 'metrics_service', 'logs', 'logs_service'];

/** All messages in one namespace, without comments. */
export const OTLP_PROTO = `syntax = "proto3";\n${FILES.map(messagesOf).join('')}`;

function messagesOf(file: string): string {
  return readFileSync(new URL(`proto/${file}.proto`, GOLDEN), 'utf8')
    .replaceAll(/\/\/.*$/gm, '')
    .replaceAll(/^(syntax|package|import|option) .*$/gm, '')
    .replaceAll(/\bopentelemetry\.proto\.\w+\.v1\./g, '')
    .replaceAll(/\n\s*\n+/g, '\n');
}

const { root } = protobuf.parse(OTLP_PROTO);
/** The export requests, as protobufjs knows them. */
export const REQUEST_TYPES = {
  traces: root.lookupType('ExportTraceServiceRequest'),
  metrics: root.lookupType('ExportMetricsServiceRequest'),
  logs: root.lookupType('ExportLogsServiceRequest'),
};

type Example = 'trace' | 'metrics' | 'logs' | 'events';

/** One of the example requests of opentelemetry-proto, as it stands there. */
export const exampleJson = (name: Example): Buffer => readFileSync(new URL(`${name}.json`, GOLDEN));

/** The same in protobuf. */
export const exampleProtobuf = (signal: keyof typeof REQUEST_TYPES, name: Example): Uint8Array =>
  encodeByProtobufjs(signal, JSON.parse(exampleJson(name).toString()));

/** The protobuf bytes of an OTLP/JSON request, by protobufjs. */
export function encodeByProtobufjs(signal: keyof typeof REQUEST_TYPES, request: unknown): Uint8Array {
  const type = REQUEST_TYPES[signal];
  return type.encode(type.fromObject(withIdBytes(request) as object)).finish();
}

/** JSON's mapping of OTLP differs from protobuf's in the ids, which are hex and not base64. */
function withIdBytes(value: unknown, key = ''): unknown {
  if (typeof value === 'string' && /^(trace|span|parentSpan)Id$/.test(key)) return Buffer.from(value, 'hex');
  if (Array.isArray(value)) return value.map((item) => withIdBytes(item));
  if (typeof value !== 'object' || value === null) return value;
  return Object.fromEntries(Object.entries(value).map(([name, inner]) => [name, withIdBytes(inner, name)]));
}
