/** Seeded randomness, and the service times drawn from it: two runs with one seed draw the same numbers. */

/** Numbers in [0, 1). */
export type Random = () => number;

const FNV_OFFSET = 0x811c9dc5;
const FNV_PRIME = 0x01000193;

/** A generator for each name: mulberry32 (Tommy Ettinger, 2017), seeded with the FNV-1a hash of the name. */
export function createRandom(name: string): Random {
  let state = FNV_OFFSET;
  for (const byte of Buffer.from(name)) state = Math.imul(state ^ byte, FNV_PRIME);
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
}

/** A standard normal number by the Box-Muller transform. */
function normal(random: Random): number {
  return Math.sqrt(-2 * Math.log(1 - random())) * Math.cos(2 * Math.PI * random());
}

/** Shape of a service time: a lognormal body, and for a share of the calls a slow path on top. */
export interface ServiceTime {
  readonly medianMs: number;
  /** Standard deviation of the logarithm. */
  readonly sigma: number;
  /** Share of the calls that take the slow path. */
  readonly slowShare: number;
  /** Mean of the exponential time that the slow path adds. */
  readonly slowMs: number;
  /** Bound of the whole; the tail is heavy enough below it. */
  readonly maxMs: number;
}

/** One service time in milliseconds. */
export function drawMs(time: ServiceTime, random: Random): number {
  const body = time.medianMs * Math.exp(time.sigma * normal(random));
  const slow = random() < time.slowShare ? -time.slowMs * Math.log(1 - random()) : 0;
  return Math.min(time.maxMs, body + slow);
}
