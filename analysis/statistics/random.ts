/** Randomness as an argument: a small seeded generator and the hash that turns a name into a seed. */

/** Uniform in [0, 1). */
export type Random = () => number;
/** As many at once as there is room for: what one after the other would give. */
export type Randoms = (into: Float64Array) => void;

export function createRandom(seed: number): Random {
  const [fill, one] = [createRandoms(seed), new Float64Array(1)];
  return () => {
    fill(one);
    return one[0] ?? 0;
  };
}

/** sfc32 (PractRand's small fast counter generator), 128 bits of state; the first twelve draws are thrown away. */
export function createRandoms(seed: number): Randoms {
  const state = Int32Array.of(seed, 0x9e3779b9, 0x243f6a88, 1);
  draw(state, new Float64Array(12));
  return (into) => draw(state, into);
}

function draw(state: Int32Array, into: Float64Array): void {
  let [a = 0, b = 0, c = 0, counter = 0] = state;
  for (let index = 0; index < into.length; index++) {
    const sum = (((a + b) | 0) + counter) | 0;
    a = b ^ (b >>> 9);
    b = (c + (c << 3)) | 0;
    c = (((c << 21) | (c >>> 11)) + sum) | 0;
    counter = (counter + 1) | 0;
    into[index] = (sum >>> 0) / 4294967296;
  }
  state[0] = a;
  state[1] = b;
  state[2] = c;
  state[3] = counter;
}

/** FNV-1a, 32 bits, over UTF-16 code units. */
export function hashOf(text: string): number {
  let hash = 0x811c9dc5;
  for (let index = 0; index < text.length; index++) {
    hash = Math.imul(hash ^ text.charCodeAt(index), 0x01000193);
  }
  return hash >>> 0;
}
