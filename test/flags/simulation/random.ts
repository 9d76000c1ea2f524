/** Seeded randomness: the same seed gives the same schedule. */
export interface Random {
  /** From 0 to below 1. */
  next(): number;
  /** A whole number, both ends included. */
  int(low: number, high: number): number;
  chance(probability: number): boolean;
  pick<T>(list: readonly [T, ...T[]]): T;
  /** By weight. */
  weighted<T>(list: readonly (readonly [weight: number, value: T])[]): T;
}

/** mulberry32 (Tommy Ettinger, public domain). */
export function createRandom(seed: number): Random {
  let state = seed >>> 0;
  function next(): number {
    state = (state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  }
  const int = (low: number, high: number): number => low + Math.floor(next() * (high - low + 1));
  function pick<T>(list: readonly [T, ...T[]]): T {
    return list[int(0, list.length - 1)] ?? list[0];
  }
  function weighted<T>(list: readonly (readonly [number, T])[]): T {
    let left = next() * list.reduce((sum, [weight]) => sum + weight, 0);
    for (const [weight, value] of list) {
      left -= weight;
      if (left < 0) return value;
    }
    throw new Error('the list is empty');
  }
  return { next, int, pick, weighted, chance: (probability) => next() < probability };
}
