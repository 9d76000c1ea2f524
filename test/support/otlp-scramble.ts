/** The same OTLP message in other bytes: what protobuf leaves to the sender. */

import protobuf from 'protobufjs';
import type { Random } from '../../analysis/statistics/random.ts';
import { REQUEST_TYPES } from './otlp-schema.ts';

const UNKNOWN_NUMBER = 900;
/** Values of fields that no version has, by wire type. */
const UNKNOWN = [
  [0, (writer: protobuf.Writer) => writer.int32(-1)],
  [1, (writer: protobuf.Writer) => writer.double(0.5)],
  [2, (writer: protobuf.Writer) => writer.string('later')],
  [5, (writer: protobuf.Writer) => writer.fixed32(9)],
] as const;

/**
 * Its fields in another order (those of one number stay in theirs), numbers that were packed one by one, and fields of later
 * versions between, in it and in the messages within.
 */
export function scramble(signal: keyof typeof REQUEST_TYPES, bytes: Uint8Array, random: Random): Uint8Array {
  return scrambleMessage(REQUEST_TYPES[signal], bytes, random);
}

function scrambleMessage(type: protobuf.Type, bytes: Uint8Array, random: Random): Uint8Array {
  const reader = protobuf.Reader.create(bytes);
  const byNumber = new Map<number, Uint8Array[]>();
  while (reader.pos < reader.len) {
    const tag = reader.uint32();
    const fields = readField(type.fieldsById[tag >>> 3]?.resolve(), tag, reader, bytes, random);
    byNumber.set(tag >>> 3, [...(byNumber.get(tag >>> 3) ?? []), ...fields]);
  }
  if (random() < 0.5) byNumber.set(UNKNOWN_NUMBER, [unknownField(random)]);
  return Buffer.concat(mixed([...byNumber.values()], random));
}

/** The bytes of a field with its tag; of packed numbers perhaps a field for each. */
function readField(
  field: protobuf.Field | undefined,
  tag: number,
  reader: protobuf.Reader,
  bytes: Uint8Array,
  random: Random,
): Uint8Array[] {
  if (field?.resolvedType instanceof protobuf.Type) {
    const inner = scrambleMessage(field.resolvedType, reader.bytes(), random);
    return [protobuf.Writer.create().uint32(tag).bytes(inner).finish()];
  }
  if (field?.repeated && field.packed && random() < 0.5) return unpacked(field, reader.bytes());
  const start = reader.pos;
  reader.skipType(tag & 7);
  return [withTag(tag, bytes.subarray(start, reader.pos))];
}

function unpacked(field: protobuf.Field, packed: Uint8Array): Uint8Array[] {
  const wireType = protobuf.types.basic[field.type as keyof typeof protobuf.types.basic];
  const reader = protobuf.Reader.create(packed);
  const fields: Uint8Array[] = [];
  while (reader.pos < reader.len) {
    const start = reader.pos;
    reader.skipType(wireType);
    fields.push(withTag(field.id * 8 + wireType, packed.subarray(start, reader.pos)));
  }
  return fields;
}

function unknownField(random: Random): Uint8Array {
  const [wireType, write] = UNKNOWN[Math.floor(random() * UNKNOWN.length) as 0 | 1 | 2 | 3];
  return write(protobuf.Writer.create().uint32(UNKNOWN_NUMBER * 8 + wireType)).finish();
}

const withTag = (tag: number, value: Uint8Array): Uint8Array =>
  Buffer.concat([protobuf.Writer.create().uint32(tag).finish(), value]);

/** All elements of all lists; those of one list stay in their order. */
function mixed<T>(lists: readonly T[][], random: Random): T[] {
  const left = lists.map((list) => list.values());
  const taken: T[] = [];
  while (left.length > 0) {
    const at = Math.floor(random() * left.length);
    const next = left[at]?.next();
    if (next === undefined || next.done) left.splice(at, 1);
    else taken.push(next.value);
  }
  return taken;
}
