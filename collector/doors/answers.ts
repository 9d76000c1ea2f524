/** What an OTLP/HTTP client is told: google.rpc.Status and Export*ServiceResponse, in the encoding of the request. */

import type { Encoding } from '../intake.ts';
import type { Signal } from '../transcode.ts';
import type { Fault } from './faults.ts';
import { BAD_REQUEST, badRequest, exportResponse, RPC, type RpcCode, rpcStatus } from './rpc.ts';

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
const RPC_CODES: Readonly<Record<number, RpcCode>> = {
  400: RPC.invalidArgument,
  401: RPC.unauthenticated,
  403: RPC.permissionDenied,
  404: RPC.notFound,
  405: RPC.unimplemented,
  413: RPC.resourceExhausted,
  415: RPC.unimplemented,
  429: RPC.resourceExhausted,
  503: RPC.unavailable,
};

/** 200. Partial success is left unset when all was accepted; a warning is partial success with nothing rejected. */
export function successAnswer(signal: Signal, encoding: Encoding, rejected: number, message: string): Answer {
  const body = encoding === 'json' ? successJson(signal, rejected, message) : exportResponse(rejected, message);
  return { status: 200, headers: { 'content-type': CONTENT_TYPES[encoding] }, body };
}

/** 4xx and 5xx. */
export function failureAnswer(
  { status, message, place = '' }: Fault,
  encoding: Encoding,
  headers: Readonly<Record<string, string>> = {},
): Answer {
  const code = RPC_CODES[status] ?? RPC.unknown;
  const isBad = status === 400;
  const body =
    encoding === 'json'
      ? json({ code, message, ...(isBad ? { details: [badRequestJson(place, message)] } : {}) })
      : rpcStatus(code, message, isBad ? [badRequest(place, message)] : []);
  return { status, headers: { 'content-type': CONTENT_TYPES[encoding], ...headers }, body };
}

const badRequestJson = (field: string, description: string) => ({
  '@type': BAD_REQUEST,
  fieldViolations: [field === '' ? { description } : { field, description }],
});

function successJson(signal: Signal, rejected: number, message: string): Uint8Array {
  if (rejected === 0 && message === '') return json({});
  const field = signal === 'traces' ? 'rejectedSpans' : 'rejectedDataPoints';
  return json({ partialSuccess: { [field]: String(rejected), errorMessage: message } });
}

const json = (value: object): Uint8Array => Buffer.from(JSON.stringify(value));
