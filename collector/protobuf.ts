/** Reads what all OTLP protobuf requests share: resources, scopes and attributes (opentelemetry/proto/common/v1, resource/v1). */

import type { Cursor, Fields } from './cursor.ts';
import {
  type AnyValue,
  type Attribute,
  newResource,
  newScope,
  type Origin,
  type Resource,
  type Scope,
} from './records.ts';

/** Calls `onItem` for each span or metric, with the cursor in front of it. */
export function readEnvelopes(cursor: Cursor, onItem: (origin: Origin, cursor: Cursor) => void): void {
  cursor.fields({ 1: (c) => readResourceEnvelope(c, onItem) }, null);
}

/** Field readers that append to the attributes of the target. */
export function readAttribute(cursor: Cursor, target: { attributes: Attribute[] }): void {
  target.attributes.push(cursor.message(KEY_VALUE, { key: '', value: null }));
}

function readResourceEnvelope(cursor: Cursor, onItem: (origin: Origin, cursor: Cursor) => void): void {
  const resource = newResource();
  cursor.twice(RESOURCE_HEAD, resource, { 2: (c) => readScopeEnvelope(c, resource, onItem) });
}

function readScopeEnvelope(cursor: Cursor, resource: Resource, onItem: (origin: Origin, cursor: Cursor) => void): void {
  const origin = { resource, scope: newScope() };
  cursor.twice(SCOPE_HEAD, origin.scope, { 2: (c) => onItem(origin, c) });
}

const RESOURCE: Fields<Resource> = { 1: readAttribute };

const RESOURCE_HEAD: Fields<Resource> = {
  1: (c, resource) => c.message(RESOURCE, resource),
  3: (c, resource) => {
    resource.schemaUrl = c.string();
  },
};

const SCOPE: Fields<Scope> = {
  1: (c, scope) => {
    scope.name = c.string();
  },
  2: (c, scope) => {
    scope.version = c.string();
  },
  3: readAttribute,
  4: (c, scope) => {
    scope.droppedAttributes = c.uint32();
  },
};

const SCOPE_HEAD: Fields<Scope> = {
  1: (c, scope) => c.message(SCOPE, scope),
  3: (c, scope) => {
    scope.schemaUrl = c.string();
  },
};

const KEY_VALUE: Fields<Attribute> = {
  1: (c, attribute) => {
    attribute.key = c.string();
  },
  2: (c, attribute) => c.nested(ANY_VALUE, attribute),
};

const ANY_VALUE: Fields<{ value: AnyValue }> = {
  1: (c, holder) => {
    holder.value = c.string();
  },
  2: (c, holder) => {
    holder.value = c.bool();
  },
  3: (c, holder) => {
    holder.value = c.int64();
  },
  4: (c, holder) => {
    holder.value = c.double();
  },
  5: (c, holder) => {
    holder.value = c.message(ARRAY, []);
  },
  6: (c, holder) => {
    holder.value = { keyValues: c.message(KEY_VALUE_LIST, []) };
  },
  7: (c, holder) => {
    holder.value = c.raw();
  },
};

const ARRAY: Fields<AnyValue[]> = {
  1: (c, values) => values.push(c.nested<{ value: AnyValue }>(ANY_VALUE, { value: null }).value),
};

const KEY_VALUE_LIST: Fields<Attribute[]> = {
  1: (c, entries) => entries.push(c.message(KEY_VALUE, { key: '', value: null })),
};
