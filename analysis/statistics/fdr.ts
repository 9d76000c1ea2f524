/** Many tests at once: Benjamini-Hochberg within a family, over endpoints first where an endpoint has several tests. */

import padjust from '@stdlib/stats-padjust';

/** Adjusted p-values in the order given (Benjamini and Hochberg 1995). `null` stays null and is not counted as a test. */
export function benjaminiHochberg(pValues: readonly (number | null)[]): (number | null)[] {
  const known = pValues.filter((p) => p !== null);
  const adjusted = known.length > 0 ? padjust(known, 'bh') : [];
  let next = 0;
  return pValues.map((p) => (p === null ? null : (adjusted[next++] ?? null)));
}

export interface GroupedTest {
  readonly group: string;
  readonly p: number | null;
  /** How much of its group's error budget the test may spend, against the group's other tests; over 0. */
  readonly weight: number;
}

/**
 * One p for every group (weighted Simes over its tests) is adjusted for the number of groups; a test's own adjusted p is
 * the larger of its group's and its own within the group. So correlated tests of one endpoint do not count as many
 * endpoints, and the false discovery rate is that of endpoints (Simes 1986; Genovese, Roeder and Wasserman 2006 for weights).
 */
export function adjustByGroup(tests: readonly GroupedTest[]): (number | null)[] {
  const members = [...Map.groupBy(tests, ({ group }) => group).values()];
  const within = members.map((group) => benjaminiHochberg(weighted(group)));
  const groups = benjaminiHochberg(within.map((adjusted) => least(adjusted)));
  const known = new Map(
    members.flatMap((group, index) => group.map((test, at) => [test, larger(within[index]?.[at], groups[index])])),
  );
  return tests.map((test) => known.get(test) ?? null);
}

/** p-values divided by weights whose mean over the tests that there are is one. */
function weighted(group: readonly GroupedTest[]): (number | null)[] {
  const known = group.filter(({ p }) => p !== null);
  const mean = known.reduce((total, { weight }) => total + weight, 0) / known.length;
  return group.map(({ p, weight }) => (p === null ? null : Math.min(1, (p * mean) / weight)));
}

function least(pValues: readonly (number | null)[]): number | null {
  const known = pValues.filter((p) => p !== null);
  return known.length > 0 ? Math.min(...known) : null;
}

function larger(one: number | null | undefined, other: number | null | undefined): number | null {
  return one == null || other == null ? null : Math.max(one, other);
}
