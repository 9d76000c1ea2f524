/** Events of an exposure, cluster by cluster: the common currency of the tests. */

import { sum } from 'simple-statistics';

/** What one cluster adds to a rate: events (exceedances, errors, retries, nanoseconds) of an exposure (calls). */
export interface Count {
  readonly events: number;
  readonly exposure: number;
}

export const addUp = (counts: readonly Count[]): Count => addUpEach(counts, (count) => count);

/** Of many members, without a list of their counts. */
export function addUpEach<T>(members: readonly T[], countOf: (member: T) => Count): Count {
  const [events, exposures] = [new Array<number>(members.length), new Array<number>(members.length)];
  for (let index = 0; index < members.length; index++) {
    const count = countOf(members[index] as T);
    events[index] = count.events;
    exposures[index] = count.exposure;
  }
  return { events: sum(events), exposure: sum(exposures) };
}

/** Kish 1965: as many clusters of equal exposure would vary as much; a fraction where loads differ. 0 without exposure. */
export function effectiveNumber(counts: readonly Count[]): number {
  const loads = counts.map(({ exposure }) => exposure);
  const squares = sum(loads.map((load) => load * load));
  return squares > 0 ? sum(loads) ** 2 / squares : 0;
}
