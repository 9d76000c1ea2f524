/** What the attributes of the span in hand tell: where the values of the keys that matter stand in the column. */

import { FLAG_KEY, SPAN_KEYS } from '../../semantics.ts';
import type { MapColumn } from '../columns/nested.ts';
import type { StringColumn } from '../columns/strings.ts';
import { Roles } from './roles.ts';

const NAMES = [...new Set<string>(Object.values(SPAN_KEYS).flat()), FLAG_KEY];
const FLAG = NAMES.indexOf(FLAG_KEY);

/** The places in NAMES of the keys that tell one thing, the first one first. */
export type Topic = readonly number[];

const topic = (keys: readonly string[]): Topic => keys.map((key) => NAMES.indexOf(key));

export const TOPICS = {
  method: topic(SPAN_KEYS.method),
  path: topic(SPAN_KEYS.path),
  rpcMethod: topic(SPAN_KEYS.rpcMethod),
  rpcService: topic(SPAN_KEYS.rpcService),
  destination: topic(SPAN_KEYS.destination),
  operation: topic(SPAN_KEYS.operation),
  address: topic(SPAN_KEYS.address),
  port: topic(SPAN_KEYS.port),
  peer: topic(SPAN_KEYS.peer),
  httpStatus: topic(SPAN_KEYS.httpStatus),
  rpcStatus: topic(SPAN_KEYS.rpcStatus),
  resendCount: topic(SPAN_KEYS.resendCount),
  url: topic(SPAN_KEYS.url),
  query: topic(SPAN_KEYS.query),
} as const;

export class Told {
  /** Of the value that `find` found. */
  start = 0;
  end = 0;
  private readonly map: MapColumn<StringColumn>;
  private readonly roles: Roles;
  private readonly starts = new Int32Array(NAMES.length);
  /** 0 where the key is missing: a value never ends there, its length stands before it. */
  private readonly ends = new Int32Array(NAMES.length);

  constructor(map: MapColumn<StringColumn>) {
    this.map = map;
    this.roles = new Roles(map.keys, NAMES);
  }

  get bytes(): Buffer {
    return this.map.values.bytes.buffer;
  }

  get view(): DataView {
    return this.map.values.bytes.view;
  }

  /** Whether the span tells which variant of a feature flag is in force. */
  get isFlagged(): boolean {
    return this.ends[FLAG] !== 0;
  }

  reset(): void {
    this.roles.reset();
  }

  /** Reads the last row, from its first entry and the first byte of its values on. Of a key that comes twice the first counts. */
  read(entry: number, byte: number): void {
    const { map, roles, starts, ends, bytes } = this;
    ends.fill(0);
    const { entries } = map;
    let at = byte;
    for (let i = entry; i < entries; i++) {
      let length = bytes[at++] as number;
      if (length > 127) {
        length &= 127;
        for (let shift = 7, more = 128; more > 127; shift += 7) {
          more = bytes[at++] as number;
          length |= (more & 127) << shift;
        }
      }
      const role = roles.of(map.keys.idAt(i));
      if (role >= 0 && ends[role] === 0) {
        starts[role] = at;
        ends[role] = at + length;
      }
      at += length;
    }
  }

  /** The first of the topic's values that is not empty: false when there is none, and start and end are the same. */
  find(topic: Topic): boolean {
    for (let i = 0; i < topic.length; i++) {
      const role = topic[i] as number;
      this.start = this.starts[role] as number;
      this.end = this.ends[role] as number;
      if (this.end > this.start) return true;
    }
    this.start = this.end = 0;
    return false;
  }

  /** What `find` finds, as text; '' for nothing. */
  text(topic: Topic): string {
    return this.find(topic) ? this.bytes.toString('latin1', this.start, this.end) : '';
  }
}
