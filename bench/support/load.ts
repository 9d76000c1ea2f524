/** Sends bodies over a number of lanes, each waiting for its answer, as exporters do; keeps what the answers took. */

import { setTimeout as sleep } from 'node:timers/promises';

export interface Shipment {
  readonly bytes: Buffer;
  /** Spans or data points. */
  readonly items: number;
  /** Called once it is acknowledged. */
  readonly release: () => void;
}

export type Outcome = 'done' | 'again';

/** Resolves once the answer is there. @throws when the answer says that it was refused for good */
export type Send = (bytes: Buffer) => Promise<Outcome>;

export interface LoadResult {
  readonly items: number;
  readonly wallSeconds: number;
  /** From the first attempt to the acknowledgement, ascending. */
  readonly ackMs: readonly number[];
  /** Attempts that were told to come again. */
  readonly repeats: number;
}

const AGAIN_AFTER_MS = 100;

export async function drive(send: Send, lanes: number, next: () => Shipment | undefined): Promise<LoadResult> {
  const ackMs: number[] = [];
  let items = 0;
  let repeats = 0;
  const deliver = async ({ bytes }: Shipment): Promise<void> => {
    while ((await send(bytes)) === 'again') {
      repeats++;
      await sleep(AGAIN_AFTER_MS);
    }
  };
  const lane = async (): Promise<void> => {
    for (let shipment = next(); shipment !== undefined; shipment = next()) {
      const startMs = performance.now();
      await deliver(shipment);
      ackMs.push(performance.now() - startMs);
      items += shipment.items;
      shipment.release();
    }
  };
  const startMs = performance.now();
  await Promise.all(Array.from({ length: lanes }, lane));
  const wallSeconds = (performance.now() - startMs) / 1_000;
  return { items, wallSeconds, ackMs: ackMs.toSorted((a, b) => a - b), repeats };
}
