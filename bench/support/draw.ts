/** Draws from a seeded generator: integers, choices, bytes, and a normal variate. */

import type { Random } from '../../analysis/statistics/random.ts';

export interface Draw {
  /** An integer from 0 to `below` - 1. */
  integer(below: number): number;
  chance(probability: number): boolean;
  one<T>(choices: readonly [T, ...T[]]): T;
  bytes(count: number): Uint8Array;
  /** Lower-case hexadecimal digits. */
  hex(digits: number): string;
  /** Standard normal (Box and Muller 1958). */
  normal(): number;
}

export function createDraw(random: Random): Draw {
  const integer = (below: number) => Math.floor(random() * below);
  const bytes = (count: number) => Uint8Array.from({ length: count }, () => integer(256));
  return {
    integer,
    chance: (probability) => random() < probability,
    one: (choices) => choices[integer(choices.length)] ?? choices[0],
    bytes,
    hex: (digits) =>
      Buffer.from(bytes(Math.ceil(digits / 2)))
        .toString('hex')
        .slice(0, digits),
    normal: () => Math.sqrt(-2 * Math.log(1 - random())) * Math.cos(2 * Math.PI * random()),
  };
}
