/** Attributes of a request, from protobuf into the columns of a map (opentelemetry/proto/common/v1/common.proto). */

import type { TextColumn } from '../columns/column.ts';
import type { MapColumn } from '../columns/nested.ts';
import type { Tally } from '../tally.ts';
import { type AnyValue, type Attribute, valueText } from './values.ts';
import { fields, invalidWire, type Ranges, Slice, type Wire } from './wire.ts';

const KEY = 10;
const VALUE = 18;
const KEY_VALUE = fields(1, 2);

const STRING_VALUE = 10;
const BOOL_VALUE = 16;
const INT_VALUE = 24;
const DOUBLE_VALUE = 33;
const ARRAY_VALUE = 42;
const KEY_VALUE_LIST = 50;
const BYTES_VALUE = 58;
const ANY_VALUE = fields(1, 2, 3, 4, 5, 6, 7);
const VALUES = 10;
const LIST = fields(1);

/** Used again for every attribute. */
const key = new Slice();
const value = new Slice();

/** Appends one row: the attributes at the positions. */
export function appendAttributes(wire: Wire, ranges: Ranges, map: MapColumn<TextColumn>, tally: Tally): void {
  const count = Math.min(ranges.count, tally.maxAttributes);
  tally.truncated += ranges.count - count;
  for (let i = 0; i < count; i++) appendAttribute(wire, ranges.start(i), ranges.end(i), map);
  map.endRow(count);
}

/** A key and a value, both of one byte's length and nothing else, as nearly all are; any other attribute is read field by field. */
function appendAttribute(wire: Wire, start: number, end: number, map: MapColumn<TextColumn>): void {
  const { bytes } = wire;
  const keyStart = start + 2;
  const keyEnd = keyStart + (bytes[start + 1] as number);
  if (bytes[start] === KEY && keyEnd < keyStart + 128 && bytes[keyEnd] === VALUE && isRest(bytes, keyEnd + 1, end)) {
    map.keys.append(wire.view, keyStart, keyEnd);
    appendValue(wire, keyEnd + 2, end, map.values);
  } else appendFields(wire, start, end, map);
}

/** Whether a length of one byte stands there, and leads to the end. */
function isRest(bytes: Uint8Array, at: number, end: number): boolean {
  const length = bytes[at] as number;
  return length < 128 && at + 1 + length === end;
}

function appendFields(wire: Wire, start: number, end: number, map: MapColumn<TextColumn>): void {
  key.clear();
  value.clear();
  wire.at = start;
  while (wire.at < end) {
    const tag = wire.tag();
    if (tag === KEY) key.read(wire, end);
    else if (tag === VALUE) value.read(wire, end);
    else wire.skip(tag, KEY_VALUE, end);
  }
  wire.close(end);
  map.keys.append(wire.view, key.start, key.end);
  appendValue(wire, value.start, value.end, map.values);
}

/** Texts and numbers, nearly all values, go straight into the column; the others are read as values first. */
function appendValue(wire: Wire, start: number, end: number, column: TextColumn): void {
  if (wire.bytes[start] === STRING_VALUE && isRest(wire.bytes, start + 1, end)) {
    column.append(wire.view, start + 2, end);
    return;
  }
  wire.at = start;
  const tag = start < end ? wire.tag() : 0;
  if (tag === STRING_VALUE) {
    const textEnd = wire.reach(end);
    if (textEnd === end) {
      column.append(wire.view, wire.at, end);
      wire.at = end;
      return;
    }
  } else if (tag === INT_VALUE) {
    const value = wire.int64();
    if (wire.at === end && typeof value === 'number') {
      column.appendInteger(value);
      return;
    }
  }
  wire.at = start;
  column.appendText(valueText(readValue(wire, end, 1)));
}

/** Reads an AnyValue from the wire's position to `end`. */
function readValue(wire: Wire, end: number, depth: number): AnyValue {
  if (depth > wire.limits.maxDepth) {
    throw invalidWire(`attribute values are nested deeper than ${wire.limits.maxDepth} levels`);
  }
  let value: AnyValue = null;
  while (wire.at < end) value = readValueField(wire, end, depth, value);
  wire.close(end);
  return value;
}

function readValueField(wire: Wire, end: number, depth: number, before: AnyValue): AnyValue {
  wire.count();
  const tag = wire.tag();
  switch (tag) {
    case STRING_VALUE:
      return textOf(wire, end);
    case BOOL_VALUE:
      return wire.bool();
    case INT_VALUE:
      return wire.int64();
    case DOUBLE_VALUE:
      return wire.doubleAt(wire.fixed64(end));
    case ARRAY_VALUE:
      return readList(wire, end, (itemEnd) => readValue(wire, itemEnd, depth + 1));
    case KEY_VALUE_LIST:
      return { keyValues: readList(wire, end, (itemEnd) => readKeyValue(wire, itemEnd, depth + 1)) };
    case BYTES_VALUE:
      return bytesOf(wire, end);
    default:
      wire.skip(tag, ANY_VALUE, end);
      return before;
  }
}

/** ArrayValue and KeyValueList: field 1, repeated. */
function readList<Item>(wire: Wire, outerEnd: number, readItem: (end: number) => Item): Item[] {
  const end = wire.reach(outerEnd);
  const items: Item[] = [];
  while (wire.at < end) {
    const tag = wire.tag();
    if (tag === VALUES) {
      wire.count();
      items.push(readItem(wire.reach(end)));
    } else wire.skip(tag, LIST, end);
  }
  wire.close(end);
  return items;
}

function readKeyValue(wire: Wire, end: number, depth: number): Attribute {
  const attribute: Attribute = { key: '', value: null };
  while (wire.at < end) {
    const tag = wire.tag();
    if (tag === KEY) attribute.key = textOf(wire, end);
    else if (tag === VALUE) attribute.value = readValue(wire, wire.reach(end), depth);
    else wire.skip(tag, KEY_VALUE, end);
  }
  wire.close(end);
  return attribute;
}

function textOf(wire: Wire, end: number): string {
  const textEnd = wire.reach(end);
  const text = wire.text(wire.at, textEnd);
  wire.at = textEnd;
  return text;
}

function bytesOf(wire: Wire, end: number): Uint8Array {
  const bytesEnd = wire.reach(end);
  const bytes = wire.bytes.subarray(wire.at, bytesEnd);
  wire.at = bytesEnd;
  return bytes;
}
