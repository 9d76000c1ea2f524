/** Events of an exposure, cluster by cluster: the common currency of the tests. */

/** What one cluster adds to a rate: events (exceedances, errors, retries, nanoseconds) of an exposure (calls). */
export interface Count {
  readonly events: number;
  readonly exposure: number;
}

export function sum(values: readonly number[]): number {
  return values.reduce((total, value) => total + value, 0);
}

export function addUp(counts: readonly Count[]): Count {
  return { events: sum(counts.map(({ events }) => events)), exposure: sum(counts.map(({ exposure }) => exposure)) };
}
