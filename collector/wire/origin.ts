/** Resources and scopes: where they stand in a request, and what all rows from one of them share in the columns of a block. */

import { LowCardinalityColumn } from '../columns/low-cardinality.ts';
import { MapColumn } from '../columns/nested.ts';
import type { Tally } from '../tally.ts';
import { appendAttributes } from './any-value.ts';
import { fields, Ranges, Slice, type Wire } from './wire.ts';

/** Positions of a message that may come in pieces, which protobuf merges, and of the schema's address next to it. */
export interface Head {
  readonly parts: Ranges;
  readonly schemaUrl: Slice;
}

/** Where the items of one scope come from; a new object for every scope of every request. */
export interface Origin {
  readonly resource: Head;
  readonly scope: Head;
}

const HEAD = 10;
const ITEMS = 18;
const SCHEMA_URL = 26;
const ENVELOPE = fields(1, 2, 3);

/**
 * Reads the head of a ResourceSpans, ResourceMetrics, ScopeSpans or ScopeMetrics, which may stand behind the items, and
 * leaves the positions of the items in `items`. The four messages have the same field numbers.
 */
export function readEnvelope(wire: Wire, end: number, items: Ranges): Head {
  items.count = 0;
  const head: Head = { parts: new Ranges(), schemaUrl: new Slice() };
  while (wire.at < end) {
    const tag = wire.tag();
    if (tag === HEAD || tag === ITEMS) {
      wire.count();
      wire.passInto(tag === HEAD ? head.parts : items, end);
    } else if (tag === SCHEMA_URL) head.schemaUrl.read(wire, end);
    else wire.skip(tag, ENVELOPE, end);
  }
  wire.close(end);
  return head;
}

const SERVICE_NAME = 'service.name';
const SCOPE_NAME = 10;
const SCOPE_VERSION = 18;
const ATTRIBUTE = { resource: 10, scope: 26 };
const DROPPED_ATTRIBUTES = 32;
const RESOURCE = fields(1);
const SCOPE = fields(1, 2, 3, 4);

export type OriginColumns = ReturnType<typeof createOriginColumns>;

/** The columns that depend on resource and scope alone, in every telemetry table. */
export function createOriginColumns(tally: Tally) {
  const { census } = tally;
  const resourceKeys = new LowCardinalityColumn(tally, (key) => census.admitsResourceKey(key));
  return {
    ServiceName: new LowCardinalityColumn(tally, (service) => census.admitsService(service)),
    ResourceAttributes: new MapColumn(resourceKeys, new LowCardinalityColumn(tally)),
    ScopeName: new LowCardinalityColumn(tally),
    ScopeVersion: new LowCardinalityColumn(tally),
  };
}

/** Writes those columns: read from the request for the first row of an origin, repeated for the others. */
export class OriginRows {
  /** The attributes of the scope in hand, and how many its sender dropped. */
  readonly scopeAttributes = new Ranges();
  droppedScopeAttributes = 0;
  /** The first entry of the resource's attributes in their column, and the one after the last. */
  from = 0;
  to = 0;
  private readonly columns: OriginColumns;
  private readonly tally: Tally;
  private readonly resourceAttributes = new Ranges();
  private loaded: Origin | undefined;
  private service = 0;
  private scopeName = 0;
  private scopeVersion = 0;

  constructor(columns: OriginColumns, tally: Tally) {
    this.columns = columns;
    this.tally = tally;
  }

  append(wire: Wire, origin: Origin): void {
    const { ServiceName, ResourceAttributes, ScopeName, ScopeVersion } = this.columns;
    if (this.loaded === origin) ResourceAttributes.repeat(this.from, this.to);
    else this.load(wire, origin);
    ServiceName.appendId(this.service);
    ScopeName.appendId(this.scopeName);
    ScopeVersion.appendId(this.scopeVersion);
  }

  /** Leaves the first row of resource attributes behind. */
  private load(wire: Wire, origin: Origin): void {
    this.loaded = origin;
    this.readResource(wire, origin.resource.parts);
    this.readScope(wire, origin.scope.parts);
    const { ResourceAttributes, ServiceName } = this.columns;
    this.from = ResourceAttributes.entries;
    appendAttributes(wire, this.resourceAttributes, ResourceAttributes, this.tally);
    this.to = ResourceAttributes.entries;
    const service = ResourceAttributes.find(SERVICE_NAME, this.from, this.to);
    this.service = ServiceName.idOfText(service);
    this.tally.census.service = service;
  }

  private readResource(wire: Wire, parts: Ranges): void {
    this.resourceAttributes.count = 0;
    for (let i = 0; i < parts.count; i++) {
      const end = parts.end(i);
      wire.at = parts.start(i);
      while (wire.at < end) {
        const tag = wire.tag();
        if (tag === ATTRIBUTE.resource) wire.passAttribute(this.resourceAttributes, end);
        else wire.skip(tag, RESOURCE, end);
      }
      wire.close(end);
    }
  }

  private readScope(wire: Wire, parts: Ranges): void {
    this.scopeName = 0;
    this.scopeVersion = 0;
    this.scopeAttributes.count = 0;
    this.droppedScopeAttributes = 0;
    for (let i = 0; i < parts.count; i++) {
      wire.at = parts.start(i);
      while (wire.at < parts.end(i)) this.readScopeField(wire, parts.end(i));
      wire.close(parts.end(i));
    }
  }

  private readScopeField(wire: Wire, end: number): void {
    const tag = wire.tag();
    if (tag === SCOPE_NAME) this.scopeName = readId(wire, end, this.columns.ScopeName);
    else if (tag === SCOPE_VERSION) this.scopeVersion = readId(wire, end, this.columns.ScopeVersion);
    else if (tag === ATTRIBUTE.scope) wire.passAttribute(this.scopeAttributes, end);
    else if (tag === DROPPED_ATTRIBUTES) this.droppedScopeAttributes = wire.uint32();
    else wire.skip(tag, SCOPE, end);
  }
}

/** Reads a text into the dictionary of a column. */
function readId(wire: Wire, end: number, column: LowCardinalityColumn): number {
  const to = wire.reach(end);
  const id = column.idOf(wire.view, wire.at, to);
  wire.at = to;
  return id;
}
