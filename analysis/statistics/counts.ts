/** Events of an exposure, cluster by cluster: the common currency of the tests. */

import { sum } from 'simple-statistics';

/** What one cluster adds to a rate: events (exceedances, errors, retries, nanoseconds) of an exposure (calls). */
export interface Count {
  readonly events: number;
  readonly exposure: number;
}

export function addUp(counts: readonly Count[]): Count {
  return { events: sum(counts.map(({ events }) => events)), exposure: sum(counts.map(({ exposure }) => exposure)) };
}

/** The same of many members, without a list of their counts. */
export function addUpEach<T>(members: readonly T[], countOf: (member: T) => Count): Count {
  return {
    events: sum(members.map((member) => countOf(member).events)),
    exposure: sum(members.map((member) => countOf(member).exposure)),
  };
}

/** Kish 1965: as many clusters of equal exposure would vary as much; a fraction where loads differ. 0 without exposure. */
export function effectiveNumber(counts: readonly Count[]): number {
  const loads = counts.map(({ exposure }) => exposure);
  const squares = sum(loads.map((load) => load * load));
  return squares > 0 ? sum(loads) ** 2 / squares : 0;
}
