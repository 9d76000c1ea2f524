/** Draws of clusters with replacement: what a bootstrap weighs its clusters by. */

import { createRandom, hashOf, type Random } from './random.ts';

/**
 * By draw, how often each cluster was drawn (multinomial weights). One set for a whole report: tables of as many clusters have the
 * same draws (common random numbers), so that the same data give the same interval wherever they are, and drawing takes no time.
 * The arms are drawn independently of each other.
 */
export type Resamples = (arm: 'before' | 'after', clusters: number) => readonly Float64Array[];

export function createResamples(draws: number, seed: number): Resamples {
  const known = new Map<string, readonly Float64Array[]>();
  return (arm, clusters) => {
    const name = `${arm} ${clusters}`;
    const drawn = known.get(name) ?? drawAll(draws, clusters, createRandom(hashOf(name) ^ seed));
    known.set(name, drawn);
    return drawn;
  };
}

const drawAll = (draws: number, clusters: number, random: Random): Float64Array[] =>
  Array.from({ length: draws }, () => {
    const weights = new Float64Array(clusters);
    for (let pick = 0; pick < clusters; pick++) {
      const picked = Math.floor(random() * clusters);
      weights[picked] = (weights[picked] ?? 0) + 1;
    }
    return weights;
  });
