/** Endless traffic from a number of prepared bodies: each is stamped afresh when it is sent. */

import { createRandom } from '../../analysis/statistics/random.ts';
import { BackwardWriter } from './backward-writer.ts';
import { createDraw, type Draw } from './draw.ts';
import type { Shipment } from './load.ts';
import { createShop } from './shop.ts';
import { createResourceSpans } from './spans.ts';
import { type Body, stamp } from './stamps.ts';
import { encodeTraces } from './trace-bodies.ts';

export interface Traffic {
  /** The next body with fresh ids; undefined once `items` have been handed out since `begin`. */
  next(): Shipment | undefined;
  /** `items` spans or points from here on, their times spread over the minutes before `nowMs`. */
  begin(items: number, nowMs: number): void;
}

const NS_PER_MS = 1_000_000n;
/** Bodies begin this long apart: 4,450 spans a second of theirs. */
const BODY_EVERY_MS = 115;
const DAY_MS = 86_400_000;

/** `count` different bodies must be more than are under way at any moment. */
export function createTraffic(count: number, seed: number, makeBody: (draw: Draw) => Body): Traffic {
  const draw = createDraw(createRandom(seed));
  const free = Array.from({ length: count }, () => makeBody(draw));
  let left = 0;
  let startMs = 0;
  return {
    begin(items, nowMs) {
      left = items;
      const bodies = items / (free[0]?.items ?? 1);
      // One day is one partition: just after midnight the traffic begins at midnight.
      startMs = Math.max(Math.floor(nowMs / DAY_MS) * DAY_MS, Math.floor(nowMs - bodies * BODY_EVERY_MS));
    },
    next() {
      if (left <= 0) return undefined;
      const body = free.shift();
      if (body === undefined) throw new Error('more bodies are under way than were prepared');
      left -= body.items;
      stamp(body, BigInt(startMs) * NS_PER_MS, draw);
      startMs += BODY_EVERY_MS;
      return { bytes: body.bytes, items: body.items, release: () => void free.push(body) };
    },
  };
}

/** Requests of `spans` spans each, from one shop. */
export function spanBodies(spans: number, seed: number): (draw: Draw) => Body {
  const shop = createShop(createDraw(createRandom(seed)));
  const writer = new BackwardWriter();
  return (draw) => encodeTraces(createResourceSpans(spans, shop, draw), writer);
}
