/** The few messages of google.rpc and OTLP that answers are made of, in protobuf (google/rpc/{status,error_details}.proto). */

import { leb128 } from '../leb128.ts';

/** google.rpc.Code, as far as it is used. */
export const RPC = {
  unknown: 2,
  invalidArgument: 3,
  notFound: 5,
  permissionDenied: 7,
  resourceExhausted: 8,
  unimplemented: 12,
  unavailable: 14,
  unauthenticated: 16,
} as const;

export type RpcCode = (typeof RPC)[keyof typeof RPC];

const RETRY_INFO = 'type.googleapis.com/google.rpc.RetryInfo';
export const BAD_REQUEST = 'type.googleapis.com/google.rpc.BadRequest';

/** google.rpc.Status; each detail is a google.protobuf.Any. */
export function rpcStatus(code: RpcCode, message: string, details: readonly Uint8Array[] = []): Uint8Array {
  return Buffer.concat([
    varintField(1, code),
    textField(2, message),
    ...details.map((detail) => lengthField(3, detail)),
  ]);
}

/**
 * ExportTraceServiceResponse and ExportMetricsServiceResponse. Partial success is left unset when all was accepted; a warning
 * is partial success with nothing rejected. Rejected spans and rejected data points have the same field number.
 */
export function exportResponse(rejected: number, message: string): Uint8Array {
  if (rejected === 0 && message === '') return new Uint8Array();
  return lengthField(1, Buffer.concat([varintField(1, rejected), textField(2, message)]));
}

/** A detail that tells a gRPC client to send again, and after how many seconds. */
export const retryInfo = (seconds: number): Uint8Array => any(RETRY_INFO, lengthField(1, varintField(1, seconds)));

/** A detail that tells which part of a request is wrong, and why; `field` is empty when it is not known. */
export function badRequest(field: string, description: string): Uint8Array {
  const place = field === '' ? new Uint8Array() : textField(1, field);
  return any(BAD_REQUEST, lengthField(1, Buffer.concat([place, textField(2, description)])));
}

/** google.protobuf.Any. */
const any = (typeUrl: string, value: Uint8Array): Uint8Array =>
  Buffer.concat([textField(1, typeUrl), lengthField(2, value)]);

const textField = (field: number, text: string): Uint8Array => lengthField(field, Buffer.from(text));

function lengthField(field: number, bytes: Uint8Array): Uint8Array {
  return Buffer.concat([leb128(field * 8 + 2), leb128(bytes.length), bytes]);
}

function varintField(field: number, value: number): Uint8Array {
  return value === 0 ? new Uint8Array() : Buffer.concat([leb128(field * 8), leb128(value)]);
}
