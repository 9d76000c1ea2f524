/** Reads google.rpc.Status and its details as protobufjs does (googleapis, google/rpc/{status,error_details}.proto). */

import protobuf from 'protobufjs';

const { root } = protobuf.parse(`
syntax = "proto3";
message Any { string type_url = 1; bytes value = 2; }
message Status { int32 code = 1; string message = 2; repeated Any details = 3; }
message Duration { int64 seconds = 1; int32 nanos = 2; }
message RetryInfo { Duration retry_delay = 1; }
message FieldViolation { string field = 1; string description = 2; }
message BadRequest { repeated FieldViolation field_violations = 1; }
`);
const TYPE_URL = 'type.googleapis.com/google.rpc.';

interface Any {
  readonly typeUrl: string;
  readonly value: Uint8Array;
}

/** In the names of JSON; each detail is read as what its address says and has that address as `@type`. */
export function readStatus(bytes: Uint8Array): object {
  const { details, ...status } = read('Status', bytes) as { readonly details?: readonly Any[] };
  if (details === undefined) return status;
  return {
    ...status,
    details: details.map(({ typeUrl, value }) => ({
      '@type': typeUrl,
      ...read(typeUrl.slice(TYPE_URL.length), value),
    })),
  };
}

function read(name: string, bytes: Uint8Array): object {
  const type = root.lookupType(name);
  return type.toObject(type.decode(bytes), { longs: Number });
}
