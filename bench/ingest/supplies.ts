/** Where the bodies of a measurement come from: as they are, gzipped, or as JSON. */

import { gzipSync } from 'node:zlib';
import { createRandom } from '../../analysis/statistics/random.ts';
import { createDraw } from '../support/draw.ts';
import type { Shipment } from '../support/load.ts';
import { createShop } from '../support/shop.ts';
import { createResourceSpans } from '../support/spans.ts';
import { tracesAsJson } from '../support/trace-json.ts';
import type { Traffic } from '../support/traffic.ts';

/** Bodies made when it begins, so that making them costs nothing while they are sent. */
function prepared(make: (items: number, nowMs: number) => Shipment[]): Traffic {
  let shipments: Shipment[] = [];
  return {
    begin(items, nowMs) {
      shipments = make(items, nowMs);
    },
    next: () => shipments.pop(),
  };
}

/** Level 1, as senders that care for their processors do. */
export function gzipped(traffic: Traffic): Traffic {
  return prepared((items, nowMs) => {
    traffic.begin(items, nowMs);
    const shipments: Shipment[] = [];
    for (let each = traffic.next(); each !== undefined; each = traffic.next()) {
      shipments.push({ ...each, bytes: gzipSync(each.bytes, { level: 1 }), release: () => {} });
      each.release();
    }
    return shipments;
  });
}

export function jsonSpans(spans: number, seed: number): Traffic {
  const draw = createDraw(createRandom(seed));
  const shop = createShop(draw);
  return prepared((items, nowMs) =>
    Array.from({ length: Math.ceil(items / spans) }, () => {
      const request = tracesAsJson(createResourceSpans(spans, shop, draw), BigInt(nowMs - 60_000) * 1_000_000n);
      return { bytes: Buffer.from(JSON.stringify(request)), items: spans, release: () => {} };
    }),
  );
}
