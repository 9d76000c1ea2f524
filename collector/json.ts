/** Reads what all OTLP/JSON requests share: resources, scopes and attributes. */

import { HingeError } from '../errors.ts';
import { array, bool, bytes, double, int32, object, objects, string, wholeNumber } from './json-fields.ts';
import { isObject, type JsonObject } from './json-text.ts';
import type { AnyValue, Attribute, Origin } from './records.ts';

/** Calls `onItem` for each element of `items` in each element of `scopes` in each element of `resources`. */
export function readJsonEnvelopes(
  request: JsonObject,
  [resources, scopes, items]: readonly [string, string, string],
  maxDepth: number,
  onItem: (origin: Origin, item: JsonObject) => void,
): void {
  for (const resourceEnvelope of objects(request, resources)) {
    const resource = {
      attributes: readAttributes(object(resourceEnvelope, 'resource'), 'attributes', maxDepth),
      schemaUrl: string(resourceEnvelope, 'schemaUrl'),
    };
    for (const scopeEnvelope of objects(resourceEnvelope, scopes)) {
      const origin = { resource, scope: readScope(scopeEnvelope, maxDepth) };
      for (const item of objects(scopeEnvelope, items)) onItem(origin, item);
    }
  }
}

/** `depth` is how many more levels of lists and maps the values may have. */
export function readAttributes(parent: JsonObject, field: string, depth: number): Attribute[] {
  return objects(parent, field).map((entry) => ({
    key: string(entry, 'key'),
    value: readValue(entry.value, depth),
  }));
}

function readScope(envelope: JsonObject, maxDepth: number): Origin['scope'] {
  const scope = object(envelope, 'scope');
  return {
    name: string(scope, 'name'),
    version: string(scope, 'version'),
    attributes: readAttributes(scope, 'attributes', maxDepth),
    droppedAttributes: int32(scope, 'droppedAttributesCount'),
    schemaUrl: string(envelope, 'schemaUrl'),
  };
}

const VALUE_READERS: Readonly<Record<string, (value: JsonObject, depth: number) => AnyValue>> = {
  stringValue: (value) => string(value, 'stringValue'),
  boolValue: (value) => bool(value, 'boolValue'),
  intValue: (value) => wholeNumber(value, 'intValue'),
  doubleValue: (value) => double(value, 'doubleValue'),
  bytesValue: (value) => bytes(value, 'bytesValue'),
  arrayValue: (value, depth) => array(object(value, 'arrayValue'), 'values').map((each) => readValue(each, depth - 1)),
  kvlistValue: (value, depth) => ({ keyValues: readAttributes(object(value, 'kvlistValue'), 'values', depth - 1) }),
};
const VALUE_FIELDS = Object.entries(VALUE_READERS);

function readValue(value: unknown, depth: number): AnyValue {
  if (depth === 0) throw new HingeError('INPUT_INVALID', 'attribute values are nested too deeply');
  if (value === undefined || value === null) return null;
  if (!isObject(value)) throw new HingeError('INPUT_INVALID', 'the value of an attribute must be an object');
  for (const [field, read] of VALUE_FIELDS) {
    if (value[field] !== undefined && value[field] !== null) return read(value, depth);
  }
  return null;
}
