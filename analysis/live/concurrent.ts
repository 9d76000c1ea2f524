/** Old and new that serve the same minutes: which cells of one slot the live test compares. */

import type { Cell } from '../../model.ts';
import { groupBy } from '../control/cluster.ts';
import { endpointId } from '../input/endpoints.ts';

/** What served before the upgrade, by build and by flag variant. Plain data, stored with the state. */
export interface Served {
  readonly builds: Versions;
  readonly variants: Versions;
}

export interface Versions {
  /** Of the most calls; null where telemetry names none. */
  readonly main: string | null;
  readonly seen: readonly string[];
}

export interface ConcurrentArms {
  readonly baseline: readonly Cell[];
  readonly candidate: readonly Cell[];
}

export function servedIn(before: readonly Cell[]): Served {
  return { builds: versionsOf(before, buildOf), variants: versionsOf(before, variantOf) };
}

/**
 * Of each endpoint the cells by the old version and those by versions that did not serve before, where both served in this
 * slot: by build, else by flag variant. The rest of the slot is left out: nothing stands beside it.
 */
export function concurrentArms(slot: readonly Cell[], served: Served): ConcurrentArms {
  const arms = groupBy(slot, endpointId).flatMap(
    ({ members }) => split(members, buildOf, served.builds) ?? split(members, variantOf, served.variants) ?? [],
  );
  return {
    baseline: arms.flatMap(({ baseline }) => baseline),
    candidate: arms.flatMap(({ candidate }) => candidate),
  };
}

const buildOf = ({ build }: Cell) => build;
const variantOf = ({ variant }: Cell) => variant;
/** `mixed`: an instance that changed within the slot. */
const isNamed = (version: string) => version !== '' && version !== 'mixed';

function versionsOf(cells: readonly Cell[], versionOf: (cell: Cell) => string): Versions {
  const named = groupBy(cells, versionOf)
    .filter(({ id }) => isNamed(id))
    .map(({ id, members }) => ({ id, calls: members.reduce((total, { calls }) => total + calls, 0) }));
  const [main] = named.toSorted((one, other) => other.calls - one.calls);
  return { main: main?.id ?? null, seen: named.map(({ id }) => id) };
}

function split(cells: readonly Cell[], versionOf: (cell: Cell) => string, { main, seen }: Versions) {
  const baseline = cells.filter((cell) => versionOf(cell) === main);
  const candidate = cells.filter((cell) => isNamed(versionOf(cell)) && !seen.includes(versionOf(cell)));
  return baseline.length > 0 && candidate.length > 0 ? { baseline, candidate } : null;
}
