/** Damages bytes: some overwritten, some taken out, put in, repeated or cut off. */

import type { Random } from '../../analysis/statistics/random.ts';

type Change = (body: Buffer, at: number, random: Random) => Uint8Array;

/** Numbers that length prefixes, tags and counts break on. */
const EVIL = [0x00, 0x7f, 0x80, 0xff, 0x0a, 0x12, 0x22, 0x5b, 0x5c, 0x7b, 0x7d];

const below = (random: Random, end: number) => Math.floor(random() * end);
const piece = (body: Buffer, at: number, random: Random) => body.subarray(at, at + 1 + below(random, 40));

const CHANGES: readonly Change[] = [
  (body, at, random) => overwrite(body, at, below(random, 256)),
  (body, at, random) => overwrite(body, at, EVIL[below(random, EVIL.length)] ?? 0),
  (body, at, random) => overwrite(body, at, (body[at] ?? 0) ^ (1 << below(random, 8))),
  (body, at, random) => Buffer.concat([body.subarray(0, at), body.subarray(at + 1 + below(random, 40))]),
  (body, at, random) => Buffer.concat([body.subarray(0, at), piece(body, at, random), body.subarray(at)]),
  (body, at, random) => {
    const from = below(random, body.length);
    return Buffer.concat([body.subarray(0, at), piece(body, from, random), body.subarray(at)]);
  },
  (body, at) => body.subarray(0, at),
];

/** The body with one to eight changes. */
export function mutate(body: Uint8Array, random: Random): Uint8Array {
  let mutated = Buffer.from(body);
  for (let changes = 1 + below(random, 8); changes > 0 && mutated.length > 0; changes--) {
    const change = CHANGES[below(random, CHANGES.length)];
    if (change !== undefined) mutated = Buffer.from(change(mutated, below(random, mutated.length), random));
  }
  return mutated;
}

function overwrite(body: Buffer, at: number, byte: number): Uint8Array {
  const copy = Buffer.from(body);
  copy[at] = byte;
  return copy;
}
