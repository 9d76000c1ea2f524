/** Many tests at once: Benjamini-Hochberg within a family. */

import padjust from '@stdlib/stats-padjust';

/** Adjusted p-values in the order given (Benjamini and Hochberg 1995). `null` stays null and is not counted as a test. */
export function benjaminiHochberg(pValues: readonly (number | null)[]): (number | null)[] {
  const known = pValues.filter((p) => p !== null);
  const adjusted = known.length > 0 ? padjust(known, 'bh') : [];
  let next = 0;
  return pValues.map((p) => (p === null ? null : (adjusted[next++] ?? null)));
}
