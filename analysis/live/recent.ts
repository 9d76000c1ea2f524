/** Do the last looks agree? The candidate's latest counts in windows, each long and full enough to speak. */

import { FEWEST_EVENTS, persistence } from '../detection/persistence.ts';
import { addUp, type Count } from '../statistics/counts.ts';

/** Plain data, stored with the state. */
export interface Recent {
  /** The last windows that are full, oldest first; three at most. */
  readonly windows: readonly Count[];
  readonly filling: Count;
  /** Start of the window that is being filled, milliseconds since the Unix epoch. */
  readonly sinceMs: number;
}

export interface Rates {
  readonly baseline: number;
  readonly candidate: number;
}

const WINDOWS = 3;
/** However much traffic there is: a burst of seconds is no regression. */
const SHORTEST_MS = 60_000;

export const startRecent = (sinceMs: number): Recent => ({
  windows: [],
  filling: { events: 0, exposure: 0 },
  sinceMs,
});

/** `fresh`: what the candidate added since the look before; `rates`: of both arms since the upgrade. */
export function addRecent(recent: Recent, fresh: Count, rates: Rates, atMs: number): Recent {
  const filling = addUp([recent.filling, fresh]);
  const expected = filling.exposure * Math.max(rates.baseline, rates.candidate);
  if (atMs - recent.sinceMs < SHORTEST_MS || expected < FEWEST_EVENTS) return { ...recent, filling };
  return { ...startRecent(atMs), windows: [...recent.windows, filling].slice(-WINDOWS) };
}

/** By the rule of persistence.ts: still there in the last window and in two of three; `unknown` until three are full. */
export function lasting(recent: Recent, rates: Rates): ReturnType<typeof persistence> {
  return persistence({
    baselineRate: rates.baseline,
    candidateRate: rates.candidate,
    windows: recent.windows.map((window) => [window]),
  });
}
