/** Walks through an export request: it holds resources, a resource scopes, and a scope items, with the same field numbers for all signals. */

import { type Origin, readEnvelope } from './origin.ts';
import { fields, Ranges, type Wire } from './wire.ts';

/** Reads one item, a span or a metric, from `start` to `end`. */
export type ReadItem = (origin: Origin, start: number, end: number) => void;

const RESOURCE_ENVELOPE = 10;
const REQUEST = fields(1);
/** Items of one scope in a request, as the exporters' batches have them: more make the list grow. */
const USUAL_ITEMS = 1 << 10;
/** The caller gets a turn after so many bytes: some milliseconds of work. */
const TURN_BYTES = 1 << 20;

export function* readEnvelopes(wire: Wire, readItem: ReadItem): Generator<void, void> {
  const scopes = new Ranges();
  const items = new Ranges(USUAL_ITEMS);
  const end = wire.bytes.length;
  let turnAt = TURN_BYTES;
  while (wire.at < end) {
    const tag = wire.tag();
    if (tag !== RESOURCE_ENVELOPE) {
      wire.skip(tag, REQUEST, end);
      continue;
    }
    wire.count();
    const next = wire.reach(end);
    const resource = readEnvelope(wire, next, scopes);
    for (let s = 0; s < scopes.count; s++) {
      wire.at = scopes.start(s);
      const origin = { resource, scope: readEnvelope(wire, scopes.end(s), items) };
      for (let i = 0; i < items.count; i++) {
        readItem(origin, items.start(i), items.end(i));
        if (items.end(i) < turnAt) continue;
        turnAt = items.end(i) + TURN_BYTES;
        yield;
      }
    }
    wire.at = next;
  }
  wire.close(end);
}
