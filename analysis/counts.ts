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
