/** Many e-values at once: e-BH, the procedure of Benjamini and Hochberg for e-values. */

/**
 * Adjusted e-values, as natural logarithms, in the order given: the false discovery rate among those of at least 1/alpha is
 * alpha at most, however the e-values hang together (Wang and Ramdas 2022, arXiv 2009.02824). The j-th largest of m becomes the
 * largest k e_(k) / m with k >= j. `null` stays null and is not counted: whether there are events enough to test does not
 * depend on how they fall on the arms. Only for current e-values: on running maxima the rate is not kept (arXiv 2501.19360).
 */
export function eBenjaminiHochberg(logEValues: readonly (number | null)[]): (number | null)[] {
  const known = logEValues.flatMap((logE, index) => (logE === null ? [] : [{ logE, index }]));
  known.sort((one, other) => other.logE - one.logE || one.index - other.index);
  const adjusted: (number | null)[] = logEValues.map(() => null);
  let best = Number.NEGATIVE_INFINITY;
  for (const [below, { logE, index }] of [...known.entries()].reverse()) {
    best = Math.max(best, logE + Math.log((below + 1) / known.length));
    adjusted[index] = best;
  }
  return adjusted;
}
