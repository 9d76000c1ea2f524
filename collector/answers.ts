/** What an OTLP/HTTP client is told: google.rpc.Status and Export*ServiceResponse, in the encoding of the request. */

import type { Encoding } from './intake.ts';
import type { Signal } from './transcode.ts';

export interface Answer {
  readonly status: number;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: Uint8Array;
}

export const CONTENT_TYPES: Readonly<Record<Encoding, string>> = {
  protobuf: 'application/x-protobuf',
  json: 'application/json',
};

/** google.rpc.Code of the HTTP status codes that are sent. */
const RPC_CODES: Readonly<Record<number, number>> = { 400: 3, 404: 5, 405: 12, 413: 8, 415: 12, 429: 8, 503: 14 };
const RPC_UNKNOWN = 2;

/** 200. Partial success is left unset when all was accepted; a warning is partial success with nothing rejected. */
export function successAnswer(signal: Signal, encoding: Encoding, rejected: number, message: string): Answer {
  const isPartial = rejected > 0 || message !== '';
  const body =
    encoding === 'json'
      ? successJson(signal, isPartial, rejected, message)
      : successProtobuf(isPartial, rejected, message);
  return { status: 200, headers: { 'content-type': CONTENT_TYPES[encoding] }, body };
}

/** 4xx and 5xx. */
export function failureAnswer(
  status: number,
  encoding: Encoding,
  message: string,
  headers: Readonly<Record<string, string>> = {},
): Answer {
  const code = RPC_CODES[status] ?? RPC_UNKNOWN;
  const body =
    encoding === 'json' ? json({ code, message }) : Buffer.concat([varintField(1, code), textField(2, message)]);
  return { status, headers: { 'content-type': CONTENT_TYPES[encoding], ...headers }, body };
}

function successJson(signal: Signal, isPartial: boolean, rejected: number, message: string): Uint8Array {
  if (!isPartial) return json({});
  const field = signal === 'traces' ? 'rejectedSpans' : 'rejectedDataPoints';
  return json({ partialSuccess: { [field]: String(rejected), errorMessage: message } });
}

/** Rejected spans and rejected data points have the same field number. */
function successProtobuf(isPartial: boolean, rejected: number, message: string): Uint8Array {
  if (!isPartial) return new Uint8Array();
  return lengthField(1, Buffer.concat([varintField(1, rejected), textField(2, message)]));
}

const json = (value: object): Uint8Array => Buffer.from(JSON.stringify(value));

const textField = (field: number, text: string): Uint8Array => lengthField(field, Buffer.from(text));

function lengthField(field: number, bytes: Uint8Array): Uint8Array {
  return Buffer.concat([varint(field * 8 + 2), varint(bytes.length), bytes]);
}

function varintField(field: number, value: number): Uint8Array {
  return value === 0 ? new Uint8Array() : Buffer.concat([varint(field * 8), varint(value)]);
}

/** Of a whole number below 2^31. */
function varint(value: number): Uint8Array {
  const bytes: number[] = [];
  let rest = value;
  while (rest > 127) {
    bytes.push((rest & 127) | 128);
    rest >>>= 7;
  }
  return Uint8Array.of(...bytes, rest);
}
