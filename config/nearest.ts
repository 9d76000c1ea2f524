/** The known word nearest to a mistyped one. */

import { closest, distance } from 'fastest-levenshtein';

/** `; did you mean X?`, or nothing where no known word is near. */
export function nearest(word: string, known: readonly string[]): string {
  if (known.length === 0) return '';
  const best = closest(word, [...known]);
  return distance(word, best) <= Math.max(2, word.length / 3) ? `; did you mean ${best}?` : '';
}
